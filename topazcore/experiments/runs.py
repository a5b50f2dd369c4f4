"""One training of an experiment, through the same path as the page's worker, and how good its model is.

Source: Bepler et al. 2019, Online Methods, "Evaluation metrics". Site level: every fourth downsampled pixel of the test
micrographs is a site, positive within the positive radius of a particle, and average precision is taken over the
sites of all of them together. Pick level: picks matched one to one with particles within half a diameter.
Times are CPU seconds of one thread. The same trial gives the same model on one machine.
"""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch

from topazcore.checkpoint import Model
from topazcore.config import TrainingSettings
from topazcore.control import Control
from topazcore.coordinates import Coordinates
from topazcore.errors import TrainingError
from topazcore.experiments.experiment import Trial
from topazcore.experiments.sets import DataSet, draw_labels
from topazcore.job import Job, JobLabel, JobMicrograph
from topazcore.metrics import Curve, average_precision, inside, positive_sites, precision_recall
from topazcore.picking import Prepared, pick_prepared, prepare_for
from topazcore.pipeline import train_job
from topazcore.scoring import ScoreMap, score_map

# What all trainings of all experiments share, where a trial says nothing else. One thread each: trials run side by
# side, and a number of threads would change the last digits. No micrograph is held out: labels are for learning.
COMMON_SETTINGS = {
    "threads": 1,
    "device": "cpu",
    "held_out": "none",
    "patches_per_step": 16,
    "max_seconds": 604_800.0,
}
# Of sites, in downsampled px, whatever the classifier's stride is.
SITE_SPACING_DS = 4


@dataclass(frozen=True)
class Trained:
    """A trained model and the CPU seconds that its training took."""

    model: Model
    cpu_seconds: float


def train(trial: Trial, data: DataSet) -> Trained:
    """Train as a job of the worker is trained.

    Raises:
        PeridotError: the training failed, or a micrograph could not be read.
    """
    job = job_of(trial, data)
    _warm_up()
    began = time.process_time()
    outcome = train_job(job, _refuse_losses, Control())
    seconds = time.process_time() - began
    if outcome.error:
        raise outcome.error
    return Trained(outcome.model, seconds)


def prepared_test(model: Model, data: DataSet) -> Iterator[tuple[str, Prepared]]:
    """The test micrographs as the model sees them."""
    for name, path in data.test.items():
        yield name, prepare_for(model, path, data.pixel_size_angstrom)


def site_average_precision(model: Model, data: DataSet) -> float:
    """Over the sites of all test micrographs together, without those in the margin."""
    spacing = model.classifier.stride // SITE_SPACING_DS
    maps = (
        (name, prepared, score_map(model.classifier, prepared.image, spacing))
        for name, prepared in prepared_test(model, data)
    )
    return precision_of_sites(maps, model.scales.positive_radius_ds, data)


def precision_of_sites(
    maps: Iterable[tuple[str, Prepared, ScoreMap]], radius_ds: float, data: DataSet
) -> float:
    """Average precision of the sites of score maps of test micrographs, of whatever program."""
    scores, positive = [], []
    for name, prepared, found in maps:
        centres = prepared.frame.to_ds(data.truth.of(name).xy)
        near = positive_sites(found.scores.shape, found.spacing, centres, radius_ds)
        counted = _within(prepared, found.scores.shape, found.spacing, data.margin_px)
        scores.append(found.scores[counted])
        positive.append(near[counted])
    return average_precision(np.concatenate(scores), np.concatenate(positive))


def pick_curve(model: Model, data: DataSet) -> Curve:
    """Precision and recall of the picks of all test micrographs."""
    tables, sizes = [], {}
    for name, prepared in prepared_test(model, data):
        picks = pick_prepared(model, prepared)
        tables.append(Coordinates(np.full(len(picks), name), *picks.xy.T, picks.score))
        sizes[name] = (prepared.frame.height, prepared.frame.width)
    picks, truth = Coordinates.concat(tables), data.test_truth
    if data.margin_px:
        picks = picks.select(inside(picks, data.margin_px, sizes))
    return precision_recall(picks, truth, distance_px=model.scales.suppression_radius_px)


@lru_cache
def _warm_up() -> None:
    """What torch loads at a process's first training, a second or so, is no cost of that training."""
    layer = torch.nn.Conv2d(1, 1, 3)
    optimizer = torch.optim.AdamW(layer.parameters())
    layer(torch.zeros(1, 1, 8, 8)).sum().backward()
    optimizer.step()


def job_of(trial: Trial, data: DataSet) -> Job:
    """What a worker would be asked to do."""
    numbers = {name: number for number, name in enumerate(data.train, start=1)}
    labels = draw_labels(data, trial.labels, trial.seed, trial.labeled_micrographs)
    times = trial.expected_times
    settings = {
        **COMMON_SETTINGS,
        "diameter_angstrom": data.diameter_angstrom,
        "expected_particles": None if times is None else times * data.particles_per_micrograph,
        "seed": trial.seed,
        **trial.settings,
    }
    return Job(
        job_id="experiment",
        micrographs=tuple(
            JobMicrograph(numbers[name], name, str(path), data.pixel_size_angstrom)
            for name, path in data.train.items()
        ),
        labels=tuple(
            JobLabel(numbers[name], float(x), float(y))
            for name, x, y in zip(labels.micrograph, labels.x, labels.y, strict=True)
        ),
        settings=TrainingSettings.from_dict(settings),
    )


def _refuse_losses(event: str, **fields: object) -> None:
    """An experiment on fewer micrographs than it says would be another one."""
    if event == "skipped":
        error = fields["error"]
        raise TrainingError(f"a micrograph left out: {error['found']}", error["expected"])


def _within(prepared: Prepared, shape: tuple[int, int], spacing: int, margin_px: float) -> np.ndarray:
    """bool (rows, columns): sites that are not in the margin."""
    frame = prepared.frame
    y, x = (
        np.arange(count) * spacing * scale
        for count, scale in zip(shape, (frame.scale_y, frame.scale_x), strict=True)
    )
    rows = (y >= margin_px) & (y <= frame.height - 1 - margin_px)
    columns = (x >= margin_px) & (x <= frame.width - 1 - margin_px)
    return rows[:, None] & columns
