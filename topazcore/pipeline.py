"""The one path from a job to a model and to picks: the worker and the command line both walk it.

It tells what happens as events (docs/architecture.md), asks a `Control` at every step whether to go on, and leaves
it to the caller where models and picks are kept: it never writes a file.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace

import torch

from topazcore.autoencoder import make_reconstruction, reconstruction_weight
from topazcore.cache import reader
from topazcore.checkpoint import Model, load_model
from topazcore.config import TrainingSettings
from topazcore.control import Control, Emit
from topazcore.course import Course, Keep, Live, Onlookers
from topazcore.dataset import Plan, fit_normalisation, make_plan, prepare_sources
from topazcore.default_threshold import default_calibration
from topazcore.devices import choose_device, use_threads
from topazcore.errors import ModelError, PeridotError, TrainingError
from topazcore.heldout import HeldOut, Learned, set_aside, split
from topazcore.job import Job, JobMicrograph, nearest_first
from topazcore.model import Classifier, make_classifier
from topazcore.picking import Picks, Prepared, prepare_listed, with_rules
from topazcore.picking_many import pick_in_turn
from topazcore.precision import choose_precision
from topazcore.resume import damaged, read_checkpoint
from topazcore.sampling import Geometry, LabeledMicrograph, make_sampler
from topazcore.scratch import Scratch
from topazcore.selection import BestOnHeldOut, LastState, Selection
from topazcore.snapshot import Snapshot
from topazcore.training import Trainer, slack_for, steps_for


@dataclass(frozen=True)
class Trained:
    """The outcome of a training: the model, and what ended it early, if anything went wrong."""

    model: Model
    error: TrainingError | None


def train_job(
    job: Job, emit: Emit, control: Control, live: Live | None = None, keep: Keep | None = None
) -> Trained:
    """Train on the labels of a job, or go on from the checkpoint that it names.

    Args:
        keep: takes checkpoints, for a fresh process to go on from.

    Raises:
        TrainingError, SettingsError, ModelError: it cannot start, or went wrong at the first step.
        Cancelled: the person cancelled.
    """

    def skipped(micrograph: JobMicrograph, error: PeridotError) -> None:
        emit("skipped", micrograph=micrograph.id, error=error.as_dict())

    def preparing(done: int, total: int) -> None:
        emit("preparing", done=done, total=total)
        control.check()

    device, threads = choose_device(job.settings.device), use_threads(job.settings.threads)
    earlier = read_checkpoint(job.resume, job) if job.resume else None
    whole = make_plan(job, skipped)
    plan, aside = set_aside(whole) if job.settings.held_out == "auto" else (whole, frozenset())
    emit("started", **_start_facts(job, whole, device, threads), held_out=sorted(aside))
    normalisation = fit_normalisation(job, whole, control.check)
    read, scratch = reader(job.cache), Scratch(job.cache)
    prepared = prepare_sources(whole, normalisation, skipped, preparing, read, scratch)
    learned, held = split(prepared, aside)
    model = replace(_fresh_model(job, plan, device), normalisation=normalisation)
    trainer = _trainer(model, plan, [micrograph for _, micrograph in learned], scratch)
    selection = _selection(trainer, model, held)
    course = Course(model, trainer, selection, Onlookers(emit, control, live, keep))
    if earlier:
        _go_on(course, earlier, job)
    error = course.run()
    calibration = default_calibration(job, model, learned, control)
    model = replace(model, offset=calibration.offset)
    summary = {
        **_summary(whole, trainer, selection, model),
        "score_mixture": calibration.mixture.as_dict() if calibration.mixture else None,
    }
    return Trained(replace(model, summary=summary), error)


def model_of(job: Job) -> Model:
    """The model that a job picks with, on the device it is to run on, with the job's own rules for picks.

    Raises:
        ModelError: it cannot be loaded.
    """
    model = load_model(job.model)
    use_threads(job.settings.threads)
    return with_rules(
        replace(model, classifier=model.classifier.to(choose_device(job.settings.device))), job.settings
    )


def pick_job(
    job: Job, model: Model, control: Control, skipped: Callable[[JobMicrograph, PeridotError], None]
) -> Iterator[tuple[JobMicrograph, Picks]]:
    """Picks of all micrographs, the focused one first and then its nearest neighbours in the list.

    Raises:
        Cancelled: the person cancelled.
    """

    read = reader(job.cache)

    def prepared(micrograph: JobMicrograph) -> Prepared:
        return prepare_listed(model, micrograph, read)

    for micrograph, picks in pick_in_turn(model, nearest_first(job, control), prepared):
        control.check()
        if isinstance(picks, Picks):
            yield micrograph, picks
        else:
            skipped(micrograph, picks)


def _fresh_model(job: Job, plan: Plan, device: torch.device) -> Model:
    """The model before its first step: fresh weights from the seed, or those of the warm start."""
    torch.manual_seed(job.settings.seed)
    classifier = make_classifier(job.settings.classifier, job.settings.units, job.settings.dropout)
    if job.warm_start and not job.resume:
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
    found, expected = (f"{each.classifier} of {each.units} units" for each in (earlier.settings, settings))
    if found != expected:
        raise ModelError(f"a model of classifier {found} to start from", f"one of {expected}", "start afresh")
    classifier.load_state_dict(earlier.classifier.state_dict())


def _trainer(model: Model, plan: Plan, micrographs: list[LabeledMicrograph], scratch: Scratch) -> Trainer:
    settings, classifier = model.settings, model.classifier
    sampler = make_sampler(
        micrographs,
        settings,
        plan.scales.positive_radius_ds,
        receptive_field=classifier.receptive_field,
        stride=classifier.stride,
        scratch=scratch,
    )
    steps = settings.max_steps or steps_for(plan.positives)
    if settings.slack is None:
        settings = replace(settings, slack=slack_for(settings.objective, plan.positives))
    precision = choose_precision(next(classifier.parameters()).device)
    reconstruction = make_reconstruction(classifier, settings, plan.positives)
    return Trainer(classifier, sampler, settings, plan.unlabeled_pi, steps, precision, reconstruction)


def _selection(trainer: Trainer, model: Model, held: list[Learned]) -> Selection:
    if not held:
        return LastState(trainer.steps)
    return BestOnHeldOut(HeldOut(held), trainer.steps, _pixels_per_step(model))


def _pixels_per_step(model: Model) -> int:
    """Pixels that the network learns from in one step."""
    settings, classifier = model.settings, model.classifier
    if settings.sampling == "crops":
        return settings.crops_per_step * classifier.receptive_field**2
    geometry = Geometry(classifier.receptive_field, classifier.stride, settings.sites_per_side)
    return settings.patches_per_step * geometry.width**2


def _go_on(course: Course, earlier: dict[str, Snapshot], job: Job) -> None:
    """Let the training stand where it stood when its checkpoint was made."""
    try:
        course.restore(earlier)
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise damaged(job.resume, error) from error


def _start_facts(job: Job, plan: Plan, device: torch.device, threads: int) -> Mapping[str, object]:
    return {
        "pid": os.getpid(),
        "device": str(device),
        "threads": threads,
        "labels": plan.positives,
        "labels_outside": plan.outside,
        "labels_excluded": plan.in_exclusion,
        "micrographs": len(job.micrographs),
        "pi": plan.pi,
        "prior_from": plan.prior_from,
        "observed_fraction": plan.observed,
        "expected_particles": plan.expected_particles,
        "scales": asdict(plan.scales),
    }


def _summary(plan: Plan, trainer: Trainer, selection: Selection, model: Model) -> Mapping[str, object]:
    report = trainer.report
    return {
        "steps": report.step,
        "best_step": selection.best_step,
        "seconds": round(report.seconds, 3),
        "loss": report.loss,
        "ge_penalty": report.ge_penalty,
        "held_out": selection.describe(model),
        "labels": plan.positives,
        "labels_outside": plan.outside,
        "labels_excluded": plan.in_exclusion,
        "labeled_micrographs": len(plan.sources),
        "pi": plan.pi,
        "prior_from": plan.prior_from,
        "observed_fraction": plan.observed,
        "reconstruction_gamma": reconstruction_weight(model.settings.reconstruction, plan.positives),
    }
