"""The training objectives, as pure functions of scores.

Source: Bepler et al. 2019, Online Methods, "PU learning with generalized-expectation criteria". With g the logistic
of a score and pi the expected fraction of positives among unlabeled sites:

- GE-binomial: the negative log-likelihood of the labeled sites, plus slack times the cross entropy between the number
  of positives that the classifier expects among N unlabeled sites (Poisson-binomial, approximated by a Gaussian on
  k = 0..N) and Binomial(N, pi);
- GE-KL: the same with slack times the divergence of the mean of g over the unlabeled sites from pi;
- PN: every unlabeled site is taken for a negative, the two classes weighted by pi;
- PU: the non-negative estimator of the risk, Kiryo et al., NeurIPS 2017, equation 6 and algorithm 1.

Labeled negatives enter the first term as the paper's extension does. The background of complete micrographs stands for
all negatives there are, and weighs as PN weighs them: (1 - pi) / pi times as much as the positives. Nothing here draws
random numbers or keeps state. Sites of no kind that is named here count nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch.nn.functional import logsigmoid

from topazcore.targets import BACKGROUND, NEGATIVE, POSITIVE, UNLABELED

# One binomial over thousands of sites that overlap is far too stiff: the count is compared group by group.
GROUP_SIZE = 240
# The Gaussian is read at whole numbers: as narrow as this it has no slope between them any more.
_SMALLEST_VARIANCE = 1 / 12


@dataclass(frozen=True)
class Loss:
    """The two terms, scalars, already weighted: what labeled sites say, and what the unlabeled ones do.

    `descent` is what a step goes down in their place where that is not their value (PU below its bound).
    `reconstruction` is the autoencoder's term, if there is one.
    """

    labeled: torch.Tensor
    unlabeled: torch.Tensor
    descent: torch.Tensor | None = None
    reconstruction: torch.Tensor | float = 0.0

    @property
    def total(self) -> torch.Tensor:
        """The value of the objective."""
        return self.labeled + self.unlabeled + self.reconstruction

    @property
    def minimised(self) -> torch.Tensor:
        """What a step goes down."""
        return self.total if self.descent is None else self.descent + self.reconstruction

    def backward(self) -> None:
        """Add the gradient to the parameters'."""
        self.minimised.backward()


# scores (n,) logits; kinds (n,) POSITIVE, NEGATIVE, BACKGROUND, UNLABELED or another number; pi between 0 and 1;
# slack, the paper's lambda, which PN and PU have no use for. Sites come in random order.
Objective = Callable[[torch.Tensor, torch.Tensor, float, float], Loss]


def ge_binomial(scores: torch.Tensor, kinds: torch.Tensor, pi: float, slack: float) -> Loss:
    """GE-binomial; see the module and `Objective`."""
    unlabeled = scores[kinds == UNLABELED]
    penalty = count_penalty(_groups(unlabeled), pi) if len(unlabeled) else scores.sum() * 0
    return Loss(labeled_loss(scores, kinds) + background_loss(scores, kinds, pi) / pi, slack * penalty)


def ge_kl(scores: torch.Tensor, kinds: torch.Tensor, pi: float, slack: float) -> Loss:
    """GE-KL; see the module and `Objective`."""
    unlabeled = scores[kinds == UNLABELED]
    penalty = mean_penalty(_groups(unlabeled), pi) if len(unlabeled) else scores.sum() * 0
    return Loss(labeled_loss(scores, kinds) + background_loss(scores, kinds, pi) / pi, slack * penalty)


def pn(scores: torch.Tensor, kinds: torch.Tensor, pi: float, slack: float) -> Loss:
    """PN: unlabeled sites as negatives; see the module and `Objective`."""
    is_negative = (kinds == UNLABELED) | (kinds == NEGATIVE) | (kinds == BACKGROUND)
    positive, negative = scores[kinds == POSITIVE], scores[is_negative]
    return Loss(pi * _mean(-logsigmoid(positive)), (1 - pi) * _mean(-logsigmoid(-negative)))


