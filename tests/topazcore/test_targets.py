import numpy as np
import pytest

from topazcore.errors import SettingsError
from topazcore.targets import (
    BACKGROUND,
    IGNORED,
    NEGATIVE,
    POSITIVE,
    UNLABELED,
    check_prior,
    class_prior,
    disk_area,
    kinds_of_pixels,
    kinds_of_sites,
    unlabeled_prior,
)

NOTHING = np.empty((0, 2))


@pytest.mark.parametrize(("radius", "area"), [(0, 1), (1, 5), (3, 29), (3.5, 37), (7, 149), (14, 613)])
def test_disks_are_counted_in_two_dimensions(radius, area):
    assert disk_area(radius) == area


def test_the_class_prior_is_the_area_of_the_expected_disks():
    assert class_prior(100, 3, 290, 100) == pytest.approx(0.1)


@pytest.mark.parametrize("pi", [0, -0.1, 0.6, 1, 2, float("nan")])
def test_a_prior_that_is_no_fraction_is_refused(pi):
    with pytest.raises(SettingsError, match="pi"):
        check_prior(pi, 0.0)


def test_a_prior_at_or_below_what_is_labeled_is_refused_with_both_numbers():
    with pytest.raises(SettingsError) as refusal:
        check_prior(0.01, 0.012)
    assert "0.01" in refusal.value.found and "0.012" in refusal.value.found


@pytest.mark.parametrize(
    ("source", "said", "action"),
    [
        ("pi", "pi 0.01, while 0.012", "raise pi above that"),
        ("expected", "follows from the expected particles", "raise the expected number"),
        ("complete", "follows from the labels on the complete micrographs", "give the expected number"),
        ("guess", "follows from a guess", "give the expected number"),
    ],
)
def test_the_refusal_says_where_the_prior_comes_from_and_what_to_change(source, said, action):
    with pytest.raises(SettingsError) as refusal:
        check_prior(0.01, 0.012, source)
    assert said in refusal.value.found and action in refusal.value.action


def test_what_is_labeled_is_taken_out_of_the_prior():
    assert unlabeled_prior(0.5, 0.25) == pytest.approx(1 / 3)


def test_pixels_within_the_radius_are_what_the_label_is():
    kinds = kinds_of_pixels((5, 7), np.array([[1.0, 2.0]]), np.array([[5.0, 2.0]]), 1)
    assert kinds.tolist() == [
        [0, 0, 0, 0, 0, 0, 0],
        [0, 1, 0, 0, 0, 2, 0],
        [1, 1, 1, 0, 2, 2, 2],
        [0, 1, 0, 0, 0, 2, 0],
        [0, 0, 0, 0, 0, 0, 0],
    ]
    assert (UNLABELED, POSITIVE, NEGATIVE) == (0, 1, 2)


def test_where_labels_compete_the_nearer_decides_and_a_tie_is_positive():
    kinds = kinds_of_pixels((1, 7), np.array([[2.0, 0.0]]), np.array([[4.0, 0.0]]), 2)
    assert kinds.tolist() == [[1, 1, 1, 1, 2, 2, 2]]


def test_labels_on_the_border_count_as_far_as_the_image_goes():
    kinds = kinds_of_pixels((4, 4), np.array([[-0.4, 3.4]]), NOTHING, 1)
    assert np.argwhere(kinds == POSITIVE).tolist() == [[3, 0]]


@pytest.mark.parametrize("radius", [2, 3, 4.5])
def test_a_label_on_a_pixel_marks_its_disk(radius):
    kinds = kinds_of_pixels((20, 20), np.array([[10.0, 10.0]]), NOTHING, radius)
    assert np.count_nonzero(kinds == POSITIVE) == disk_area(radius)


def test_on_a_complete_micrograph_what_no_label_is_near_is_background():
    labels = np.array([[2.0, 0.0]]), np.array([[9.0, 0.0]])
    kinds = kinds_of_sites((1, 12), labels, 1, complete=True)
    assert kinds.tolist() == [[3, 1, 1, 1, 3, 3, 3, 3, 2, 2, 2, 3]]
    assert BACKGROUND == 3


def test_a_complete_micrograph_without_labels_is_background_everywhere():
    assert (kinds_of_sites((4, 5), (NOTHING, NOTHING), 3, complete=True) == BACKGROUND).all()


@pytest.mark.parametrize("complete", [False, True])
def test_what_is_excluded_is_ignored_whatever_else_it_is(complete):
    excluded = np.array([[False, True, True, False, False, True]])
    kinds = kinds_of_sites((1, 6), (np.array([[1.0, 0.0]]), NOTHING), 1, complete=complete, excluded=excluded)
    left = BACKGROUND if complete else UNLABELED
    assert kinds.tolist() == [[POSITIVE, IGNORED, IGNORED, left, left, IGNORED]]


def test_otherwise_sites_are_what_the_labels_say():
    labels = np.array([[1.0, 2.0]]), np.array([[5.0, 2.0]])
    assert np.array_equal(kinds_of_sites((5, 7), labels, 1), kinds_of_pixels((5, 7), *labels, 1))
