"""Where the default threshold lies: the offset that makes 0 a sensible threshold.

A site's score is the logit of "a centre is here", and one particle spreads over several sites that share its
probability: few of them reach 1/2 on their own. So scores of picks are moved by a constant, such that on the
labeled micrographs as many picks lie above 0 as particles are expected. The ranking stays. It never imports torch.
"""

import numpy as np


def offset_for(scores: np.ndarray, expected: float) -> float:
    """What to add to scores so that `expected` of them are at or above 0.

    Args:
        scores: of all picks of the labeled micrographs, in any order.
        expected: number of particles on them.
    """
    if not len(scores):
        return 0.0
    falling = np.sort(scores)[::-1]
    return -float(falling[min(len(falling), max(1, round(expected))) - 1])
