import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from topazcore.config import OBJECTIVES as NAMES
from topazcore.objective import (
    OBJECTIVES,
    count_penalty,
    ge_binomial,
    ge_kl,
    labeled_loss,
    log_binomial,
    mean_penalty,
    pn,
    pu,
)
from topazcore.sampling import IGNORED
from topazcore.targets import BACKGROUND, NEGATIVE, POSITIVE, UNLABELED


def scores_of(*probabilities: float) -> torch.Tensor:
    return torch.logit(torch.tensor(probabilities, dtype=torch.float64))


def test_log_binomial_is_the_textbook_one():
    assert torch.exp(log_binomial(torch.arange(4.0, dtype=torch.float64), 0.25)).tolist() == pytest.approx(
        [27 / 64, 27 / 64, 9 / 64, 1 / 64]
    )


def test_positives_cost_minus_log_g_and_negatives_minus_log_one_minus_g():
    scores = scores_of(0.5, 0.25, 0.75, 0.9)
    kinds = torch.tensor([POSITIVE, POSITIVE, NEGATIVE, UNLABELED])
    expected = -(math.log(0.5) + math.log(0.25)) / 2 - math.log(0.25)
    assert labeled_loss(scores, kinds).item() == pytest.approx(expected)


def test_the_penalty_by_hand_for_two_sites():
    # mean 1, variance 1/2: weights exp(-1), 1, exp(-1) on k = 0, 1, 2 against 9/16, 6/16, 1/16
    weights = [math.exp(-1), 1, math.exp(-1)]
    logs = [math.log(9 / 16), math.log(6 / 16), math.log(1 / 16)]
    expected = -sum(w * p for w, p in zip(weights, logs, strict=True)) / sum(weights)
    assert count_penalty(scores_of(0.5, 0.5)[None], 0.25).item() == pytest.approx(expected)


def test_the_penalty_is_averaged_over_the_groups():
    one, other = scores_of(0.5, 0.5), scores_of(0.1, 0.2)
    both = count_penalty(torch.stack([one, other]), 0.25)
    apart = count_penalty(one[None], 0.25) + count_penalty(other[None], 0.25)
    assert both.item() == pytest.approx(apart.item() / 2)


def test_the_penalty_is_least_where_the_count_is_the_expected_one():
    penalties = [count_penalty(scores_of(*[g] * 240)[None], 0.05).item() for g in (0.01, 0.05, 0.2)]
    assert penalties[1] == min(penalties)


def test_the_whole_is_the_labeled_term_plus_slack_times_the_penalty():
    scores, kinds = scores_of(0.5, 0.5, 0.5), torch.tensor([POSITIVE, UNLABELED, UNLABELED])
    loss = ge_binomial(scores, kinds, 0.25, 10)
    assert loss.labeled.item() == pytest.approx(math.log(2))
    assert loss.total.item() == pytest.approx(math.log(2) + 10 * count_penalty(scores[1:][None], 0.25).item())


def test_the_gradient_is_that_of_finite_differences():
    torch.manual_seed(0)
    scores = torch.randn(30, dtype=torch.float64, requires_grad=True)
    kinds = torch.tensor([POSITIVE] * 5 + [NEGATIVE] * 3 + [IGNORED] * 2 + [UNLABELED] * 20)
    assert torch.autograd.gradcheck(lambda s: ge_binomial(s, kinds, 0.2, 3.0).total, scores)


def test_ignored_sites_count_nothing():
    scores, kinds = scores_of(0.5, 0.3, 0.2), torch.tensor([POSITIVE, UNLABELED, UNLABELED])
    more = torch.cat([scores, scores_of(0.9)]), torch.cat([kinds, torch.tensor([IGNORED])])
    assert ge_binomial(*more, 0.2, 10).total == ge_binomial(scores, kinds, 0.2, 10).total


@pytest.mark.parametrize("kinds", [[UNLABELED] * 4, [POSITIVE] * 4, [NEGATIVE] * 4, [IGNORED] * 4])
@pytest.mark.parametrize("score", [0.0, 1e4, -1e4])
def test_no_kind_of_batch_and_no_extreme_score_gives_nan(kinds, score):
    scores = torch.full((4,), score, requires_grad=True)
    loss = ge_binomial(scores, torch.tensor(kinds), 0.01, 10).total
    loss.backward()
    assert math.isfinite(loss.item()) and torch.isfinite(scores.grad).all()


@given(
    probabilities=st.lists(st.floats(1e-6, 1 - 1e-6), min_size=2, max_size=40),
    pi=st.floats(1e-4, 0.5),
    slack=st.floats(0, 100),
)
def test_it_is_finite_and_not_negative(probabilities, pi, slack):
    kinds = torch.tensor([POSITIVE] + [UNLABELED] * (len(probabilities) - 1))
    total = ge_binomial(scores_of(*probabilities), kinds, pi, slack).total.item()
    assert math.isfinite(total) and total >= 0


def poisson_binomial(probabilities: torch.Tensor) -> torch.Tensor:
    """The exact distribution of the number of successes, by the FFT of its characteristic function."""
    count = len(probabilities)
    angles = 2 * math.pi * torch.arange(count + 1, dtype=torch.float64) / (count + 1)
    turns = torch.polar(torch.ones_like(angles), angles)
    characteristic = (1 - probabilities + probabilities * turns[:, None]).prod(dim=1)
    return torch.fft.fft(characteristic).real.clamp_min(0) / (count + 1)


