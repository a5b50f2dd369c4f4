"""What a person asked for, made into a frozen job: a snapshot of labels, micrographs and settings.

It refuses what could not be done before any process is started.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from topazcore.config import Scales, TrainingSettings, derive_scales
from topazcore.errors import PeridotError, SettingsError
from topazcore.job import Job, JobLabel, JobMicrograph, read_job

from . import derived, filaments
from .errors import ConflictError, NotFoundError
from .project import Micrograph
from .schemas import OF_THE_PROJECT, NewJob
from .services import Services
from .store import Annotations
from .training_form import split

# A model trained with others of these is none to start from.
OF_A_MODEL = ("classifier", "units", "normalisation")


@dataclass(frozen=True)
class Wishes:
    """The settings of one request, completed by the project's.

    Args:
        settings: of the training, only what is given.
        project: as `Store.settings` has it, with these in effect.
        is_warm: whether to start from the last model.
    """

    settings: dict
    project: dict
    is_warm: bool

    @property
    def pixel_size_angstrom(self) -> float | None:
        return self.project["pixel_size_angstrom"]


def freeze(here: Services, request: NewJob, job_id: str) -> Job:
    """The job of one request, with the labels of one moment.

    Raises:
        SettingsError: a setting is missing, unknown or out of range.
        TrainingError: there is nothing to train from.
        NotFoundError: no such model.
    """
    if (request.kind == "pick") != (request.model is not None):
        raise SettingsError(f"a job of kind {request.kind} {'without' if request.model is None else 'with'} a model",
                            "a model to pick with, and only then")  # fmt: skip
    wishes = wishes_of(here, request)
    usable = {each.id: each for each in here.project.micrographs() if not each.missing}
    check_focus(request.focus, usable)
    drawn = here.store.all_annotations()
    bare = Job(
        job_id=job_id,
        micrographs=tuple(frozen_micrograph(each, wishes, drawn) for each in usable.values()),
        labels=(
            *(JobLabel(**label) for label in drawn.labels if label["micrograph"] in usable),
            *labels_along(drawn, usable, wishes),
        ),
        focus=request.focus,
        cache=str(here.jobs.state.cache),
    )
    return MAKERS[request.kind](here, bare, wishes, request)


def train(here: Services, bare: Job, wishes: Wishes, _: NewJob) -> Job:
    """A training that can start."""
    scales = derived.scales_of(here.project, wishes.project)
    settings = training_settings(here, wishes, scales)
    if not any(label.label == "positive" for label in bare.labels):
        raise derived.no_labels()
    return replace(
        bare, settings=settings, warm_start=warm_start(here, settings, scales) if wishes.is_warm else None
    )


def pick(here: Services, bare: Job, wishes: Wishes, request: NewJob) -> Job:
    """Picking with a kept model, whose own scales hold."""
    model = here.library.model(request.model)
    if wishes.pixel_size_angstrom is None:
        raise derived.unknown_pixel_size()
    diameter = wishes.project["diameter_angstrom"] or model.facts.diameter_angstrom
    settings = plain_settings(here, wishes, {"diameter_angstrom": diameter} if diameter else {})
    return replace(bare, kind="pick", settings=settings, model=str(here.library.path(model.id)))


def suggest(here: Services, bare: Job, wishes: Wishes, _: NewJob) -> Job:
    """Suggestions from the particle's size alone."""
    scales = derived.scales_of(here.project, wishes.project)
    expected = derived.prior_of(here.project, here.store, wishes.project, scales).expected
    own = {"diameter_angstrom": wishes.project["diameter_angstrom"], "expected_particles": expected}
    return replace(bare, kind="suggest", settings=plain_settings(here, wishes, own))


MAKERS: dict[str, Callable[[Services, Job, Wishes, NewJob], Job]] = {
    "train": train,
    "pick": pick,
    "suggest": suggest,
}


