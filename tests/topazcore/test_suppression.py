import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from topazcore.suppression import local_maxima, refine, suppress


def greedy(xy: np.ndarray, scores: np.ndarray, radius: float) -> list[int]:
    """The definition, point by point."""
    kept: list[int] = []
    for index in sorted(range(len(xy)), key=lambda i: (-scores[i], i)):
        if all(np.hypot(*(xy[index] - xy[other])) >= radius for other in kept):
            kept.append(index)
    return kept


@given(
    xy=arrays.arrays(np.float64, st.tuples(st.integers(0, 30), st.just(2)), elements=st.integers(0, 12)),
    ranks=st.lists(st.integers(0, 5), min_size=30, max_size=30),
    radius=st.sampled_from([0, 1, 1.5, 2, 5, 100]),
)
def test_it_keeps_what_the_definition_keeps(xy, ranks, radius):
    scores = np.array(ranks[: len(xy)], np.float64)
    assert suppress(xy, scores, radius).tolist() == greedy(xy, scores, radius)


def test_a_point_at_exactly_the_radius_stays():
    assert suppress(np.array([[0, 0], [3, 4.0]]), np.array([1.0, 2.0]), 5).tolist() == [1, 0]


def test_what_a_removed_point_would_have_removed_stays():
    xy = np.array([[0, 0], [2, 0], [4, 0.0]])
    assert suppress(xy, np.array([3.0, 2.0, 1.0]), 3).tolist() == [0, 2]


def test_of_equal_ones_the_earlier_stays():
    assert suppress(np.zeros((3, 2)), np.ones(3), 1).tolist() == [0]


def test_no_points_give_none():
    assert suppress(np.empty((0, 2)), np.empty(0), 3).tolist() == []


@pytest.mark.parametrize("row, column", [(0, 0), (0, 4), (3, 0), (3, 4), (0, 2), (2, 4), (1, 1)])
def test_a_peak_is_found_at_every_corner_and_edge(row, column):
    scores = np.zeros((4, 5)) - np.add.outer(np.abs(np.arange(4) - row), np.abs(np.arange(5) - column))
    assert local_maxima(scores).tolist() == [[row, column]]


def test_a_peak_at_the_right_edge_leaves_the_next_rows_left_edge_alone():
    scores = np.array([[0, 0, 0, 0, 9], [8, 0, 0, 0, 0], [0, 0, 0, 0, 0]], float)
    peaks = local_maxima(scores)
    assert {(0, 4), (1, 0)} <= set(map(tuple, peaks.tolist()))
    values = scores[tuple(peaks.T)]
    kept = peaks[suppress(peaks[:, ::-1].astype(float), values, 3)]
    assert kept[:2].tolist() == [[0, 4], [1, 0]]


def test_a_plateau_gives_one_peak():
    assert local_maxima(np.zeros((6, 7))).tolist() == [[0, 0]]
    scores = np.zeros((6, 7))
    scores[2:4, 3:5] = 1
    assert [2, 3] in local_maxima(scores).tolist()
    assert np.count_nonzero(scores[tuple(local_maxima(scores).T)]) == 1


@pytest.mark.parametrize("value", [np.nan, -np.inf, np.inf])
def test_a_map_of_nothing_finite_has_no_peak(value):
    assert local_maxima(np.full((4, 4), value)).shape == (0, 2)


def test_sites_that_are_not_finite_are_looked_past():
    scores = np.array([[np.nan, np.nan, np.nan], [np.nan, 1, 0], [np.inf, 0, -np.inf]])
    assert local_maxima(scores).tolist() == [[1, 1]]


@given(arrays.arrays(np.float32, (5, 6), elements=st.sampled_from([-np.inf, 0, 1, 2, np.nan])))
def test_every_highest_finite_value_is_at_a_peak(scores):
    peaks = local_maxima(scores)
    finite = scores[np.isfinite(scores)]
    if len(finite):
        assert scores[tuple(peaks.T)].max() == finite.max()
    else:
        assert not len(peaks)


def peaks_site_by_site(scores: np.ndarray) -> list[list[int]]:
    """The definition: no neighbour is higher, none of those before is as high."""
    padded = np.pad(scores, 1, constant_values=-np.inf)
    found = []
    for row, column in np.argwhere(np.isfinite(scores)).tolist():
        around = padded[row : row + 3, column : column + 3].ravel()
        if around[4] > around[:4].max() and around[4] >= around[5:].max():
            found.append([row, column])
    return found


@pytest.mark.parametrize("rows", [1, 63, 64, 65, 130])
def test_the_peaks_of_a_tall_map_are_those_of_the_definition(rows):
    """It is worked through in parts, which must leave no seam."""
    scores = np.random.default_rng(rows).integers(0, 6, (rows, 9)).astype(np.float32)
    assert local_maxima(scores).tolist() == peaks_site_by_site(scores)


def test_a_chain_of_falling_scores_keeps_every_second():
    xy = np.column_stack([np.arange(9.0), np.zeros(9)])
    assert suppress(xy, np.arange(9.0)[::-1], 1.5).tolist() == [0, 2, 4, 6, 8]


@pytest.mark.parametrize("x, y", [(5.3, 6.0), (5.0, 5.8), (4.6, 6.4)])
def test_a_parabola_is_centred_exactly(x, y):
    rows, columns = np.mgrid[:12, :11]
    scores = -((rows - y) ** 2) - 2 * (columns - x) ** 2
    centre = refine(scores, local_maxima(scores))
    assert centre == pytest.approx(np.array([[x, y]]))


def test_refining_never_leaves_the_site_far_and_never_divides_by_zero():
    scores = np.array([[0, 0, 0], [0, 1e-9, 1e-9], [0, 0, np.nan]])
    moved = refine(scores, np.array([[1, 1], [0, 0], [2, 2]])) - [[1, 1], [0, 0], [2, 2]]
    assert np.isfinite(moved).all() and np.abs(moved).max() <= 0.75