def test_the_exact_distribution_by_hand():
    assert poisson_binomial(torch.tensor([0.5, 0.25], dtype=torch.float64)).tolist() == pytest.approx(
        [3 / 8, 1 / 2, 1 / 8]
    )


@pytest.mark.parametrize(
    ("sites", "mean", "tolerance"), [(20, 0.3, 0.03), (60, 0.1, 0.03), (240, 0.05, 0.02)]
)
def test_the_gaussian_count_gives_nearly_the_exact_cross_entropy(sites, mean, tolerance):
    torch.manual_seed(1)
    scores = torch.randn(sites, dtype=torch.float64) + math.log(mean / (1 - mean))
    exact = poisson_binomial(torch.sigmoid(scores))
    wanted = -(exact @ log_binomial(torch.arange(sites + 1, dtype=torch.float64), mean)).item()
    assert count_penalty(scores[None], mean).item() == pytest.approx(wanted, rel=tolerance)


def test_every_objective_has_a_name_among_the_settings():
    assert tuple(OBJECTIVES) == NAMES


def test_the_kl_penalty_by_hand_and_zero_at_the_prior():
    assert mean_penalty(scores_of(0.2, 0.4)[None], 0.3).item() == pytest.approx(0, abs=1e-12)
    by_hand = 0.3 * math.log(0.3 / 0.5) + 0.7 * math.log(0.7 / 0.5)
    assert mean_penalty(scores_of(0.5, 0.5)[None], 0.3).item() == pytest.approx(by_hand)


def test_ge_kl_is_the_labeled_term_plus_slack_times_the_divergence():
    scores, kinds = scores_of(0.5, 0.5), torch.tensor([POSITIVE, UNLABELED])
    divergence = 0.3 * math.log(0.3 / 0.5) + 0.7 * math.log(0.7 / 0.5)
    assert ge_kl(scores, kinds, 0.3, 10).total.item() == pytest.approx(math.log(2) + 10 * divergence)


def test_pn_weighs_the_classes_by_the_prior():
    scores, kinds = scores_of(0.5, 0.25, 0.75), torch.tensor([POSITIVE, UNLABELED, NEGATIVE])
    by_hand = 0.1 * math.log(2) - 0.9 * (math.log(0.75) + math.log(0.25)) / 2
    assert pn(scores, kinds, 0.1, 0).total.item() == pytest.approx(by_hand)


def test_pu_takes_the_positives_share_out_of_the_unlabeled():
    scores, kinds = scores_of(0.5, 0.4), torch.tensor([POSITIVE, UNLABELED])
    negative_risk = -math.log(0.6) - 0.2 * math.log(2)
    assert pu(scores, kinds, 0.2, 0).total.item() == pytest.approx(0.2 * math.log(2) + negative_risk)


def test_pu_below_its_bound_counts_zero_and_climbs():
    scores, kinds = scores_of(0.9, 0.01).requires_grad_(), torch.tensor([POSITIVE, UNLABELED])
    loss = pu(scores, kinds, 0.2, 0)
    assert loss.unlabeled.item() == 0
    loss.backward()
    # d/ds of -(-log(1 - g_u) + 0.2 log(1 - g_p)) is 0.2 g_p at the positive and -g_u at the unlabeled site.
    assert scores.grad.tolist() == pytest.approx([0.2 * 0.9, -0.01])


@pytest.mark.parametrize("objective", [ge_kl, pn, pu])
def test_the_other_objectives_have_the_gradient_of_finite_differences(objective):
    torch.manual_seed(0)
    scores = torch.randn(30, dtype=torch.float64, requires_grad=True)
    kinds = torch.tensor([POSITIVE] * 5 + [NEGATIVE] * 3 + [IGNORED] * 2 + [UNLABELED] * 20)
    assert torch.autograd.gradcheck(lambda s: objective(s, kinds, 0.2, 3.0).total, scores)


@pytest.mark.parametrize("objective", OBJECTIVES.values())
def test_a_batch_without_labels_or_without_unlabeled_sites_is_finite(objective):
    for kind in (POSITIVE, UNLABELED, NEGATIVE, IGNORED):
        scores = torch.zeros(8, requires_grad=True)
        loss = objective(scores, torch.full((8,), kind), 0.2, 10)
        loss.backward()
        assert math.isfinite(loss.total.item())
        assert torch.isfinite(scores.grad).all()


@pytest.mark.parametrize("objective", [ge_binomial, ge_kl])
def test_background_weighs_against_positives_as_in_pn(objective):
    scores, kinds = scores_of(0.5, 0.25, 0.4), torch.tensor([POSITIVE, BACKGROUND, BACKGROUND])
    by_hand = math.log(2) - 0.9 / 0.1 * (math.log(0.75) + math.log(0.6)) / 2
    assert objective(scores, kinds, 0.1, 10).total.item() == pytest.approx(by_hand)
    assert pn(scores, kinds, 0.1, 0).total.item() == pytest.approx(0.1 * by_hand)


def test_a_negative_that_a_person_named_keeps_its_weight_beside_background():
    scores, kinds = scores_of(0.5, 0.25, 0.4), torch.tensor([POSITIVE, NEGATIVE, BACKGROUND])
    by_hand = math.log(2) - math.log(0.75) - 0.9 / 0.1 * math.log(0.6)
    assert ge_binomial(scores, kinds, 0.1, 10).total.item() == pytest.approx(by_hand)


def test_pu_takes_background_for_negatives():
    scores, kinds = scores_of(0.4), torch.tensor([BACKGROUND])
    assert pu(scores, kinds, 0.2, 0).total.item() == pytest.approx(-0.8 * math.log(0.6))
