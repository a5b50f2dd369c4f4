"""How good picks and scores are: rankings, one-to-one matching with a truth, agreement of two sets.

`ranking` is average precision of scores and of score maps, `matching` pairs points one to one, `curve` and `picks`
compare picks with a truth, `agreement` two sets of picks. Nothing here reads a file or loads torch.
"""

from topazcore.metrics.agreement import Agreement, agreement, overlaps, total_agreement
from topazcore.metrics.curve import Curve, precision_recall
from topazcore.metrics.matching import match
from topazcore.metrics.picks import Evaluation, evaluate, inside
from topazcore.metrics.ranking import average_precision, positive_sites, site_average_precision

__all__ = [
    "Agreement",
    "Curve",
    "Evaluation",
    "agreement",
    "average_precision",
    "evaluate",
    "inside",
    "match",
    "overlaps",
    "positive_sites",
    "precision_recall",
    "site_average_precision",
    "total_agreement",
]
