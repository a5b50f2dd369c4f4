"""Sets the default threshold of a trained model: `calibration` with picks of micrographs that are at hand.

Micrographs that the model was not trained on tell more, since there it scores as it will everywhere else; those with
labels fill up where there are fewer than three others, so that no single one full of carbon decides alone. It never
changes the classifier.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress

import numpy as np

from topazcore.cache import reader
from topazcore.calibration import Calibration, Reference, calibrate, scores_at
from topazcore.checkpoint import Model
from topazcore.control import Control
from topazcore.errors import PeridotError
from topazcore.job import Job, nearest_first
from topazcore.picking import FINE, Picks, Prepared, all_picks, expected_on, map_of, prepare_listed
from topazcore.sampling import LabeledMicrograph
from topazcore.source import Source

# Micrographs that the threshold is set on.
_ENOUGH = 3

Learned = Sequence[tuple[Source, LabeledMicrograph]]


def calibrated_on(
    model: Model, prepared: Sequence[Prepared], picks: Sequence[Picks], label_scores: np.ndarray | None = None
) -> Calibration:
    """What all picks of some micrographs ask for; `label_scores` as in `calibration.calibrate`."""
    references = [
        Reference(found.score, expected_on(model, each)) for each, found in zip(prepared, picks, strict=True)
    ]
    return calibrate(references, np.empty(0) if label_scores is None else label_scores)


def default_calibration(job: Job, model: Model, learned: Learned, control: Control) -> Calibration:
    """That of a job's new model; costs as much as picking a few micrographs.

    Args:
        learned: labeled micrographs of the job, prepared.

    Raises:
        Cancelled: the person cancelled.
    """
    known, at_labels = _labeled(model, learned, control)
    unseen = [(each, _picks_of(model, each, control)) for each in _unseen(job, model, control)]
    prepared, picks = zip(*(unseen + known)[:_ENOUGH], strict=True)
    return calibrated_on(model, prepared, picks, at_labels)


def _labeled(
    model: Model, learned: Learned, control: Control
) -> tuple[list[tuple[Prepared, Picks]], np.ndarray]:
    """A few labeled micrographs with their picks, and the scores of picks at their labels."""
    known, at_labels = [], [np.empty(0)]
    for source, micrograph in learned[:_ENOUGH]:
        prepared = Prepared(micrograph.image, source.frame, exclusions=source.micrograph.exclusions)
        picks = _picks_of(model, prepared, control)
        known.append((prepared, picks))
        labels = source.frame.to_full(source.positives)
        at_labels.append(scores_at(labels, picks.xy, picks.score, model.scales.diameter_px / 2))
    return known, np.concatenate(at_labels)


def _picks_of(model: Model, prepared: Prepared, control: Control) -> Picks:
    control.check()
    return all_picks(model, prepared, map_of(model, prepared, FINE))


def _unseen(job: Job, model: Model, control: Control) -> Iterator[Prepared]:
    """A few micrographs without labels, near the focus; what cannot be read is told when its turn comes."""
    labeled = {label.micrograph for label in job.labels}
    others = [micrograph for micrograph in nearest_first(job, control) if micrograph.id not in labeled]
    for micrograph in others[:_ENOUGH]:
        with suppress(PeridotError):
            yield prepare_listed(model, micrograph, reader(job.cache))
