"""The training objective GE-binomial, as a pure function of scores.

Source: Bepler et al. 2019, Online Methods, "PU learning with generalized-expectation criteria", GE-binomial:
the negative log-likelihood of the labeled sites, plus slack times the cross entropy between the number of
positives that the classifier expects among N unlabeled sites (Poisson-binomial, approximated by a Gaussian on
k = 0..N) and Binomial(N, pi). Labeled negatives enter the first term as the paper's extension does.

It draws no random numbers and keeps no state. Sites of a kind that is neither labeled nor UNLABELED count nothing.
"""

from dataclasses import dataclass

import torch
from torch.nn.functional import logsigmoid

from topazcore.targets import NEGATIVE, POSITIVE, UNLABELED

# One binomial over thousands of sites that overlap is far too stiff: the count is compared group by group.
GROUP_SIZE = 240
# The Gaussian is read at whole numbers: as narrow as this it has no slope between them any more.
_SMALLEST_VARIANCE = 1 / 12


@dataclass(frozen=True)
class Loss:
    """The two terms, scalars: `total` is labeled + slack * ge_penalty."""

    labeled: torch.Tensor
    ge_penalty: torch.Tensor
    slack: float

    @property
    def total(self) -> torch.Tensor:
        return self.labeled + self.slack * self.ge_penalty


def ge_binomial(scores: torch.Tensor, kinds: torch.Tensor, pi: float, slack: float) -> Loss:
    """GE-binomial of a batch whose sites come in random order.

    Args:
        scores: `(n,)` logits.
        kinds: `(n,)` POSITIVE, NEGATIVE, UNLABELED, or another number for a site that counts nothing.
        pi: expected fraction of positives among the unlabeled sites, between 0 and 1.
        slack: weight of the penalty (the paper's lambda).
    """
    unlabeled = scores[kinds == UNLABELED]
    penalty = count_penalty(_groups(unlabeled), pi) if len(unlabeled) else scores.sum() * 0
    return Loss(labeled_loss(scores, kinds), penalty, slack)


def labeled_loss(scores: torch.Tensor, kinds: torch.Tensor) -> torch.Tensor:
    """Mean of -log g over the positive sites, plus that of -log(1 - g) over the negative ones, if any."""
    positive, negative = scores[kinds == POSITIVE], scores[kinds == NEGATIVE]
    return _mean(-logsigmoid(positive)) + _mean(-logsigmoid(-negative))


def count_penalty(groups: torch.Tensor, pi: float) -> torch.Tensor:
    """Cross entropy of Binomial(N, pi) under the expected number of positives: mean over `(groups, N)` logits."""
    probability = torch.sigmoid(groups)
    mean = probability.sum(dim=1, keepdim=True)
    variance = (probability * (1 - probability)).sum(dim=1, keepdim=True)
    counts = torch.arange(groups.shape[1] + 1, dtype=groups.dtype, device=groups.device)
    exponent = -((counts - mean) ** 2) / (2 * variance.clamp_min(_SMALLEST_VARIANCE))
    expected = torch.softmax(exponent, dim=1)
    return -(expected @ log_binomial(counts, pi)).mean()


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