def resumed(here: Services, old_id: str, job_id: str, focus: int | None) -> Job:
    """The job that goes on where an interrupted one was kept: the same frozen labels and settings.

    Raises:
        NotFoundError: no such job.
        ConflictError: it left nothing to go on from.
        JobError: its frozen job cannot be read any more.
    """
    record = here.jobs.record(old_id)
    checkpoint = here.jobs.checkpoint(record)
    if checkpoint is None:
        raise ConflictError("a job that left nothing to go on from", "a training that was interrupted or failed",
                            "press Train: it starts from the labels")  # fmt: skip
    old = read_job(here.jobs.state.job(old_id))
    check_focus(focus, {each.id for each in old.micrographs})
    cache = str(here.jobs.state.cache)
    return replace(old, job_id=job_id, focus=focus, resume=str(checkpoint), cache=cache)


def wishes_of(here: Services, request: NewJob) -> Wishes:
    """The project's settings, unless this request says otherwise."""
    _, kept = here.store.settings()
    settings, is_warm = split({**kept["training"], **request.settings})
    own = {name: settings.pop(name, kept[name]) for name in sorted(OF_THE_PROJECT)}
    TrainingSettings.from_dict({**settings, "expected_particles": own["expected_particles"]})
    own["pixel_size_angstrom"] = derived.pixel_size_angstrom(here.project, own)
    own["filament_spacing_angstrom"] = kept["filament_spacing_angstrom"]
    return Wishes(settings, {**own, "training": settings}, bool(is_warm))


def frozen_micrograph(each: Micrograph, wishes: Wishes, drawn: Annotations) -> JobMicrograph:
    """One micrograph as the worker needs it."""
    positives = drawn.positives.get(each.id, 0)
    return JobMicrograph(
        each.id,
        each.name,
        str(each.target),
        wishes.pixel_size_angstrom,
        complete=each.is_all_told(positives),
        exclusions=tuple(drawn.exclusions.get(each.id, ())),
    )


def labels_along(drawn: Annotations, usable: dict[int, Micrograph], wishes: Wishes) -> list[JobLabel]:
    """The positive labels that filaments stand for."""
    spacing = filaments.training_spacing_angstrom(wishes.project)
    found = []
    for number, ends in drawn.filaments.items():
        if number in usable:
            places = filaments.points(ends, spacing, wishes.pixel_size_angstrom)
            found += [JobLabel(number, x, y) for x, y in places.tolist()]
    return found


def check_focus(focus: int | None, known) -> None:
    """Refuse to look at what is not there."""
    if focus is not None and focus not in known:
        raise SettingsError(f"focus on micrograph {focus}", "a micrograph of this project")


def training_settings(here: Services, wishes: Wishes, scales: Scales) -> TrainingSettings:
    """The settings of a training that can start.

    Raises:
        SettingsError: they do not make a job; the message has the numbers.
        TrainingError: there are no labels.
    """
    prior = derived.prior_of(here.project, here.store, wishes.project, scales)
    if error := derived.why_not(prior):
        raise error
    own = {name: wishes.project[name] for name in ("diameter_angstrom", "expected_particles")}
    return plain_settings(here, wishes, own)


def plain_settings(here: Services, wishes: Wishes, own: dict) -> TrainingSettings:
    """What was asked for, with the server's number of threads where none was."""
    return TrainingSettings.from_dict({"threads": here.settings.threads, **wishes.settings, **own})


def warm_start(here: Services, settings: TrainingSettings, scales: Scales) -> str | None:
    """The newest model of the same network that was trained at the same scales, if there is one."""

    def is_fit(folder: Path) -> bool:
        try:
            return is_alike(read_job(folder), settings, scales)
        except (PeridotError, NotFoundError):
            return False

    model = here.jobs.newest_model(is_fit)
    return str(model) if model else None


def is_alike(job: Job, settings: TrainingSettings, scales: Scales) -> bool:
    """Whether the model of a job fits a training of these settings."""
    own = job.settings
    reached = derive_scales(
        own.diameter_angstrom,
        job.micrographs[0].pixel_size_angstrom,
        downsample=own.downsample,
        positive_radius_ds=own.positive_radius_ds,
    )
    return reached == scales and all(getattr(own, name) == getattr(settings, name) for name in OF_A_MODEL)
