import numpy as np
import pytest

from topazcore.calibration import Reference, offset_for, scores_at

NONE = np.empty(0)


def reference(*scores: float, expected: float) -> Reference:
    return Reference(np.array(scores, float), expected)


def test_as_many_picks_as_expected_come_to_lie_at_or_above_zero():
    scores = np.array([1.0, -1, -2, -3, -4])
    offset = offset_for([Reference(scores, 3)], NONE)
    assert offset == 2 and np.count_nonzero(scores + offset >= 0) == 3


def test_the_median_micrograph_decides():
    usual, full_of_ice = reference(0, -1, -2, expected=2), reference(90, 80, 70, expected=2)
    assert offset_for([usual, full_of_ice, usual], NONE) == 1


def test_labels_below_the_threshold_lower_it():
    scores = reference(*range(0, -30, -1), expected=3)
    assert offset_for([scores], np.full(10, -5.0)) == 5


def test_labels_above_the_threshold_do_not_raise_it():
    scores = reference(*range(0, -30, -1), expected=3)
    assert offset_for([scores], np.full(10, 7.0)) == offset_for([scores], NONE)


def test_one_bad_label_decides_nothing():
    scores = reference(*range(0, -30, -1), expected=5)
    assert offset_for([scores], np.array([-20.0, 0, 0, 0, 0])) == 4


def test_labels_never_bring_more_than_three_times_as_many_as_expected():
    scores = reference(*range(0, -30, -1), expected=3)
    assert offset_for([scores], np.full(10, -25.0)) == 8


@pytest.mark.parametrize("references", [[], [reference(expected=3)]])
def test_without_a_pick_nothing_moves(references):
    assert offset_for(references, NONE) == 0


def test_more_expected_than_there_are_picks_keeps_them_all():
    assert offset_for([reference(1, -2, expected=50)], NONE) == 2


def test_a_label_has_the_score_of_the_pick_on_it():
    xy, scores = np.array([[0, 0], [10, 0.0]]), np.array([3.0, 5.0])
    labels = np.array([[9, 1], [1, 0], [50, 50.0]])
    assert scores_at(labels, xy, scores, 4).tolist() == [5, 3]
    assert scores_at(labels, xy[:0], scores[:0], 4).tolist() == []
