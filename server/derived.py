"""What follows from the settings, the headers and the labels: scales, class prior, and whether training could start.

Shown beside what the user typed, and checked the same way when a job starts. It changes nothing.
"""

from collections import Counter
from dataclasses import asdict, dataclass
from math import prod
from statistics import fmean

from topazcore.config import (
    DIAMETER_RANGE_ANGSTROM,
    PIXEL_SIZE_RANGE_ANGSTROM,
    Scales,
    derive_scales,
    guess_expected_particles,
)
from topazcore.errors import PeridotError, SettingsError, TrainingError
from topazcore.preprocess import Downsampling
from topazcore.targets import check_prior, class_prior, observed_fraction

from .project import Micrograph, Project
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

    `source` says where pi comes from: "pi", "expected", "complete" micrographs, or a "guess".
    """

    expected: float
    source: str
    pi: float
    observed: float
    labels: int
    labeled_micrographs: int


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
        check_prior(prior.pi, prior.observed)
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
    """The class prior and what the labels already make of it, as `topazcore.dataset` finds them in a job.

    Complete micrographs leave nothing to find: what is observed is counted on the others, where there are any.

    Raises:
        TrainingError: there is no micrograph.
        SettingsError: the expected number cannot be.
    """
    counts = store.counts()
    looked_at = labeled_or_complete(project, counts)
    shapes = [shape_ds(each, scales.downsample) for each in looked_at] or [usual_shape_ds(project, scales)]
    expected, source = expectation(project, settings, looked_at, scales.diameter_px)
    radius, given = scales.positive_radius_ds, settings["training"].get("pi")
    pi = given or fmean(class_prior(expected, radius, *shape) for shape in shapes)
    open_ones = [each for each in looked_at if not each.micrograph.complete]
    observed = observed_fraction(
        sum(each.labels for each in open_ones),
        radius,
        [shape_ds(each, scales.downsample) for each in open_ones],
    )
    labeled = [each["positive"] for each in counts.values() if each["positive"]]
    return Prior(expected, "pi" if given else source, pi, observed, sum(labeled), len(labeled))


@dataclass(frozen=True)
class LookedAt:
    """A micrograph that a person has labeled, or has said to be complete, and its positive labels."""

    micrograph: Micrograph
    labels: int

    @property
    def area(self) -> int:
        return self.micrograph.height * self.micrograph.width


def labeled_or_complete(project: Project, counts: dict[int, dict[str, int]]) -> list[LookedAt]:
    """What a training learns from."""
    return [
        LookedAt(each, counts.get(each.id, {}).get("positive", 0))
        for each in project.micrographs()
        if not each.missing and (each.id in counts or each.complete)
    ]


def expectation(
    project: Project, settings: dict, looked_at: list[LookedAt], diameter_px: float
) -> tuple[float, str]:
    """Particles per micrograph, and where that comes from; see `Prior`."""
    if settings["expected_particles"]:
        return settings["expected_particles"], "expected"
    areas = [each.area for each in looked_at] or [prod(usual_shape(project))]
    complete = [each for each in looked_at if each.micrograph.complete]
    if found := sum(each.labels for each in complete):
        return found / sum(each.area for each in complete) * fmean(areas), "complete"
    side = fmean(areas) ** 0.5
    per_labeled = fmean([each.labels for each in looked_at if each.labels] or [0])
    return guess_expected_particles(side, side, diameter_px, per_labeled), "guess"


def shape_ds(each: LookedAt, factor: float) -> tuple[int, int]:
    """Downsampled height and width of one micrograph."""
    frame = Downsampling(each.micrograph.height, each.micrograph.width, factor)
    return frame.height_ds, frame.width_ds


def usual_shape_ds(project: Project, scales: Scales) -> tuple[int, int]:
    """Downsampled height and width that most micrographs have."""
    frame = Downsampling(*usual_shape(project), scales.downsample)
    return frame.height_ds, frame.width_ds


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