def pu(scores: torch.Tensor, kinds: torch.Tensor, pi: float, slack: float) -> Loss:
    """PU: the non-negative risk; see the module and `Objective`.

    The risk of the negatives is that of the unlabeled sites less the positives' share of it. Below 0 it is a sign of
    overfitting: its value then counts as 0, and the step goes up its slope instead of down the objective.
    """
    positive, unlabeled = scores[kinds == POSITIVE], scores[kinds == UNLABELED]
    negative_risk = _mean(-logsigmoid(-unlabeled)) - pi * _mean(-logsigmoid(-positive))
    told = pi * _mean(-logsigmoid(positive)) + _mean(-logsigmoid(-scores[kinds == NEGATIVE]))
    told = told + background_loss(scores, kinds, pi)
    is_overfitted = bool(negative_risk < 0)
    return Loss(told, negative_risk.clamp_min(0), -negative_risk if is_overfitted else None)


OBJECTIVES: dict[str, Objective] = {"ge-binomial": ge_binomial, "ge-kl": ge_kl, "pn": pn, "pu": pu}


def labeled_loss(scores: torch.Tensor, kinds: torch.Tensor) -> torch.Tensor:
    """Mean of -log g over the positive sites, plus that of -log(1 - g) over the negative ones, if any."""
    positive, negative = scores[kinds == POSITIVE], scores[kinds == NEGATIVE]
    return _mean(-logsigmoid(positive)) + _mean(-logsigmoid(-negative))


def background_loss(scores: torch.Tensor, kinds: torch.Tensor, pi: float) -> torch.Tensor:
    """1 - pi times the mean of -log(1 - g) over the background of complete micrographs, if any."""
    return (1 - pi) * _mean(-logsigmoid(-scores[kinds == BACKGROUND]))


def count_penalty(groups: torch.Tensor, pi: float) -> torch.Tensor:
    """Cross entropy of Binomial(N, pi) under the expected number of positives: mean over `(groups, N)` logits."""
    probability = torch.sigmoid(groups)
    mean = probability.sum(dim=1, keepdim=True)
    variance = (probability * (1 - probability)).sum(dim=1, keepdim=True)
    counts = torch.arange(groups.shape[1] + 1, dtype=groups.dtype, device=groups.device)
    exponent = -((counts - mean) ** 2) / (2 * variance.clamp_min(_SMALLEST_VARIANCE))
    expected = torch.softmax(exponent, dim=1)
    return -(expected @ log_binomial(counts, pi)).mean()


def mean_penalty(groups: torch.Tensor, pi: float) -> torch.Tensor:
    """Divergence KL(pi || mean of g) of two yes-or-no variables: mean over `(groups, N)` logits; at least 0."""
    mean = torch.sigmoid(groups).mean(dim=1).clamp(1e-6, 1 - 1e-6)
    prior = torch.as_tensor(pi, dtype=groups.dtype, device=groups.device)
    divergence = prior * torch.log(prior / mean) + (1 - prior) * torch.log((1 - prior) / (1 - mean))
    return divergence.mean()


def log_binomial(counts: torch.Tensor, pi: float) -> torch.Tensor:
    """log Binomial(k; N, pi) for `counts` = 0..N."""
    total = counts[-1]
    ways = torch.lgamma(total + 1) - torch.lgamma(counts + 1) - torch.lgamma(total - counts + 1)
    prior = torch.as_tensor(pi, dtype=counts.dtype, device=counts.device)
    return ways + counts * torch.log(prior) + (total - counts) * torch.log1p(-prior)


def _groups(unlabeled: torch.Tensor) -> torch.Tensor:
    """`(n,)` to `(groups, N)` with N near GROUP_SIZE; fewer than one group are left over."""
    number = max(1, round(len(unlabeled) / GROUP_SIZE))
    size = len(unlabeled) // number
    return unlabeled[: number * size].reshape(number, size)


def _mean(values: torch.Tensor) -> torch.Tensor:
    """The mean, and 0 with a gradient of 0 where there is no value."""
    return values.sum() / max(1, len(values))
