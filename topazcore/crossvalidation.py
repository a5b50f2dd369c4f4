"""K-fold cross-validation of a training's settings, split by whole micrographs.

Source: Bepler et al. 2019, Online Methods: settings are compared by average precision on micrographs that were not
trained on. Sites of one micrograph are not independent, so no micrograph is on both sides. Where particles on the
held-out micrographs lack a label every score is a lower bound; the comparison stays. It never writes a file.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from topazcore.checkpoint import Model
from topazcore.control import Control
from topazcore.coordinates import Coordinates
from topazcore.errors import MicrographError, PeridotError, TrainingError
from topazcore.job import Job, JobMicrograph
from topazcore.metrics import average_precision, evaluate, positive_sites
from topazcore.micrograph import read_header
from topazcore.picking import pick_prepared, prepare_listed
from topazcore.pipeline import train_job
from topazcore.scoring import score_map
from topazcore.source import read_source

# What is told of each fold.
MEASURES = ("site_average_precision", "pick_average_precision", "best_f1")

Fold = tuple[JobMicrograph, ...]


@dataclass(frozen=True)
class FoldScore:
    """How well a model scores micrographs that it was not trained on; NaN where a number is not defined.

    Args:
        site_average_precision: of every site of the score maps, see `metrics.average_precision`.
        pick_average_precision, best_f1: of picks matched one to one within half a diameter.
    """

    site_average_precision: float
    pick_average_precision: float
    best_f1: float


@dataclass(frozen=True)
class Trial:
    """What some values of the varied settings came to: a score for each fold, or why there is none."""

    values: Mapping[str, object]
    folds: tuple[FoldScore, ...] = ()
    error: PeridotError | None = None

    def mean(self, measure: str) -> float:
        """The mean of one of MEASURES over the folds."""
        return float(np.mean(self._of(measure))) if self.folds else math.nan

    def spread(self, measure: str) -> float:
        """The standard deviation of one of MEASURES over the folds."""
        return float(np.std(self._of(measure), ddof=1)) if len(self.folds) > 1 else math.nan

    def _of(self, measure: str) -> list[float]:
        return [getattr(fold, measure) for fold in self.folds]


def split(job: Job, number: int, skipped: Callable[[JobMicrograph, PeridotError], None]) -> tuple[Fold, ...]:
    """The labeled micrographs in `number` groups of about one size, or one group each where they are fewer.

    Args:
        skipped: told of each labeled micrograph that cannot be opened.

    Raises:
        TrainingError: fewer than two of them have a positive label.
    """
    labeled = list(_labeled(job, skipped))
    if len(labeled) < 2:
        raise TrainingError(
            f"labeled particles on {len(labeled)} micrograph{'' if len(labeled) == 1 else 's'} that opens",
            "on two or more, since each is scored by a model that has not seen it",
            "label a few particles on another micrograph",
        )
    order = np.random.default_rng(job.settings.seed).permutation(len(labeled))
    parts = np.array_split(order, min(number, len(labeled)))
    return tuple(tuple(labeled[place] for place in sorted(part)) for part in parts)


def combinations(job: Job, varied: Mapping[str, Sequence[object]]) -> list[dict[str, object]]:
    """Every combination of the varied settings' values.

    Raises:
        SettingsError: a value outside its range.
    """
    found = [dict(zip(varied, values, strict=True)) for values in product(*varied.values())]
    for values in found:
        replace(job.settings, **values)
    return found


def run_trial(
    job: Job, values: Mapping[str, object], folds: Sequence[Fold], after: Callable[[], None]
) -> Trial:
    """Train and score every fold with some values of the settings; `after` is called after each fold.

    Settings that a training refuses are an outcome like another: the refusal is kept.
    """
    tried = replace(job, settings=replace(job.settings, **values))
    scores = []
    for fold in folds:
        try:
            scores.append(_score_of(tried, fold))
        except PeridotError as error:
            return Trial(values, error=error)
        after()
    return Trial(values, tuple(scores))


def without(job: Job, fold: Fold) -> Job:
    """The job of a training that has never seen the labels on a fold's micrographs."""
    held_out = {micrograph.id for micrograph in fold}
    labels = tuple(label for label in job.labels if label.micrograph not in held_out)
    known = {label.micrograph for label in labels} | held_out
    micrographs = (
        replace(each, complete=each.complete and each.id not in held_out)
        for each in job.micrographs
        if each.id in known or each.complete
    )
    return replace(job, micrographs=tuple(micrographs), labels=labels, focus=None)


def score_fold(model: Model, job: Job, fold: Fold) -> FoldScore:
    """How well a model scores the micrographs of a fold, all sites and all picks of them pooled.

    Raises:
        MicrographError, SettingsError: one of them cannot be read, or does not fit the model's scales.
    """
    sites, picks, truth = zip(*(_looked_at(model, job, micrograph) for micrograph in fold), strict=True)
    scores, positive = (np.concatenate(parts) for parts in zip(*sites, strict=True))
    found = evaluate(
        Coordinates.concat(picks), Coordinates.concat(truth), distance_px=model.scales.diameter_px / 2
    )
    return FoldScore(average_precision(scores, positive), found.average_precision, found.best_f1)


def _score_of(job: Job, fold: Fold) -> FoldScore:
    trained = train_job(without(job, fold), lambda event, **fields: None, Control())
    if trained.error:
        raise trained.error
    return score_fold(trained.model, job, fold)


def _looked_at(
    model: Model, job: Job, micrograph: JobMicrograph
) -> tuple[tuple[np.ndarray, np.ndarray], Coordinates, Coordinates]:
    """Scores of the sites that count and which are positive; picks; labels: all of one micrograph."""
    margin = job.settings.exclusion_margin_angstrom
    labels = [label for label in job.labels if label.micrograph == micrograph.id]
    source = read_source(micrograph, labels, model.scales, margin / model.scales.pixel_size_ds_angstrom)
    prepared = prepare_listed(model, micrograph)
    found = score_map(model.classifier, prepared.image)
    positive = positive_sites(
        found.scores.shape, found.spacing, source.positives, model.scales.positive_radius_ds
    )
    counted = source.counted_sites(found.spacing)
    picks = pick_prepared(model, prepared)
    return (
        (found.scores[counted], positive[counted]),
        _table(micrograph.name, picks.xy, picks.score),
        _table(micrograph.name, source.frame.to_full(source.positives)),
    )


def _table(name: str, xy: np.ndarray, score: np.ndarray | None = None) -> Coordinates:
    return Coordinates(np.full(len(xy), name, object), xy[:, 0], xy[:, 1], score)


def _labeled(job: Job, skipped: Callable[[JobMicrograph, PeridotError], None]) -> Iterator[JobMicrograph]:
    """Micrographs with a positive label that open."""
    labeled = {label.micrograph for label in job.labels if label.label == "positive"}
    for micrograph in (each for each in job.micrographs if each.id in labeled):
        try:
            read_header(micrograph.path)
        except MicrographError as error:
            skipped(micrograph, error)
        else:
            yield micrograph
