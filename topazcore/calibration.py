"""Where the default threshold lies: the offset that makes 0 a sensible threshold.

A site's score is the logit of "a centre is here", and one particle spreads over several sites that share its
probability: few of them reach 1/2 on their own. So scores of picks are moved by a constant, chosen from two facts:

- as many picks as particles are expected should lie above 0 on a typical micrograph (the class prior again);
- nine in ten of the labels should, if that keeps at most three times as many picks as expected: whoever expects
  too few particles still finds those like the ones labeled.

The lower threshold of the two counts. The ranking stays as it is. It never imports torch.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

LABELS_BELOW = 0.1
AT_MOST_TIMES_EXPECTED = 3


@dataclass(frozen=True)
class Reference:
    """The scores of all picks of one micrograph, and how many particles are expected on it."""

    scores: np.ndarray
    expected: float


def offset_for(references: Sequence[Reference], label_scores: np.ndarray) -> float:
    """What to add to scores so that 0 is a sensible threshold.

    The median over the micrographs decides, so that one full of ice or carbon does not.

    Args:
        references: micrographs, best such that were not trained on: there a classifier scores higher.
        label_scores: `(n,)` scores of the picks at the labels; may be empty.
    """
    known = [reference for reference in references if len(reference.scores)]
    if not known:
        return 0.0
    threshold = float(np.median([_score_at(each, each.expected) for each in known]))
    if len(label_scores):
        lowest = np.median([_score_at(each, AT_MOST_TIMES_EXPECTED * each.expected) for each in known])
        # Rounded up to a label, so that with few of them one bad label decides nothing.
        at_labels = np.quantile(label_scores, LABELS_BELOW, method="higher")
        threshold = max(float(lowest), min(threshold, float(at_labels)))
    return -threshold


def scores_at(labels: np.ndarray, xy: np.ndarray, scores: np.ndarray, radius: float) -> np.ndarray:
    """Scores of the picks nearest to labels, of those that have one within `radius`.

    Args:
        labels: `(n, 2)` x, y; `xy`: `(k, 2)` picks in the same pixels.
    """
    if not len(labels) or not len(xy):
        return np.empty(0)
    distances, nearest = cKDTree(xy).query(labels)
    return scores[nearest[distances <= radius]]


def _score_at(reference: Reference, rank: float) -> float:
    """The score of the pick at a rank, counted from 1."""
    falling = np.sort(reference.scores)[::-1]
    return float(falling[min(len(falling), max(1, round(rank))) - 1])
