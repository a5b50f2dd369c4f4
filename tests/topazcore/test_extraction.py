"""Peaks to picks: against the definition point by point, at edges, in exclusions, and in Å (faults C9)."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.spatial.distance import pdist

from topazcore.config import TrainingSettings
from topazcore.extraction import Rules, extract, most_picks, rules_for
from topazcore.preprocess import Downsampling

MOST = 10_000


def frame_of(scores: np.ndarray, spacing: int = 1, factor: int = 1) -> Downsampling:
    return Downsampling(scores.shape[0] * spacing * factor, scores.shape[1] * spacing * factor, factor)


def peaks_at(shape: tuple[int, int], *peaks: tuple[int, int, float]) -> np.ndarray:
    """A map of -9 with single sites of row, column, height."""
    scores = np.full(shape, -9.0, np.float32)
    for row, column, height in peaks:
        scores[row, column] = height
    return scores


def found(scores: np.ndarray, rules: Rules) -> list[tuple[float, float]]:
    """x, y of what is picked above the ground."""
    picks = extract(scores, 1, frame_of(scores), rules, MOST)
    return [tuple(xy) for xy in picks.xy[picks.score > -9].tolist()]


def by_definition(scores: np.ndarray, distance: float) -> list[tuple[int, int]]:
    """Row, column of what greedy suppression keeps of the sites that no neighbour exceeds, site by site."""
    rows, columns = scores.shape
    candidates = []
    for row, column in np.ndindex(rows, columns):
        here = scores[row, column]
        beside = [
            (r, c)
            for r in range(max(0, row - 1), min(rows, row + 2))
            for c in range(max(0, column - 1), min(columns, column + 2))
            if (r, c) != (row, column) and np.isfinite(scores[r, c])
        ]
        if np.isfinite(here) and all(
            here > scores[place] if place < (row, column) else here >= scores[place] for place in beside
        ):
            candidates.append((row, column))
    kept: list[tuple[int, int]] = []
    for row, column in sorted(candidates, key=lambda place: -scores[place]):
        if all(np.hypot(row - r, column - c) >= distance for r, c in kept):
            kept.append((row, column))
    return kept


@given(
    arrays.arrays(
        np.float32,
        st.tuples(st.integers(1, 9), st.integers(1, 9)),
        elements=st.sampled_from([-np.inf, np.nan, 0, 1, 2, 3, 4, 5]),
    ),
    st.sampled_from([0, 1, 2, 2.5, 4, 30]),
)
@settings(max_examples=150, deadline=None)
def test_it_keeps_what_the_definition_keeps(scores, distance):
    # Without refinement the places are whole numbers, so the definition can be compared place by place.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("topazcore.extraction.refine", lambda _, peaks: peaks[:, ::-1].astype(float))
        picks = extract(scores, 1, frame_of(scores), Rules(distance), MOST)
    assert [(int(y), int(x)) for x, y in picks.xy] == by_definition(scores, distance)
    assert picks.score.tolist() == [scores[place] for place in by_definition(scores, distance)]


@pytest.mark.parametrize("value", [np.nan, -np.inf, np.inf])
def test_a_map_of_nothing_finite_has_no_picks(value):
    scores = np.full((8, 9), value, np.float32)
    assert len(extract(scores, 1, frame_of(scores), Rules(3), MOST)) == 0


def test_a_plateau_is_one_pick():
    assert len(extract(np.zeros((40, 40), np.float32), 1, Downsampling(40, 40, 1), Rules(3), MOST)) == 1


def test_corners_and_the_edge_of_the_next_row_are_apart():
    scores = peaks_at((20, 20), (0, 0, 5), (0, 19, 4), (19, 0, 3), (19, 19, 2), (1, 0, 1))
    corners = [(0, 0), (19, 0), (0, 19), (19, 19)]
    places = found(scores, Rules(5))
    assert np.abs(np.array(places) - corners).max() <= 0.5


@pytest.mark.parametrize(("factor", "spacing"), [(1, 1), (1, 2), (3, 2)])
def test_picks_are_in_full_size_pixels(factor, spacing):
    scores = peaks_at((20, 30), (7, 11, 1))
    picks = extract(scores, spacing, frame_of(scores, spacing, factor), Rules(9), 1)
    assert picks.xy.tolist() == [[11 * spacing * factor, 7 * spacing * factor]]


@given(st.integers(0, 2**32 - 1), st.sampled_from([1, 2]), st.floats(1.0, 40.0), st.floats(0.7, 6.0))
@settings(max_examples=60, deadline=None)
def test_no_two_picks_are_closer_than_the_distance_in_angstrom(seed, factor, distance_angstrom, pixel_size):
    scores = np.random.default_rng(seed).normal(size=(30, 40)).astype(np.float32)
    chosen = TrainingSettings(min_distance_angstrom=distance_angstrom)
    picks = extract(scores, 2, frame_of(scores, 2, factor), rules_for(chosen, pixel_size), MOST)
    assert len(picks) < 2 or pdist(picks.xy).min() * pixel_size >= distance_angstrom * (1 - 1e-12)


def test_the_edge_margin_leaves_out_what_is_closer_and_never_suppresses_with_it():
    scores = peaks_at((30, 40), (4, 20, 9), (8, 20, 5), (15, 4, 3), (15, 35, 2), (18, 34, 1))
    assert found(scores, Rules(6, edge_margin_px=5)) == [(20, 8), (34, 18)]


def test_exclusions_leave_out_their_inside_and_margin_and_never_suppress_with_it():
    scores = peaks_at((40, 40), (10, 10, 9), (10, 17, 5), (10, 30, 3))
    square = ((5, 5), (14, 5), (14, 14), (5, 14))
    assert found(scores, Rules(10, exclusions=(square,))) == [(17, 10), (30, 10)]
    assert found(scores, Rules(10, exclusions=(square,), exclusion_margin_px=3)) == [(30, 10)]


def test_the_best_are_kept():
    scores = peaks_at((9, 30), (4, 5, 1), (4, 15, 3), (4, 25, 2))
    assert extract(scores, 1, frame_of(scores), Rules(3), 2).score.tolist() == [3, 2]
    assert (most_picks(3), most_picks(30)) == (100, 120)


def test_rules_are_in_pixels_of_the_micrograph():
    chosen = TrainingSettings(diameter_angstrom=100, edge_margin_angstrom=30, exclusion_margin_angstrom=10)
    assert rules_for(chosen, 2.0) == Rules(25, 15, (), 5)
    assert (
        rules_for(TrainingSettings(diameter_angstrom=100, min_distance_angstrom=80), 2.0).min_distance_px
        == 40
    )
    assert rules_for(TrainingSettings(min_distance_angstrom=0), 2.0).min_distance_px == 0


def test_the_share_that_may_hold_picks():
    square = ((0, 0), (19.5, 0), (19.5, 19.5), (0, 19.5))
    frame = Downsampling(40, 60, 2)
    assert Rules(9).share(frame) == 1
    assert Rules(9, exclusions=(square,)).share(frame) == 1 - 100 / 600
    # Downsampled pixels 0 to 19 and 0 to 29 lie at 0 to 38 and 0 to 58: from 4 to 35 and 4 to 55 are 16 and 26.
    assert Rules(9, edge_margin_px=4).share(frame) == 16 * 26 / 600
