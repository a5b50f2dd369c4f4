import pytest

from topazcore.config import TrainingSettings
from topazcore.prior import Counts, choose_prior, observed_prior, prior_of_the_unlabeled

# 29 pixels are a disk of radius 3; 2900 pixels hold a hundred.
RADIUS = 3.0
OPEN = Counts(labels=5, pixels=2900, counted=2900)
COMPLETE = Counts(labels=20, pixels=2900, counted=2900, complete=True)
EMPTY = Counts(labels=0, pixels=2900, counted=2900, complete=True)


def prior(*counts: Counts, **settings):
    return choose_prior(TrainingSettings(**settings), counts, RADIUS, lambda labels: 2 * labels + 1)


@pytest.mark.parametrize(
    ("settings", "counts", "pi", "expected", "source"),
    [
        ({"pi": 0.3, "expected_particles": 25}, (OPEN, COMPLETE), 0.3, 25, "pi"),
        ({"pi": 0.3}, (OPEN, COMPLETE), 0.3, 30, "pi"),
        ({"expected_particles": 25}, (OPEN, COMPLETE), 0.25, 25, "expected"),
        ({}, (OPEN, COMPLETE), 0.2, 20, "complete"),
        ({}, (OPEN, COMPLETE, EMPTY), 0.1, 10, "complete"),
        ({}, (OPEN, EMPTY), 0.11, 11, "guess"),
        ({}, (OPEN,), 0.11, 11, "guess"),
    ],
)
def test_the_order_is_pi_expected_complete_guess(settings, counts, pi, expected, source):
    found = prior(*counts, **settings)
    assert (found.pi, found.expected_particles) == (pytest.approx(pi), pytest.approx(expected))
    assert found.source == source


def test_a_density_counts_what_is_not_excluded():
    half = Counts(labels=20, pixels=2900, counted=1450, complete=True)
    assert prior(half).expected_particles == pytest.approx(40) and prior(half).pi == pytest.approx(0.4)
    assert prior(Counts(5, 2900, 1450)).expected_particles == 21


def test_a_micrograph_that_is_excluded_whole_gives_no_prior():
    nothing = Counts(labels=0, pixels=2900, counted=0, complete=True)
    assert prior(OPEN, nothing).source == "guess"
    assert observed_prior([nothing], RADIUS) == 0


def test_complete_micrographs_do_not_count_as_observed_beside_others():
    assert observed_prior([OPEN, COMPLETE, EMPTY], RADIUS) == pytest.approx(0.05)
    assert observed_prior([COMPLETE, EMPTY], RADIUS) == pytest.approx(0.1)


def test_what_is_labeled_leaves_the_prior_of_the_rest():
    assert prior_of_the_unlabeled(0.24, [OPEN, COMPLETE], RADIUS) == pytest.approx(0.2)
    assert prior_of_the_unlabeled(0.2, [COMPLETE], RADIUS) == 0.2
