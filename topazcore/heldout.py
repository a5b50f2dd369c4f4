"""Held-out micrographs: labeled ones that a training never sees, on which its states are compared.

Source: Bepler et al. 2019, Online Methods, "Evaluation metrics": average precision of sites ranks the states;
precision and recall of picks say what a person would get. Labels are often not all there are: whatever has none
counts as wrong, so precision is a lower bound unless the micrographs are marked complete. Whole micrographs only:
two halves of one share its ice and defocus. It never trains and never draws a random number.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np

from topazcore.checkpoint import Model
from topazcore.dataset import Plan
from topazcore.metrics import average_precision, match, positive_sites
from topazcore.picking import Prepared
from topazcore.preview import final_picks, preview_picks, quick_map
from topazcore.sampling import LabeledMicrograph
from topazcore.scoring import ScoreMap
from topazcore.source import Source

Learned = tuple[Source, LabeledMicrograph]

ONE_IN = 5
# Fewer labels than this rank nothing; a micrograph with more than this share of all labels is missed too much.
FEWEST_LABELS, LARGEST_SHARE = 5, 1 / 3
# Measured on beta-galactosidase, two labeled micrographs, mean best F1 with one of them held out and with none: ten
# labels on each 0.783 and 0.777, five on each 0.732 and 0.743.
FEWEST_LEFT = 10
DEFAULT_THRESHOLD = 0.0


@dataclass(frozen=True)
class HeldOutScore:
    """How good one state is on the held-out micrographs.

    Args:
        average_precision: of the sites at labels against all others.
        precision, recall: of the picks at the threshold, matched one to one within half a diameter; precision is
            None where nothing is picked.
        threshold: the default one, in the scores that a person sees.
        lower_bound: average precision and precision may be higher, as not every particle is labeled.
    """

    micrographs: int
    labels: int
    average_precision: float
    precision: float | None
    recall: float
    threshold: float
    lower_bound: bool

    def as_dict(self) -> dict[str, object]:
        """Ready for JSON."""
        return asdict(self)


def set_aside(plan: Plan) -> tuple[Plan, frozenset[int]]:
    """A plan without one in five of the labeled micrographs, at least one, and the ids of those.

    Micrographs that are complete go first, then those with the fewest labels, as long as that is enough to
    rank by and no large part of all labels. Nothing is held out where only one micrograph has positive labels,
    where fewer than ten of them would be left, where these lie more densely than the class prior allows, or where no
    site would be left unlabeled.
    """
    candidates = [source for source in plan.sources if len(source.positives)]
    if len(candidates) < 2:
        return plan, frozenset()
    candidates.sort(key=lambda source: _cost(source, plan.positives))
    number = max(1, round(len(candidates) / ONE_IN))
    aside = frozenset(source.micrograph.id for source in candidates[:number])
    rest = replace(plan, sources=tuple(each for each in plan.sources if each.micrograph.id not in aside))
    is_enough = rest.leaves_something and rest.is_all_told == plan.is_all_told
    if rest.positives < FEWEST_LEFT or not is_enough:
        return plan, frozenset()
    return rest, aside


def split(prepared: Sequence[Learned], aside: frozenset[int]) -> tuple[list[Learned], list[Learned]]:
    """The micrographs to learn from, and those held out; none of these where the others have no label left."""
    learned = [each for each in prepared if each[0].micrograph.id not in aside]
    if not any(len(source.positives) for source, _ in learned):
        return list(prepared), []
    return learned, [each for each in prepared if each[0].micrograph.id in aside]


class HeldOut:
    """The held-out micrographs, and the score of a model on them.

    Args:
        held: prepared micrographs with their labels, at least one.
    """

    def __init__(self, held: Sequence[Learned]):
        self.pixels = sum(micrograph.image.size for _, micrograph in held)
        self._held = tuple(held)
        self._is_complete = all(source.micrograph.complete for source, _ in held)

    def score(self, model: Model, is_final: bool = False) -> HeldOutScore:
        """Score the model as it is now.

        Args:
            is_final: the model's own default threshold is known; else it is set on these micrographs.
        """
        prepared = [
            Prepared(micrograph.image, source.frame, exclusions=source.micrograph.exclusions)
            for source, micrograph in self._held
        ]
        mapped = [(each, quick_map(model, each)) for each in prepared]
        picks = final_picks(model, mapped) if is_final else preview_picks(model, mapped)
        kept = [each.xy[each.score >= DEFAULT_THRESHOLD] for each in picks]
        found = self._matched(kept, model.scales.suppression_radius_px)
        picked = sum(map(len, kept))
        return HeldOutScore(
            micrographs=len(self._held),
            labels=self._labels,
            average_precision=self._average_precision([each for _, each in mapped], model),
            precision=found / picked if picked else None,
            recall=found / self._labels,
            threshold=DEFAULT_THRESHOLD,
            lower_bound=not self._is_complete,
        )

    @property
    def _labels(self) -> int:
        return sum(len(source.positives) for source, _ in self._held)

    def _average_precision(self, maps: Sequence[ScoreMap], model: Model) -> float:
        """That of the sites of all micrographs together that are not excluded; 0 for scores that are no numbers."""
        radius, scores, positive = model.scales.positive_radius_ds, [], []
        for each, (source, _) in zip(maps, self._held, strict=True):
            counted = source.counted_sites(each.spacing)
            scores.append(each.scores[counted])
            positive.append(positive_sites(counted.shape, each.spacing, source.positives, radius)[counted])
        ranked = np.concatenate(scores)
        return average_precision(ranked, np.concatenate(positive)) if np.isfinite(ranked).all() else 0.0

    def _matched(self, kept: Sequence[np.ndarray], distance_px: float) -> int:
        """How many labels have a pick of their own, one to one."""
        return sum(
            len(match(xy, source.frame.to_full(source.positives), distance_px))
            for xy, (source, _) in zip(kept, self._held, strict=True)
        )


def _cost(source: Source, all_labels: int) -> tuple[bool, bool, bool, int]:
    """What it costs to do without a micrograph, the cheapest first."""
    labels = len(source.positives)
    return (
        labels > LARGEST_SHARE * all_labels,
        labels < FEWEST_LABELS,
        not source.micrograph.complete,
        labels,
    )
