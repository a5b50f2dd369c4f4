"""Matching, curves and numbers on arrangements whose answer is plain, and against slow exact methods."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from topazcore.coordinates import Coordinates
from topazcore.errors import CoordinateError
from topazcore.metrics import evaluate, inside, match, precision_recall


def on(name: str, *rows) -> Coordinates:
    """Rows of x, y and maybe score on one micrograph."""
    columns = list(zip(*rows, strict=True)) or [(), ()]
    return Coordinates([name] * len(rows), *columns)


def points(*xy) -> np.ndarray:
    return np.array(xy, dtype=float).reshape(-1, 2)


def test_each_point_has_one_partner_at_most():
    pairs = match(points((0, 0), (1, 0), (2, 0)), points((0.5, 0)), 10)
    assert pairs.tolist() in ([[0, 0]], [[1, 0]])


def test_more_pairs_win_over_closer_ones():
    # Nearest first would take (1, 1) and leave the others alone.
    assert match(points((0, 0), (2, 0)), points((2.9, 0), (1.9, 0)), 2).tolist() == [[0, 1], [1, 0]]


def test_among_as_many_pairs_the_closest_win():
    assert match(points((0, 0), (3, 0)), points((2.5, 0), (0.5, 0)), 5).tolist() == [[0, 1], [1, 0]]


def test_points_at_the_same_place_match():
    same = points((5, 5), (9, 9))
    assert match(same, same, 3).tolist() == [[0, 0], [1, 1]]
    assert match(same, same, 0).tolist() == [[0, 0], [1, 1]]


def test_the_distance_itself_is_near_enough():
    assert len(match(points((0, 0)), points((3, 4)), 5)) == 1
    assert len(match(points((0, 0)), points((3, 4)), 4.999)) == 0


@pytest.mark.parametrize(("a", "b"), [((), ()), ((), ((1, 1),)), (((1, 1),), ()), (((0, 0),), ((99, 99),))])
def test_nothing_to_match_gives_no_pairs(a, b):
    assert match(points(*a), points(*b), 5).shape == (0, 2)


def exact(a: np.ndarray, b: np.ndarray, distance: float) -> tuple[int, float]:
    """Pairs and total distance of the best matching, from the full table of distances."""
    lengths = cdist(a, b)
    far = 1e6
    rows, columns = linear_sum_assignment(np.where(lengths <= distance, lengths, far))
    chosen = lengths[rows, columns]
    return int((chosen <= distance).sum()), float(chosen[chosen <= distance].sum())


clouds = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), min_size=1, max_size=14)


@given(clouds, clouds)
@settings(max_examples=200, deadline=None)
def test_it_equals_the_exact_assignment(a, b):
    a, b = points(*a), points(*b)
    pairs = match(a, b, 3.5)
    lengths = np.linalg.norm(a[pairs[:, 0]] - b[pairs[:, 1]], axis=1)
    assert len(set(pairs[:, 0].tolist())) == len(set(pairs[:, 1].tolist())) == len(pairs)
    assert (len(pairs), pytest.approx(lengths.sum(), abs=1e-6)) == exact(a, b, 3.5)


@given(
    st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12), st.integers(-3, 3)), min_size=1, max_size=14),
    clouds,
)
@settings(max_examples=200, deadline=None)
def test_the_curve_is_the_largest_matching_at_every_threshold(scored, truth):
    picks, particles = on("a", *scored), on("a", *truth)
    curve = precision_recall(picks, particles, distance_px=3.5)
    assert curve.threshold.tolist() == sorted({row[2] for row in scored}, reverse=True)
    for threshold, count, true in zip(curve.threshold, curve.picks, curve.true, strict=True):
        kept = picks.select(picks.score >= threshold)
        assert (count, true) == (len(kept), exact(kept.xy, particles.xy, 3.5)[0])


def test_ten_thousand_picks_in_one_heap_are_no_trouble():
    random = np.random.default_rng(0)
    xy, score = random.random((10_000, 2)) * 300, random.normal(size=10_000)
    picks = Coordinates(["a"] * 10_000, *xy.T, score)
    truth = Coordinates(["a"] * 400, *(random.random((400, 2)) * 300).T)
    curve = precision_recall(picks, truth, distance_px=10)
    assert curve.true[-1] == 400


# Particles at 0, 100, 200; picks: right, wrong, right again on the same, right.
TRUTH = on("a", (0, 0), (100, 0), (200, 0))
PICKS = on("a", (1, 0, 4.0), (50, 0, 3.0), (-1, 0, 2.0), (103, 4, -1.0))


def test_the_numbers_of_a_small_case():
    result = evaluate(PICKS, TRUTH, distance_px=10)
    assert (result.picks, result.truth, result.matched, result.scored_picks) == (3, 3, 1, 4)
    assert result.precision == pytest.approx(1 / 3)
    assert result.recall == pytest.approx(1 / 3)
    assert result.f1 == pytest.approx(1 / 3)
    assert result.best_f1 == pytest.approx(4 / 7)
    assert result.best_f1_threshold == -1.0
    assert result.average_precision == pytest.approx(1 / 3 * 1 + 1 / 3 * 2 / 4)
    assert result.median_distance_px == 1


def test_a_threshold_keeps_scores_at_it():
    assert evaluate(PICKS, TRUTH, distance_px=10, threshold=-1.0).matched == 2
    assert evaluate(PICKS, TRUTH, distance_px=10, threshold=-0.999).matched == 1
    assert evaluate(PICKS, TRUTH, distance_px=10, threshold=5).picks == 0


def test_picks_of_equal_score_come_together():
    picks = on("a", (0, 0, 1.0), (50, 0, 1.0))
    curve = precision_recall(picks, TRUTH, distance_px=10)
    assert (curve.picks.tolist(), curve.true.tolist()) == ([2], [1])
    assert curve.average_precision == pytest.approx(1 / 3 / 2)


def test_a_pick_never_finds_a_particle_of_another_micrograph():
    result = evaluate(on("b", (0, 0, 1.0)), TRUTH, distance_px=10)
    assert (result.matched, result.picks, result.truth, result.micrographs) == (0, 1, 3, 2)


def test_perfect_picks_have_perfect_numbers():
    result = evaluate(on("a", (0, 0, 1), (100, 0, 2), (200, 0, 3)), TRUTH, distance_px=10)
    assert (result.average_precision, result.best_f1, result.precision, result.recall) == (1, 1, 1, 1)
    assert (result.best_f1_threshold, result.median_distance_px) == (1, 0)


def test_picks_without_scores_count_whole_and_have_no_curve():
    result = evaluate(on("a", (0, 0), (50, 0)), TRUTH, distance_px=10)
    assert (result.picks, result.matched, result.precision) == (2, 1, 0.5)
    assert math.isnan(result.average_precision)
    assert result.as_dict()["best_f1"] is None


def test_some_picks_without_scores_are_refused():
    with pytest.raises(CoordinateError, match="1 of 2 picks without a score"):
        evaluate(on("a", (0, 0, 1.0), (1, 1, math.nan)), TRUTH, distance_px=10)


@pytest.mark.parametrize(
    ("picks", "truth", "undefined"),
    [
        (on("a"), TRUTH, {"average_precision", "precision", "best_f1"}),
        (PICKS, on("a"), {"average_precision", "recall"}),
        (on("a"), on("a"), {"average_precision", "precision", "recall", "f1", "best_f1"}),
    ],
    ids=["no picks", "no truth", "neither"],
)
def test_what_is_not_defined_is_none(picks, truth, undefined):
    result = evaluate(picks, truth, distance_px=10).as_dict()
    assert undefined <= {name for name, value in result.items() if value is None}
    assert result["matched"] == 0


def test_the_margin_is_measured_from_every_edge():
    rows = on("a", (65, 65), (64, 100), (100, 64), (134, 84), (135, 84), (100, 85))
    assert inside(rows, 65, {"a": (150, 200)}).tolist() == [True, False, False, True, False, False]
    assert inside(on("a"), 65, {}).tolist() == []


def test_the_lowest_threshold_that_keeps_a_precision_and_the_highest_that_reaches_a_recall():
    # Precision falls and rises again: 1, 1/2, 2/4 (two at once), 3/5.
    picks = on("a", (0, 0, 5), (50, 0, 4), (100, 0, 3), (60, 0, 3), (200, 0, 1))
    curve = precision_recall(picks, TRUTH, distance_px=10)
    assert curve.precision.tolist() == [1, 1 / 2, 2 / 4, 3 / 5]
    assert [curve.threshold_for_precision(wanted) for wanted in (1, 0.61, 0.6, 0.5)] == [5, 5, 1, 1]
    assert [curve.threshold_for_recall(wanted) for wanted in (0.3, 0.34, 1)] == [5, 3, 1]


def test_what_no_threshold_reaches_is_none():
    curve = precision_recall(on("a", (50, 0, 4), (0, 0, 3)), TRUTH, distance_px=10)
    assert curve.threshold_for_precision(0.6) is None
    assert curve.threshold_for_recall(0.5) is None


@pytest.mark.parametrize(
    ("picks", "truth"), [(on("a"), TRUTH), (on("a", (0, 0, 1.0)), on("a")), (on("a", (0, 0)), TRUTH)]
)
def test_without_picks_truth_or_scores_no_threshold_gives_a_recall(picks, truth):
    assert precision_recall(picks, truth, distance_px=10).threshold_for_recall(0.1) is None


def test_the_curve_as_columns():
    assert precision_recall(on("a", (0, 0, 2), (50, 0, 1)), TRUTH, distance_px=10).as_dict() == {
        "threshold": [2, 1], "picks": [1, 2], "true": [1, 1],
        "precision": [1, 1 / 2], "recall": [1 / 3, 1 / 3], "f1": [2 / 4, 2 / 5],
    }  # fmt: skip
    assert precision_recall(on("a", (0, 0)), on("a"), distance_px=10).as_dict() == {
        "threshold": [None], "picks": [1], "true": [0], "precision": [0], "recall": [None], "f1": [0],
    }  # fmt: skip
