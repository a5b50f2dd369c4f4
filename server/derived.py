"""What follows from the settings, the headers and the labels: scales, class prior, and whether training could start.

Shown beside what the user typed, and checked the same way when a job starts. It changes nothing.
"""

from collections import Counter
from dataclasses import asdict, dataclass
from statistics import fmean

from topazcore.config import (
    DIAMETER_RANGE_ANGSTROM,
    PIXEL_SIZE_RANGE_ANGSTROM,
    Scales,
    TrainingSettings,
    derive_scales,
    guess_expected_particles,
)
from topazcore.errors import PeridotError, SettingsError, TrainingError
from topazcore.preprocess import Downsampling
from topazcore.prior import Counts, choose_prior, observed_prior
from topazcore.targets import check_prior

from . import filaments
from .excluded import Drawn, Taken, taken
from .project import Project
from .store import Store


@dataclass(frozen=True)
class Facts:
    """`derived` as in docs/api.md, or None while it is unknown; `error` is why training could not start, or None."""

    pixel_size_angstrom: float | None
    derived: dict | None
    error: PeridotError | None


@dataclass(frozen=True)
class Prior:
    """How many particles a micrograph is expected to hold, and what that means for training.

    `source` says where pi comes from, one of `topazcore.prior.PRIOR_FROM`; `is_all_told`: all labeled micrographs are
    complete, so that nothing is left to find on them.
    """

    expected: float
    source: str
    pi: float
    observed: float
    labels: int
    labeled_micrographs: int
    is_all_told: bool


def facts(project: Project, store: Store, settings: dict) -> Facts:
    """Everything that follows from the present settings and labels."""
    pixel_size = pixel_size_angstrom(project, settings)
    try:
        scales = scales_of(project, settings)
        prior = prior_of(project, store, settings, scales)
    except PeridotError as error:
        return Facts(pixel_size, None, error)
    derived = {
        **asdict(scales),
        "expected_particles": prior.expected,
        "expected_guessed": prior.source == "guess",
        "prior_from": prior.source,
        "pi": prior.pi,
        "observed_fraction": prior.observed,
        "labels": prior.labels,
        "labeled_micrographs": prior.labeled_micrographs,
    }
    return Facts(pixel_size, derived, why_not(prior))


def why_not(prior: Prior) -> PeridotError | None:
    """Why training could not start, or None."""
    if not prior.labels:
        return no_labels()
    try:
        check_prior(prior.pi, 0.0 if prior.is_all_told else prior.observed, prior.source)
    except SettingsError as error:
        return error
    return None


def no_labels() -> TrainingError:
    """Why nothing can be trained from nothing."""
    return TrainingError("no labels", "at least one labeled particle", "click a few particles first")


def pixel_size_angstrom(project: Project, settings: dict) -> float | None:
    """The pixel size in effect: the user's, else the headers'."""
    return settings["pixel_size_angstrom"] or project.pixel_size_angstrom()


def scales_of(project: Project, settings: dict) -> Scales:
    """The scales in effect.

    Raises:
        SettingsError: the diameter or the pixel size is unknown, or they do not fit together.
    """
    diameter, pixel_size = settings["diameter_angstrom"], pixel_size_angstrom(project, settings)
    if diameter is None:
        raise unknown("particle diameter", DIAMETER_RANGE_ANGSTROM)
    if pixel_size is None:
        raise unknown_pixel_size()
    training = settings["training"]
    return derive_scales(
        diameter,
        pixel_size,
        downsample=training.get("downsample"),
        positive_radius_ds=training.get("positive_radius_ds"),
    )


def unknown_pixel_size() -> SettingsError:
    """The error for a pixel size that neither the files nor a person tell."""
    return unknown("pixel size", PIXEL_SIZE_RANGE_ANGSTROM)


def unknown(what: str, limits: tuple[float, float]) -> SettingsError:
    """The error for a length that nobody has told yet."""
    return SettingsError(f"no {what}", f"a number from {limits[0]:g} to {limits[1]:g} Å", f"type the {what}")


def downsample_factor(project: Project, settings: dict) -> float | None:
    """The network's downsampling, or None while it is unknown."""
    try:
        return scales_of(project, settings).downsample
    except SettingsError:
        return None


def prior_of(project: Project, store: Store, settings: dict, scales: Scales) -> Prior:
    """The class prior and what the labels already make of it, as a job would find them (`topazcore.prior`).

    Raises:
        TrainingError: there is no micrograph.
        SettingsError: the expected number cannot be.
    """
    looked_at = counts_of_all(project, store, settings, scales)
    counts = looked_at or [counts_of(*usual_shape(project), scales)]
    side = fmean(each.pixels for each in counts) ** 0.5

    def guess(labeled: float) -> float:
        return guess_expected_particles(side, side, scales.diameter_ds, labeled)

    asked = TrainingSettings(
        diameter_angstrom=settings["diameter_angstrom"],
        expected_particles=settings["expected_particles"],
        pi=settings["training"].get("pi"),
    )
    radius = scales.positive_radius_ds
    prior = choose_prior(asked, counts, radius, guess)
    labeled = [each.labels for each in looked_at if each.labels]
    return Prior(
        expected=prior.expected_particles,
        source=prior.source,
        pi=prior.pi,
        observed=observed_prior(counts, radius),
        labels=sum(labeled),
        labeled_micrographs=len(labeled),
        is_all_told=bool(looked_at) and all(each.complete for each in looked_at),
    )


def counts_of_all(project: Project, store: Store, settings: dict, scales: Scales) -> list[Counts]:
    """The micrographs that a training would look at, in numbers: those with labels, and those that are all told."""
    labels = {each: count["positive"] for each, count in store.counts().items()}
    drawn = store.excluded()
    spacing, pixel_size = (
        filaments.training_spacing_angstrom(settings),
        pixel_size_angstrom(project, settings),
    )
    along = {each: filaments.points(ends, spacing, pixel_size) for each, ends in store.filaments().items()}
    margin_ds = settings["training"].get("exclusion_margin_angstrom", 0.0) / scales.pixel_size_ds_angstrom
    found = []
    for each in project.micrographs():
        standing = along.get(each.id, ())
        positives = labels.get(each.id, 0) + len(standing)
        is_all_told = each.is_all_told(positives)
        if each.missing or not (each.id in labels or is_all_told):
            continue
        frame = Downsampling(each.height, each.width, scales.downsample)
        lost = Taken()
        if each.id in drawn:
            lines, clicked = drawn[each.id].outlines, drawn[each.id].labels
            lost = taken(Drawn(lines, [*clicked, *map(tuple, standing)]), frame, margin_ds)
        pixels = frame.height_ds * frame.width_ds
        found.append(Counts(positives - lost.labels, pixels, pixels - lost.pixels, is_all_told))
    return found


def counts_of(height: int, width: int, scales: Scales) -> Counts:
    """A micrograph in numbers that nobody has looked at."""
    frame = Downsampling(height, width, scales.downsample)
    pixels = frame.height_ds * frame.width_ds
    return Counts(0, pixels, pixels)


def usual_shape(project: Project) -> tuple[int, int]:
    """Height and width that most micrographs have.

    Raises:
        TrainingError: there are none.
    """
    shapes = Counter((each.height, each.width) for each in project.micrographs() if not each.missing)
    if not shapes:
        raise TrainingError("no micrographs", "a folder with MRC, TIFF, PNG or JPEG images",
                            "put micrographs into the folder and press Re-scan")  # fmt: skip
    return shapes.most_common(1)[0][0]
