"""What a model that still trains would pick: quickly, with the default threshold set on the micrographs at hand.

It never changes the model or a random number, so a training that is looked at ends at the same weights.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from topazcore.calibration import Reference, offset_for
from topazcore.checkpoint import Model
from topazcore.picking import QUICK, Picks, Prepared, expected_on, pick_score_map
from topazcore.scoring import ScoreMap, score_map


def preview(model: Model, prepared: Prepared) -> Picks:
    """Quick picks of one micrograph; 0 is its own default threshold."""
    return preview_picks(model, [(prepared, quick_map(model, prepared))])[0]


def quick_map(model: Model, prepared: Prepared) -> ScoreMap:
    """The score map that quick picks come from."""
    model.classifier.eval()
    return score_map(model.classifier, prepared.image, QUICK)


def preview_picks(model: Model, mapped: Sequence[tuple[Prepared, ScoreMap]]) -> list[Picks]:
    """Quick picks of micrographs from their score maps; 0 is the default threshold that suits them all."""
    picks = final_picks(model, mapped)
    references = [
        Reference(each.score, expected_on(model, prepared.image))
        for each, (prepared, _) in zip(picks, mapped, strict=True)
    ]
    offset = offset_for(references, np.empty(0))
    return [replace(each, score=each.score + offset) for each in picks]


def final_picks(model: Model, mapped: Sequence[tuple[Prepared, ScoreMap]]) -> list[Picks]:
    """Quick picks of micrographs from their score maps; 0 is the threshold of the model."""
    return [pick_score_map(model, prepared, found) for prepared, found in mapped]
