"""The frozen job: what a worker is asked to do, as `job.json` in the job's own folder.

Written by whoever starts a worker and read by the worker alone; docs/architecture.md has the format. It never
changes once written, and never imports torch.
"""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from topazcore.config import TrainingSettings
from topazcore.control import Control
from topazcore.errors import PeridotError
from topazcore.files import replace_file

JOB_FILE, MODEL_FILE, PICKS_FOLDER = "job.json", "model.safetensors", "picks"
# What a training goes on from when it was interrupted.
CHECKPOINT_FILE = "checkpoint.safetensors"
KINDS = ("train", "pick", "suggest")
LABEL_KINDS = ("positive", "negative")


class JobError(PeridotError):
    """A job that cannot be read."""

    code = "bad_job"


@dataclass(frozen=True)
class JobMicrograph:
    """One micrograph of a job.

    Args:
        id: names its picks.
        path: absolute.
        pixel_size_angstrom: of the full-size micrograph.
        complete: a person has labeled every particle on it; without labels it has none.
        exclusions: polygons of `(n, 2)` x, y in full-size px.
    """

    id: int
    name: str
    path: str
    pixel_size_angstrom: float | None
    complete: bool = False
    exclusions: tuple[tuple[tuple[float, float], ...], ...] = ()

    def __post_init__(self):
        polygons = tuple(tuple((float(x), float(y)) for x, y in polygon) for polygon in self.exclusions)
        if any(len(polygon) < 3 or not np.isfinite(polygon).all() for polygon in polygons):
            raise JobError(f"an exclusion on {self.name}", "three or more finite corners")
        object.__setattr__(self, "exclusions", polygons)


@dataclass(frozen=True)
class JobLabel:
    """One label: the micrograph's id, x and y in full-size px, "positive" or "negative"."""

    micrograph: int
    x: float
    y: float
    label: str = "positive"

    def __post_init__(self):
        if self.label not in LABEL_KINDS:
            raise JobError(f"a label of kind {self.label!r}", " or ".join(LABEL_KINDS))
        if not (math.isfinite(self.x) and math.isfinite(self.y)):
            raise JobError(f"a label at ({self.x}, {self.y})", "finite pixels")


@dataclass(frozen=True)
class Job:
    """Everything that a worker needs to know.

    Args:
        micrographs: all of them, in the order of the list that the user sees.
        labels: the snapshot to train on.
        kind: train a model and pick with it; pick with `model`; or suggest picks without any.
        focus: id of the micrograph that the user is looking at, or None.
        warm_start: path of a model to go on from, or None.
        resume: path of the checkpoint of an interrupted training, or None.
        model: path of the model to pick with, or None.
        cache: folder of downsampled micrographs that jobs share (`topazcore.cache`), or None.

    Raises:
        JobError: an unknown kind, two micrographs of one id, or a label, focus on a micrograph not in the list.
    """

    job_id: str
    micrographs: tuple[JobMicrograph, ...]
    labels: tuple[JobLabel, ...]
    settings: TrainingSettings = field(default_factory=TrainingSettings)
    kind: str = "train"
    focus: int | None = None
    warm_start: str | None = None
    resume: str | None = None
    model: str | None = None
    cache: str | None = None

    def __post_init__(self):
        if self.kind not in KINDS:
            raise JobError(f"a job of kind {self.kind!r}", f"one of {', '.join(KINDS)}")
        if (self.kind == "pick") != (self.model is not None):
            raise JobError(
                f"a job of kind {self.kind} with model {self.model}", "a model to pick with, and only then"
            )
        known = {micrograph.id for micrograph in self.micrographs}
        if len(known) < len(self.micrographs):
            raise JobError("two micrographs with one id", "an id of its own for each")
        strangers = {label.micrograph for label in self.labels} - known
        if self.focus is not None and self.focus not in known:
            strangers.add(self.focus)
        if strangers:
            raise JobError(f"micrograph {min(strangers)}", "one of the job's own micrographs")


def nearest_first(job: Job, control: Control) -> Iterator[JobMicrograph]:
    """All micrographs, each time the one nearest in the list to the focus as it is then."""
    places = {micrograph.id: place for place, micrograph in enumerate(job.micrographs)}
    waiting = dict(places)
    while waiting:
        focus = places.get(control.focus, 0)
        nearest = min(waiting, key=lambda name: (abs(waiting[name] - focus), waiting[name]))
        yield job.micrographs[waiting.pop(nearest)]


def write_job(job: Job, folder: str | Path) -> None:
    """Freeze `job` as job.json in `folder`, which exists; whole or not at all.

    Raises:
        OSError: it could not be written.
    """
    document = {
        "job_id": job.job_id,
        "kind": job.kind,
        "micrographs": [vars(micrograph) for micrograph in job.micrographs],
        "labels": [vars(label) for label in job.labels],
        "settings": job.settings.as_dict(),
        "focus": job.focus,
        "warm_start": job.warm_start,
        "resume": job.resume,
        "model": job.model,
        "cache": job.cache,
    }
    data = json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1)
    replace_file(Path(folder) / JOB_FILE, data.encode("utf-8"))


def read_job(folder: str | Path) -> Job:
    """The job frozen in `folder`.

    Raises:
        JobError: there is none, or it is not as docs/architecture.md says.
        SettingsError: one of its settings is out of range.
    """
    try:
        document = json.loads((Path(folder) / JOB_FILE).read_text(encoding="utf-8"))
    except OSError as error:
        raise JobError(f"no readable {JOB_FILE}: {error.strerror}", f"a folder with {JOB_FILE}") from error
    except ValueError as error:
        raise JobError(
            f"{JOB_FILE} that is not JSON", "a job as docs/architecture.md describes it"
        ) from error
    try:
        return _parsed(document)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise JobError(
            f"{JOB_FILE} with {type(error).__name__} at {error}", "a job as docs/architecture.md describes it"
        ) from error


def _parsed(document: Mapping) -> Job:
    return Job(
        job_id=str(document["job_id"]),
        kind=document["kind"],
        micrographs=tuple(JobMicrograph(**row) for row in document["micrographs"]),
        labels=tuple(JobLabel(**row) for row in document["labels"]),
        settings=TrainingSettings.from_dict(document["settings"]),
        focus=document.get("focus"),
        warm_start=document.get("warm_start"),
        resume=document.get("resume"),
        model=document.get("model"),
        cache=document.get("cache"),
    )
