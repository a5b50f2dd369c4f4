"""The one path from a job to a model and to picks: the worker and the command line both walk it.

It tells what happens as events (docs/architecture.md), asks a `Control` at every step whether to go on, and leaves
it to the caller where models and picks are kept: it never writes a file.
"""

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from typing import Protocol

import numpy as np
import torch

from topazcore.calibration import Reference, offset_for, scores_at
from topazcore.checkpoint import Model, load_model
from topazcore.config import TrainingSettings
from topazcore.control import Control
from topazcore.dataset import Plan, Source, make_plan, prepare_sources
from topazcore.errors import ModelError, PeridotError, TrainingError
from topazcore.job import Job, JobMicrograph, nearest_first
from topazcore.model import Classifier, make_classifier
from topazcore.picking import (
    Picks,
    Prepared,
    expected_on,
    pick_in_turn,
    pick_prepared,
    prepare_listed,
    with_rules,
)
from topazcore.sampling import Geometry, LabeledMicrograph, PatchSampler
from topazcore.training import StepReport, Trainer, choose_device, steps_for, train, use_threads

# The page draws no faster.
_STEP_EVENTS_PER_SECOND = 5
# Micrographs that the default threshold is set on.
_CALIBRATED_ON = 3


Learned = tuple[Source, LabeledMicrograph]


class Emit(Protocol):
    """Takes one event with its fields."""

    def __call__(self, event: str, **fields: object) -> None: ...


@dataclass(frozen=True)
class Trained:
    """The outcome of a training: the model, and what ended it early, if anything went wrong."""

    model: Model
    error: TrainingError | None


class Live(Protocol):
    """Looks at the model while it trains; called after every step."""

    def __call__(self, model: Model, report: StepReport) -> None: ...


def train_job(job: Job, emit: Emit, control: Control, live: Live | None = None) -> Trained:
    """Train on the labels of a job.

    Raises:
        TrainingError, SettingsError, ModelError: it cannot start, or went wrong at the first step.
        Cancelled: the person cancelled.
    """

    def skipped(micrograph: JobMicrograph, error: PeridotError) -> None:
        emit("skipped", micrograph=micrograph.id, error=error.as_dict())

    def preparing(done: int, total: int) -> None:
        emit("preparing", done=done, total=total)
        control.check()

    device, threads = choose_device(), use_threads(job.settings.threads)
    plan = make_plan(job, skipped)
    emit("started", **_start_facts(job, plan, device, threads))
    learned = prepare_sources(plan, skipped, preparing)
    model = _fresh_model(job, plan, device)
    trainer = _trainer(model, plan, [micrograph for _, micrograph in learned])
    report, error = _train(trainer, model, _Watch(emit, control, live))
    control.check()
    offset = _calibrate(job, model, plan, learned, control)
    return Trained(replace(model, offset=offset, summary=_summary(plan, report)), error)


def model_of(job: Job) -> Model:
    """The model that a job picks with, on the device it is to run on, with the job's own rules for picks.

    Raises:
        ModelError: it cannot be loaded.
    """
    model = load_model(job.model)
    use_threads(job.settings.threads)
    return with_rules(replace(model, classifier=model.classifier.to(choose_device())), job.settings)


def pick_job(
    job: Job, model: Model, control: Control, skipped: Callable[[JobMicrograph, PeridotError], None]
) -> Iterator[tuple[JobMicrograph, Picks]]:
    """Picks of all micrographs, the focused one first and then its nearest neighbours in the list.

    Raises:
        Cancelled: the person cancelled.
    """

    def prepared(micrograph: JobMicrograph) -> Prepared:
        return prepare_listed(model, micrograph)

    for micrograph, picks in pick_in_turn(model, nearest_first(job, control), prepared):
        control.check()
        if isinstance(picks, Picks):
            yield micrograph, picks
        else:
            skipped(micrograph, picks)


class _Watch:
    """Called after every step: reports it, shows the model live, and says whether to go on."""

    def __init__(self, emit: Emit, control: Control, live: Live | None):
        self._emit, self._control, self._live = emit, control, live
        self._next_event = 0.0

    def look(self, model: Model, report: StepReport) -> bool:
        wanted = not (self._control.cancel or self._control.finish)
        if time.monotonic() >= self._next_event or report.step == report.steps or not wanted:
            self._next_event = time.monotonic() + 1 / _STEP_EVENTS_PER_SECOND
            self._emit("step", **_step_facts(report))
        if wanted and self._live:
            self._live(model, report)
        return wanted


