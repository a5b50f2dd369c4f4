import numpy as np
import pytest

from topazcore.calibration import (
    Reference,
    ScoreMixture,
    best_threshold,
    calibrate,
    fit_mixture,
    offset_for,
    scores_at,
)

NONE = np.empty(0)
PARTICLES, NOISE_PEAKS = 300, 1700
# With these two, F1 is highest where 2 true / (picks + 300) is: at -1.93, by the distributions themselves.
TRUE_MIXTURE = ScoreMixture(0.15, -4.0, 0.7, -1.0, 0.6)
BEST_THRESHOLD = -2.33


def drawn_scores(seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    noise = rng.normal(TRUE_MIXTURE.noise_mean, TRUE_MIXTURE.noise_sd, NOISE_PEAKS)
    return np.concatenate(
        [noise, rng.normal(TRUE_MIXTURE.particle_mean, TRUE_MIXTURE.particle_sd, PARTICLES)]
    )


def reference(*scores: float, expected: float) -> Reference:
    return Reference(np.array(scores, float), expected)


@pytest.mark.parametrize("expected", [100, 300, 900])
def test_the_threshold_lies_between_noise_and_particles_whatever_is_expected(expected):
    offset = offset_for([Reference(drawn_scores(), expected)], NONE)
    assert offset == pytest.approx(-BEST_THRESHOLD, abs=0.25)


def test_the_mixture_is_found_again():
    found = fit_mixture(drawn_scores(), 200)
    assert found.share == pytest.approx(TRUE_MIXTURE.share, abs=0.02)
    assert found.noise_mean == pytest.approx(TRUE_MIXTURE.noise_mean, abs=0.15)
    assert found.particle_mean == pytest.approx(TRUE_MIXTURE.particle_mean, abs=0.1)
    assert found.particle_sd == pytest.approx(TRUE_MIXTURE.particle_sd, abs=0.1)


def test_the_best_threshold_is_where_f1_is_highest():
    scores = np.array([3.0, 2.0, 1.0, -1.0, -2.0])
    probability = np.array([1, 1, 0.5, 0.1, 0])
    f1 = 2 * np.array([1, 2, 2.5, 2.6, 2.6]) / (np.array([1, 2, 3, 4, 5]) + probability.sum())
    assert np.argmax(f1) == 2

    class Known:
        def particle_probability(self, falling):
            return probability

    assert best_threshold(Known(), scores) == 1.0


def test_the_mixture_is_told_in_the_scores_that_a_person_sees():
    found = calibrate([Reference(drawn_scores(), 300)], NONE)
    assert found.mixture.noise_mean == pytest.approx(TRUE_MIXTURE.noise_mean + found.offset, abs=0.15)
    scores = drawn_scores() + found.offset
    probability = found.mixture.particle_probability(scores)
    precision = probability[scores >= 0].mean()
    recall = probability[scores >= 0].sum() / probability.sum()
    is_particle = np.arange(len(scores)) >= NOISE_PEAKS
    assert precision == pytest.approx(is_particle[scores >= 0].mean(), abs=0.03)
    assert recall == pytest.approx((scores[is_particle] >= 0).mean(), abs=0.03)
    assert set(found.mixture.as_dict()) == {
        "share", "noise_mean", "noise_sd", "particle_mean", "particle_sd"
    }  # fmt: skip


def test_what_lies_far_below_the_noise_is_no_particle():
    wide = ScoreMixture(0.2, -4.0, 0.5, -1.0, 3.0)
    assert wide.particle_probability(np.array([-8.0, -1.0])).round(3).tolist() == [0, 1]


def test_carbon_below_and_ice_above_change_little():
    stretched = np.concatenate([drawn_scores(), np.linspace(-15, -6, 300), np.linspace(2, 9, 8)])
    assert offset_for([Reference(stretched, 200)], NONE) == pytest.approx(-BEST_THRESHOLD, abs=0.3)


def test_all_micrographs_count_together():
    halves = [
        Reference(part, 150) for part in np.split(np.random.default_rng(3).permutation(drawn_scores()), 2)
    ]
    assert offset_for(halves, NONE) == pytest.approx(offset_for([Reference(drawn_scores(), 300)], NONE))


def test_the_best_label_is_never_below_the_threshold():
    assert offset_for([Reference(drawn_scores(), 300)], np.array([-3.5, -3.25, -3.0])) == 3.0
    at_two = offset_for([Reference(drawn_scores(), 300)], np.array([2.0]))
    assert at_two == offset_for([Reference(drawn_scores(), 300)], NONE)


@pytest.mark.parametrize("scores", [np.zeros(200), np.full(200, -3.0)])
def test_scores_that_are_all_equal_are_all_kept(scores):
    assert fit_mixture(scores, 20) is None
    assert offset_for([Reference(scores, 20)], NONE) == -scores[0]


def test_few_picks_have_no_distribution_and_as_many_as_expected_are_kept():
    scores = np.array([1.0, -1, -2, -3, -4])
    offset = offset_for([Reference(scores, 3)], NONE)
    assert offset == 2 and np.count_nonzero(scores + offset >= 0) == 3


def test_then_the_median_micrograph_decides():
    usual, full_of_ice = reference(0, -1, -2, expected=2), reference(90, 80, 70, expected=2)
    assert offset_for([usual, full_of_ice, usual], NONE) == 1


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
