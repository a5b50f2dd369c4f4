"""What a person asked for, made into a frozen job: a snapshot of labels, micrographs and settings.

It refuses what could not train before any process is started.
"""

from pathlib import Path

from topazcore.config import Scales, TrainingSettings, derive_scales
from topazcore.errors import PeridotError, SettingsError
from topazcore.job import Job, JobLabel, JobMicrograph, read_job

from . import derived
from .errors import echo
from .schemas import NewJob
from .services import Services

OF_THE_PROJECT = ("diameter_angstrom", "pixel_size_angstrom", "expected_particles")


def freeze(here: Services, request: NewJob, job_id: str) -> Job:
    """The job of one request, with the labels of one moment.

    Raises:
        SettingsError: a setting is missing, unknown or out of range.
        TrainingError: there is nothing to train from.
    """
    wishes = dict(request.settings)
    is_warm = wishes.pop("warm_start", False)
    if not isinstance(is_warm, bool):
        raise SettingsError(f"warm_start {echo(is_warm)}", "true or false")
    asked = lengths(here, wishes)
    settings = training_settings(here, wishes, asked)
    usable = {each.id: each for each in here.project.micrographs() if not each.missing}
    if request.focus is not None and request.focus not in usable:
        raise SettingsError(f"focus on micrograph {request.focus}", "a micrograph of this project")
    labels = tuple(JobLabel(**label) for label in here.store.all_labels() if label["micrograph"] in usable)
    if not any(label.label == "positive" for label in labels):
        raise derived.no_labels()
    return Job(
        job_id=job_id,
        kind=request.kind,
        micrographs=tuple(
            JobMicrograph(each.id, each.name, str(each.target), asked["pixel_size_angstrom"])
            for each in usable.values()
        ),
        labels=labels,
        settings=settings,
        focus=request.focus,
        warm_start=warm_start(here, derived.scales_of(here.project, asked)) if is_warm else None,
    )


def lengths(here: Services, wishes: dict) -> dict:
    """Diameter, pixel size and expected number: the project's, unless this request says otherwise."""
    _, kept = here.store.settings()
    asked = {name: wishes.get(name, kept[name]) for name in OF_THE_PROJECT}
    return {**asked, "pixel_size_angstrom": derived.pixel_size_angstrom(here.project, asked)}


def training_settings(here: Services, wishes: dict, asked: dict) -> TrainingSettings:
    """The settings of a training that can start.

    Raises:
        SettingsError: they do not make a job; the message has the numbers.
        TrainingError: there are no labels.
    """
    scales = derived.scales_of(here.project, asked)
    chosen = {"threads": here.settings.threads, **wishes, "diameter_angstrom": asked["diameter_angstrom"]}
    chosen.pop("pixel_size_angstrom", None)
    TrainingSettings.from_dict(chosen)
    prior = derived.prior_of(here.project, here.store, asked, scales)
    if error := derived.why_not(prior):
        raise error
    return TrainingSettings.from_dict({**chosen, "expected_particles": prior.expected})


def warm_start(here: Services, scales: Scales) -> str | None:
    """The newest model that was trained at the same scales, if there is one."""

    def is_fit(folder: Path) -> bool:
        try:
            job = read_job(folder)
            pixel_size = job.micrographs[0].pixel_size_angstrom
            return derive_scales(job.settings.diameter_angstrom, pixel_size) == scales
        except PeridotError:
            return False

    model = here.jobs.newest_model(is_fit)
    return str(model) if model else None
