"""How good picks and scores are: rankings, one-to-one matching with a truth, agreement of two sets.

`ranking` is average precision of scores and of score maps, `matching` pairs points one to one, `picks` evaluates
picks against a truth. Nothing here reads a file or loads torch.
"""

from topazcore.metrics.matching import match
from topazcore.metrics.picks import Curve, Evaluation, evaluate, inside, precision_recall
from topazcore.metrics.ranking import average_precision, positive_sites, site_average_precision

__all__ = [
    "Curve",
    "Evaluation",
    "average_precision",
    "evaluate",
    "inside",
    "match",
    "positive_sites",
    "precision_recall",
    "site_average_precision",
]
