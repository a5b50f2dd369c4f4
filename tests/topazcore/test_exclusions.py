import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from topazcore.exclusions import contains, mask

SQUARE = ((1.0, 1.0), (4.0, 1.0), (4.0, 3.0), (1.0, 3.0))


def shown(found: np.ndarray) -> list[str]:
    return ["".join(".#"[pixel] for pixel in row) for row in found.astype(int)]


def test_pixels_whose_centre_lies_inside_are_marked():
    square = ((0.5, 0.5), (4.5, 0.5), (4.5, 2.5), (0.5, 2.5))
    assert shown(mask([square], (4, 6))) == ["......", ".####.", ".####.", "......"]


def test_without_exclusions_nothing_is_excluded():
    assert not mask([], (3, 4), margin_px=5).any()
    assert contains([], np.zeros((2, 2)), 5).tolist() == [False, False]
    assert contains([SQUARE], np.empty((0, 2)), 5).shape == (0,)


def test_the_order_of_the_corners_does_not_matter():
    assert np.array_equal(mask([SQUARE], (6, 6)), mask([SQUARE[::-1]], (6, 6)))


def test_a_lasso_that_crosses_itself_leaves_no_hole():
    """A pentagram; its middle is wound around twice, which the even-odd rule would leave out."""
    angles = np.pi * (0.5 + 0.8 * np.arange(5))
    star = 10 + 9 * np.column_stack([np.cos(angles), np.sin(angles)])
    assert mask([star], (21, 21))[10, 10] and contains([star], np.array([[10.0, 10.0]]))[0]


def test_a_concave_outline_leaves_its_bay_open():
    bay = ((0, 0), (9, 0), (9, 9), (6, 9), (6, 3), (3, 3), (3, 9), (0, 9))
    assert contains([bay], np.array([[1.5, 8], [4.5, 8], [7.5, 8], [4.5, 1]])).tolist() == [
        True,
        False,
        True,
        True,
    ]


def test_two_exclusions_count_both_and_their_overlap_too():
    points = np.array([[1, 1], [3, 3], [5, 5], [9, 9]])
    one, other = ((0, 0), (4, 0), (4, 4), (0, 4)), ((2, 2), (6, 2), (6, 6), (2, 6))
    assert contains([one, other], points).tolist() == [True, True, True, False]


def test_the_margin_is_a_distance_in_full_size_pixels_from_the_outline():
    points = np.array([[0.5, 2.0], [7.0, 2.0], [7.1, 2.0], [6.1, 5.1], [6.2, 5.2], [2.0, 2.0]])
    assert contains([SQUARE], points, 3.0).tolist() == [True, True, False, True, False, True]


def test_an_exclusion_beyond_the_edge_reaches_in_by_its_margin():
    beyond = ((-9.0, 0.0), (-2.0, 0.0), (-2.0, 9.0), (-9.0, 9.0))
    assert shown(mask([beyond], (2, 5), margin_px=3.5)) == ["##...", "##..."]


def test_pixels_are_where_the_frame_says():
    """Columns at 0, 2.5, 5, 7.5 and rows at 0, 2, 4."""
    box = ((2.0, 1.0), (6.0, 1.0), (6.0, 3.0), (2.0, 3.0))
    assert shown(mask([box], (3, 4), scale_x=2.5, scale_y=2.0)) == ["....", ".##.", "...."]


@pytest.mark.parametrize("margin", [0.0, 1.5])
def test_degenerate_outlines_exclude_no_more_than_their_margin(margin):
    line = ((1.0, 1.0), (5.0, 1.0), (3.0, 1.0))
    points = np.array([[3.0, 1.0], [3.0, 2.4], [3.0, 2.6]])
    assert contains([line], points, margin).tolist() == [margin > 0, margin > 0, False]
    assert contains([((2.0, 2.0),) * 3], np.array([[2.0, 2.0]]), margin).tolist() == [margin > 0]


coordinate = st.floats(-5, 25).map(lambda value: round(value, 2))
polygon = st.lists(st.tuples(coordinate, coordinate), min_size=3, max_size=8)


@given(
    exclusions=st.lists(polygon, max_size=3),
    shape=st.tuples(st.integers(1, 12), st.integers(1, 12)),
    scales=st.tuples(st.sampled_from([1.0, 1.7, 3.0]), st.sampled_from([1.0, 2.1])),
    margin=st.sampled_from([0.0, 0.7, 4.0]),
)
def test_the_mask_is_what_points_at_the_centres_say(exclusions, shape, scales, margin):
    rows, columns = np.indices(shape)
    centres = np.column_stack([columns.ravel() * scales[0], rows.ravel() * scales[1]])
    expected = contains(exclusions, centres, margin).reshape(shape)
    assert np.array_equal(mask(exclusions, shape, *scales, margin), expected)
