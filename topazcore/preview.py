"""What a model that still trains would pick: quickly, with the default threshold set on the micrographs at hand.

It never changes the model or a random number, so a training that is looked at ends at the same weights.
"""

from collections.abc import Sequence
from dataclasses import replace

from topazcore.checkpoint import Model
from topazcore.default_threshold import calibrated_on
from topazcore.picking import QUICK, Picks, Prepared, all_picks, enough, map_of
from topazcore.scoring import ScoreMap


def preview(model: Model, prepared: Prepared) -> Picks:
    """Quick picks of one micrograph; 0 is its own default threshold."""
    return enough(model, prepared, preview_picks(model, [(prepared, quick_map(model, prepared))])[0])


def quick_map(model: Model, prepared: Prepared) -> ScoreMap:
    """The score map that quick picks come from."""
    model.classifier.eval()
    return map_of(model, prepared, QUICK)


def preview_picks(model: Model, mapped: Sequence[tuple[Prepared, ScoreMap]]) -> list[Picks]:
    """All quick picks of micrographs from their score maps; 0 is the default threshold that suits them together."""
    picks = final_picks(model, mapped)
    offset = calibrated_on(model, [prepared for prepared, _ in mapped], picks).offset
    return [replace(each, score=each.score + offset) for each in picks]


def final_picks(model: Model, mapped: Sequence[tuple[Prepared, ScoreMap]]) -> list[Picks]:
    """All quick picks of micrographs from their score maps; 0 is the threshold of the model."""
    return [all_picks(model, prepared, found) for prepared, found in mapped]
