"""Average precision on rankings worked out by hand, and the sites of a score map."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from topazcore.metrics import average_precision, positive_sites, site_average_precision


@pytest.mark.parametrize(
    ("scores", "positive", "expected"),
    [
        ([4, 3, 2, 1], [1, 1, 0, 0], 1.0),
        ([4, 3, 2, 1], [0, 0, 1, 1], 1 / 2 * 1 / 3 + 1 / 2 * 2 / 4),
        ([4, 3, 2, 1], [1, 0, 1, 0], 1 / 2 * 1 + 1 / 2 * 2 / 3),
        ([1, 2, 3, 4], [1, 0, 1, 0], 1 / 2 * 1 / 2 + 1 / 2 * 2 / 4),
        ([7, 7, 7, 7], [1, 0, 0, 0], 1 / 4),
        ([5, 2, 2, 1], [1, 1, 0, 0], 1 / 2 * 1 + 1 / 2 * 2 / 3),
        ([math.inf, 0, -math.inf], [1, 0, 1], 1 / 2 * 1 + 1 / 2 * 2 / 3),
        ([3], [1], 1.0),
    ],
)
def test_the_numbers_of_small_rankings(scores, positive, expected):
    assert average_precision(np.array(scores, float), np.array(positive, bool)) == pytest.approx(expected)


def test_without_a_positive_it_is_not_defined():
    assert math.isnan(average_precision(np.array([1.0, 2.0]), np.array([False, False])))
    assert math.isnan(average_precision(np.empty(0), np.empty(0, bool)))


def by_definition(scores: list[int], positive: list[bool]) -> float:
    total, recall_before = 0.0, 0.0
    for threshold in sorted(set(scores), reverse=True):
        kept = [
            is_positive for score, is_positive in zip(scores, positive, strict=True) if score >= threshold
        ]
        recall = sum(kept) / sum(positive)
        total += (recall - recall_before) * sum(kept) / len(kept)
        recall_before = recall
    return total


@given(
    st.lists(st.tuples(st.integers(-3, 3), st.booleans()), min_size=1).filter(lambda x: any(p for _, p in x))
)
def test_it_is_the_sum_over_the_distinct_scores_in_any_order(rows):
    scores, positive = (list(column) for column in zip(*rows, strict=True))
    found = average_precision(np.array(scores, float), np.array(positive))
    assert found == pytest.approx(by_definition(scores, positive))
    assert average_precision(np.array(scores[::-1], float), np.array(positive[::-1])) == pytest.approx(found)


@pytest.mark.parametrize(("scores", "positive"), [([1.0, math.nan], [1, 0]), ([1.0, 2.0], [1])])
def test_scores_that_say_nothing_are_refused(scores, positive):
    with pytest.raises(ValueError, match=r"NaN|2 scores for 1"):
        average_precision(np.array(scores), np.array(positive, bool))


def test_sites_at_the_radius_are_positive_and_those_beyond_are_not():
    # Sites at x, y = 0, 2, 4, 6; the centre at (4, 2), radius 2: itself and its four neighbours.
    expected = np.zeros((4, 4), bool)
    expected[1, 1:4] = expected[0:3, 2] = True
    assert np.array_equal(positive_sites((4, 4), 2, np.array([[4.0, 2.0]]), 2), expected)


def test_a_centre_between_sites_and_one_outside_the_map():
    found = positive_sites((1, 5), 4, np.array([[5.9, 0.5], [-1.0, 0.0], [900.0, 900.0]]), 3)
    assert found.tolist() == [[True, True, True, False, False]]


def test_a_map_that_is_highest_on_the_particles_is_perfect():
    centres = np.array([[4.0, 4.0], [20.0, 12.0]])
    y, x = np.mgrid[:30:2, :30:2]
    nearest = np.min([np.hypot(x - cx, y - cy) for cx, cy in centres], axis=0)
    assert site_average_precision(-nearest, 2, centres, 3.0) == 1
    assert site_average_precision(nearest, 2, centres, 3.0) < 0.2


def test_one_site_of_two_at_the_second_place():
    # Sites at x = 0 and 4: the first is positive and ranks second, so AP is its precision, 1/2.
    assert site_average_precision(np.array([[1.0, 2.0]]), 4, np.array([[0.0, 0.0]]), 3) == 1 / 2


def test_sites_to_ignore_count_neither_as_true_nor_as_false():
    scores, centres = np.array([[math.nan, 2.0, 1.0]]), np.array([[0.0, 0.0], [8.0, 0.0]])
    assert site_average_precision(scores, 4, centres, 1, ignore=np.array([[1, 0, 0]])) == 1 / 2
    with pytest.raises(ValueError, match="shape"):
        site_average_precision(scores, 4, centres, 1, ignore=np.array([1, 0, 0]))
