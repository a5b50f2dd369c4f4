"""What follows from the settings, the headers and the labels: scales, class prior, and whether training could start.

Shown beside what the user typed, and checked the same way when a job starts. It changes nothing.
"""

from collections import Counter
from dataclasses import asdict, dataclass

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
    """How many particles a micrograph is expected to hold, and what that means for training."""

    expected: float
    is_guess: bool
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
        "expected_guessed": prior.is_guess,
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
        raise unknown("pixel size", PIXEL_SIZE_RANGE_ANGSTROM)
    return derive_scales(diameter, pixel_size)


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
    """The class prior and what the labels already make of it.

    Raises:
        TrainingError: there is no micrograph.
        SettingsError: the expected number cannot be.
    """
    height, width = usual_shape(project)
    labels = {each: counts["positive"] for each, counts in store.counts().items() if counts["positive"]}
    total = sum(labels.values())
    given = settings["expected_particles"]
    per_labeled = total / len(labels) if labels else 0
    expected = given or guess_expected_particles(height, width, scales.diameter_px, per_labeled)
    frame = Downsampling(height, width, scales.downsample)
    pi = class_prior(expected, scales.positive_radius_ds, frame.height_ds, frame.width_ds)
    shapes = [shape_ds(project, each, scales.downsample) for each in labels if each in project.by_id]
    observed = observed_fraction(total, scales.positive_radius_ds, shapes)
    return Prior(expected, given is None, pi, observed, total, len(labels))


def shape_ds(project: Project, micrograph_id: int, factor: float) -> tuple[int, int]:
    """Downsampled height and width of one micrograph."""
    micrograph = project.by_id[micrograph_id]
    frame = Downsampling(micrograph.height, micrograph.width, factor)
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
