"""From a job of kind "suggest" to suggestions on all micrographs, without a model: for the worker and the command line.

Blobs of the particle's size, or matches of the labels' average where the job has labels. Scores are moved by
one constant, set on the first few micrographs, so that 0 means what it means for picks (`calibration`). They are for
a person to review, never labels by themselves. It never imports torch and never writes a file.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

from topazcore.cache import reader
from topazcore.calibration import Reference, offset_for
from topazcore.config import Scales, derive_scales, guess_expected_particles, matching_downsample
from topazcore.control import Control
from topazcore.errors import PeridotError, SettingsError
from topazcore.extraction import Picks, extract, most_picks, rules_for
from topazcore.job import Job, JobMicrograph, nearest_first
from topazcore.micrograph import read_header
from topazcore.preprocess import Downsampling, prepare
from topazcore.suggest import response
from topazcore.templates import Templates, average_templates

Skipped = Callable[[JobMicrograph, PeridotError], None]
# Micrographs that 0 is set on, and labeled ones that templates are averaged from.
_CALIBRATED_ON, _AVERAGED_ON = 3, 4


@dataclass(frozen=True)
class _View:
    """A micrograph as it is searched: its image, frame and pixel size at full size."""

    image: np.ndarray
    frame: Downsampling
    pixel_size_angstrom: float


@dataclass(frozen=True)
class _Search:
    """What is looked for on every micrograph; `labels` is the mean number on a labeled one."""

    job: Job
    scales: Scales
    templates: Templates | None
    labels: float
    contrast: str


def suggest_job(
    job: Job, control: Control, skipped: Skipped, contrast: str = "dark"
) -> Iterator[tuple[JobMicrograph, Picks]]:
    """Suggestions on all micrographs, the focused one first and then its nearest neighbours in the list.

    Args:
        skipped: told of each micrograph that cannot be searched.
        contrast: of blobs, see `suggest.CONTRASTS`; templates have the labels' own.

    Raises:
        Cancelled: the person cancelled.
        SettingsError: no pixel size, or a setting that makes no sense.
    """
    search = _search(job, control, contrast)
    waiting = _suggested(search, control, skipped)
    first = list(islice(waiting, _CALIBRATED_ON))
    offset = offset_for([Reference(picks.score, expected) for _, picks, expected in first], np.empty(0))
    for found in (first, waiting):
        for micrograph, picks, _ in found:
            yield micrograph, replace(picks, score=picks.score + offset)


def _search(job: Job, control: Control, contrast: str) -> _Search:
    settings = job.settings
    labeled = {label.micrograph for label in job.labels if label.label == "positive"}
    near = list(nearest_first(job, control))
    sizes = (_pixel_size(each) for each in [m for m in near if m.id in labeled] + near)
    pixel_size = next((size for size in sizes if size), None)
    if pixel_size is None:
        raise SettingsError("no pixel size", "Å per pixel of the micrographs", "give the pixel size")
    scales = derive_scales(settings.diameter_angstrom, pixel_size, downsample=settings.downsample)
    search = _Search(job, scales, None, 0.0, contrast)
    if not labeled:
        return search
    positives = sum(label.label == "positive" for label in job.labels)
    chosen = [micrograph for micrograph in near if micrograph.id in labeled][:_AVERAGED_ON]
    return replace(search, templates=_templates(search, chosen, control), labels=positives / len(labeled))


def _templates(search: _Search, labeled: list[JobMicrograph], control: Control) -> Templates | None:
    """The labels' average; None where no label is on a micrograph that opens, which is told in its turn."""
    boxes = []
    for micrograph in labeled:
        control.check()
        try:
            view = _view(search, micrograph)
        except PeridotError:
            continue
        xy = np.array([
            (label.x, label.y)
            for label in search.job.labels
            if label.micrograph == micrograph.id and label.label == "positive"
        ])  # fmt: skip
        inside = ((xy >= -0.5) & (xy < (view.frame.width - 0.5, view.frame.height - 0.5))).all(axis=1)
        if inside.any():
            boxes.append((view.image, view.frame.to_ds(xy[inside])))
    return average_templates(boxes, search.scales.diameter_ds) if boxes else None


def _suggested(
    search: _Search, control: Control, skipped: Skipped
) -> Iterator[tuple[JobMicrograph, Picks, float]]:
    """Micrograph, suggestions by their z-scores, and how many particles are expected on it."""
    for micrograph in nearest_first(search.job, control):
        control.check()
        try:
            view = _view(search, micrograph)
        except PeridotError as error:
            skipped(micrograph, error)
            continue
        rules = rules_for(search.job.settings, view.pixel_size_angstrom, micrograph.exclusions)
        expected = _expected(search, view) * rules.share(view.frame)
        scores = response(view.image, search.scales.diameter_ds, search.templates, search.contrast)
        yield micrograph, extract(scores, 1, view.frame, rules, most_picks(expected)), expected


def _expected(search: _Search, view: _View) -> float:
    diameter_px = search.job.settings.diameter_angstrom / view.pixel_size_angstrom
    guess = guess_expected_particles(view.frame.height, view.frame.width, diameter_px, search.labels)
    return search.job.settings.expected_particles or guess


def _view(search: _Search, micrograph: JobMicrograph) -> _View:
    """Read a micrograph and bring it to the search's pixel size; one without a size has that of the others."""
    header = read_header(micrograph.path)
    reference = search.scales.pixel_size_ds_angstrom
    size = micrograph.pixel_size_angstrom or header.pixel_size_angstrom
    size = size or reference / search.scales.downsample
    factor = matching_downsample(size, reference)
    image = prepare(micrograph.path, factor, read=reader(search.job.cache))
    return _View(image, Downsampling(header.height, header.width, factor), size)


def _pixel_size(micrograph: JobMicrograph) -> float | None:
    """The pixel size that the job or the file says; None also for a file that does not open."""
    try:
        return micrograph.pixel_size_angstrom or read_header(micrograph.path).pixel_size_angstrom
    except PeridotError:
        return None