def _train(trainer: Trainer, model: Model, watch: _Watch) -> tuple[StepReport, TrainingError | None]:
    """Train; an error after the first step leaves the last good weights, so the model is kept with it."""
    last: list[StepReport] = []

    def on_step(report: StepReport) -> bool:
        last[:] = [report]
        return watch.look(model, report)

    try:
        return train(trainer, model.settings.max_seconds, on_step), None
    except TrainingError as error:
        if not last:
            raise
        return last[0], error


def _fresh_model(job: Job, plan: Plan, device: torch.device) -> Model:
    """The model before its first step: fresh weights from the seed, or those of the warm start."""
    torch.manual_seed(job.settings.seed)
    classifier = make_classifier(job.settings.classifier)
    if job.warm_start:
        _start_from(classifier, job.settings, load_model(job.warm_start))
    else:
        classifier.start_at(plan.unlabeled_pi)
    return Model(
        classifier=classifier.to(device),
        settings=job.settings,
        scales=plan.scales,
        pixel_size_angstrom=plan.pixel_size_angstrom,
        header_pixel_size_angstrom=plan.header_pixel_size_angstrom,
        expected_particles=float(plan.expected_particles),
        pixels_ds=plan.pixels_ds,
    )


def _start_from(classifier: Classifier, settings: TrainingSettings, earlier: Model) -> None:
    if earlier.settings.classifier != settings.classifier:
        raise ModelError(
            f"a model of classifier {earlier.settings.classifier} to start from",
            f"one of {settings.classifier}",
            "start afresh",
        )
    classifier.load_state_dict(earlier.classifier.state_dict())


def _trainer(model: Model, plan: Plan, micrographs: list[LabeledMicrograph]) -> Trainer:
    settings, classifier = model.settings, model.classifier
    geometry = Geometry(classifier.receptive_field, classifier.stride, settings.sites_per_side)
    sampler = PatchSampler(
        micrographs, geometry, plan.scales.positive_radius_ds, settings.seed, settings.contrast_jitter
    )
    steps = settings.max_steps or steps_for(plan.positives)
    return Trainer(classifier, sampler, settings, plan.unlabeled_pi, steps)


def _calibrate(job: Job, model: Model, plan: Plan, learned: list[Learned], control: Control) -> float:
    """The offset of scores; costs as much as picking a few micrographs."""
    references, at_labels = [], []
    for source, micrograph in learned[:_CALIBRATED_ON]:
        picks = pick_prepared(model, Prepared(micrograph.image, source.frame))
        labels = source.frame.to_full(source.positives)
        at_labels.append(scores_at(labels, picks.xy, picks.score, plan.scales.diameter_px / 2))
        references.append(Reference(picks.score, expected_on(model, micrograph.image)))
        control.check()
    unseen = list(_unseen_references(job, model, {source.micrograph.id for source in plan.sources}, control))
    return offset_for(unseen or references, np.concatenate(at_labels))


def _unseen_references(job: Job, model: Model, seen: set[int], control: Control) -> Iterator[Reference]:
    """A few micrographs without labels, near the focus; what cannot be read is told when its turn comes."""
    others = [micrograph for micrograph in nearest_first(job, control) if micrograph.id not in seen]
    for micrograph in others[:_CALIBRATED_ON]:
        control.check()
        with suppress(PeridotError):
            prepared = prepare_listed(model, micrograph)
            yield Reference(pick_prepared(model, prepared).score, expected_on(model, prepared.image))


def _start_facts(job: Job, plan: Plan, device: torch.device, threads: int) -> Mapping[str, object]:
    return {
        "pid": os.getpid(),
        "device": str(device),
        "threads": threads,
        "labels": plan.positives,
        "labels_outside": plan.outside,
        "micrographs": len(job.micrographs),
        "pi": plan.pi,
        "observed_fraction": plan.observed,
        "expected_particles": plan.expected_particles,
        "scales": asdict(plan.scales),
    }


def _step_facts(report: StepReport) -> Mapping[str, object]:
    per_second = report.step / max(report.seconds, 1e-6)
    return {
        **asdict(report),
        "seconds_left": (report.steps - report.step) / per_second,
        "steps_per_second": per_second,
    }


def _summary(plan: Plan, report: StepReport) -> Mapping[str, object]:
    return {
        "steps": report.step,
        "seconds": round(report.seconds, 3),
        "loss": report.loss,
        "ge_penalty": report.ge_penalty,
        "labels": plan.positives,
        "labels_outside": plan.outside,
        "labeled_micrographs": len(plan.sources),
        "pi": plan.pi,
        "observed_fraction": plan.observed,
    }
