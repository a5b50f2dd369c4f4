"""The settings of a training, and the scales that follow from the particle's diameter.

Source: the rule for scales is the one of RELION's Topaz wrapper as the design describes it (particle of about
18 downsampled pixels, positive radius a quarter of the particle's radius); slack, pi and the objective are
Bepler et al. 2019, Online Methods. Plain numbers only: it never imports torch, never reads a file.
"""

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass

from topazcore.errors import SettingsError

# The default network's window is 31 px wide: a particle of 18 px and its surroundings.
TARGET_DIAMETER_DS = 18.0
SMALLEST_POSITIVE_RADIUS_DS = 3.0
# Particles per square of one diameter's side. Of the sets that we know: sparse 0.07 (220 on 4096² at 71 px),
# apoferritin 0.12, the demo 0.20, crowded beta-galactosidase 0.44; their geometric mean is 0.17.
TYPICAL_DENSITY = 1 / 6
LABELS_ARE_AT_MOST = 0.8

# The names in `model.CLASSIFIERS` and `objective.OBJECTIVES`, which load torch.
CLASSIFIERS = ("conv31", "conv47", "conv71", "conv63", "conv127", "resnet8", "resnet16")
OBJECTIVES = ("ge-binomial", "ge-kl", "pn", "pu")
NORMALISATIONS = ("affine", "mixture")
RECONSTRUCTIONS = ("0", "1", "10/N", "auto")
SAMPLINGS = ("patches", "crops")
ROTATIONS = ("quarter-turns", "any")
SCHEDULES = ("one-cycle", "constant")
HELD_OUT = ("auto", "none")
DEVICES = ("auto", "cpu", "cuda", "mps")

PIXEL_SIZE_RANGE_ANGSTROM = (0.1, 100.0)
DIAMETER_RANGE_ANGSTROM = (5.0, 20_000.0)
# A particle that looks 10 % larger than at training is still found.
PIXEL_SIZE_TOLERANCE = 0.1


@dataclass(frozen=True)
class Scales:
    """Everything that follows from the diameter and the pixel size.

    Args:
        downsample: factor by which micrographs are Fourier-cropped.
        pixel_size_ds_angstrom: Å per downsampled pixel.
        diameter_ds: the particle's diameter in downsampled pixels.
        positive_radius_ds: sites this close to a label are positive, in downsampled pixels.
        suppression_radius_px: no two picks are closer than this, in full-size pixels of the training's size.
    """

    downsample: float
    pixel_size_ds_angstrom: float
    diameter_ds: float
    positive_radius_ds: float
    suppression_radius_px: float

    @property
    def diameter_px(self) -> float:
        """The particle's diameter in full-size pixels."""
        return self.diameter_ds * self.downsample


def derive_scales(
    diameter_angstrom: float,
    pixel_size_angstrom: float,
    *,
    downsample: float | None = None,
    positive_radius_ds: float | None = None,
    min_distance_angstrom: float | None = None,
) -> Scales:
    """The scales for a particle on micrographs of a pixel size.

    Args:
        diameter_angstrom: of the particle, in Å.
        pixel_size_angstrom: of the full-size micrograph, in Å.
        downsample: instead of the whole factor that makes the particle about 18 px wide.
        positive_radius_ds: instead of a quarter of the particle's radius (at least 3 px).
        min_distance_angstrom: between two picks, instead of half the diameter.

    Raises:
        SettingsError: a value outside its range.
    """
    _check("pixel size", pixel_size_angstrom, PIXEL_SIZE_RANGE_ANGSTROM, "Å")
    _check("diameter", diameter_angstrom, DIAMETER_RANGE_ANGSTROM, "Å")
    diameter_px = diameter_angstrom / pixel_size_angstrom
    if downsample is None:
        downsample = max(1, round(diameter_px / TARGET_DIAMETER_DS))
    diameter_ds = diameter_px / downsample
    if positive_radius_ds is None:
        positive_radius_ds = max(SMALLEST_POSITIVE_RADIUS_DS, diameter_ds / 8)
    if min_distance_angstrom is None:
        min_distance_angstrom = diameter_angstrom / 2
    return Scales(
        downsample=float(_check("downsample", downsample, (1, 64))),
        pixel_size_ds_angstrom=pixel_size_angstrom * downsample,
        diameter_ds=diameter_ds,
        positive_radius_ds=float(_check("positive_radius_ds", positive_radius_ds, (1.0, 100.0), "px")),
        suppression_radius_px=min_distance_angstrom / pixel_size_angstrom,
    )


def matching_downsample(pixel_size_angstrom: float, pixel_size_ds_angstrom: float) -> float:
    """The factor, at least 1, that brings a micrograph to the pixel size of a model.

    A micrograph up to 10 % coarser than the model is taken as it is: nothing is ever upsampled.

    Args:
        pixel_size_angstrom: of the full-size micrograph.
        pixel_size_ds_angstrom: of what the model was trained on.

    Raises:
        SettingsError: the micrograph is coarser than that; both pixel sizes are named.
    """
    _check("pixel size", pixel_size_angstrom, PIXEL_SIZE_RANGE_ANGSTROM, "Å")
    # Rounded so that 3 * 3.54 / 3.54 is 3, and 2.2 Å no more than 10 % above 2 Å.
    factor = round(pixel_size_ds_angstrom / pixel_size_angstrom, 9)
    if factor < round(1 / (1 + PIXEL_SIZE_TOLERANCE), 9):
        raise SettingsError(
            f"pixel size {pixel_size_angstrom:.4g} Å, which cannot be made finer",
            f"at most {PIXEL_SIZE_TOLERANCE:.0%} above the {pixel_size_ds_angstrom:.4g} Å of the model",
            "correct the pixel size, or train on micrographs of this pixel size",
        )
    return max(1.0, factor)


def guess_expected_particles(height: int, width: int, diameter_px: float, labeled: int = 0) -> int:
    """How many particles a micrograph may hold, when nobody has said.

    One particle for every six squares of one diameter's side: the geometric mean of known data sets, which
    span one per 2.3 (crowded) to one per 15 (sparse). Whoever labeled more than that knows better: the
    guess is never below 5/4 of the labels. The ranking of picks hardly depends on it; how many of them
    lie above the threshold 0 does.

    Args:
        height, width: of the full-size micrograph, in px.
        diameter_px: of the particle, in full-size px.
        labeled: the mean number of labels on a labeled micrograph.
    """
    area_in_diameters = height * width / diameter_px**2
    return max(1, round(area_in_diameters * TYPICAL_DENSITY), math.ceil(labeled / LABELS_ARE_AT_MOST))


def setting(default: object, kind: type, low: float, high: float, text: str):
    """One row of the table of training settings: default, type, range (both ends allowed), help."""
    return dataclasses.field(default=default, metadata={"kind": kind, "low": low, "high": high, "help": text})


def choice(default: str, names: tuple[str, ...], text: str):
    """A setting that is one of some names."""
    return dataclasses.field(default=default, metadata={"kind": str, "names": names, "help": text})


@dataclass(frozen=True)
class TrainingSettings:
    """What a training is asked to do. Each field is one setting with its range and help; None means derived.

    Raises:
        SettingsError: a value of the wrong type or outside its range, naming the setting, value and range.
    """

    # The particle, and how many of them.
    diameter_angstrom: float = setting(150.0, float, *DIAMETER_RANGE_ANGSTROM, "particle diameter in Å")
    expected_particles: float | None = setting(
        None, float, 0.01, 1e6, "particles per micrograph; guessed from area and diameter if not given"
    )
    pi: float | None = setting(
        None, float, 1e-9, 0.5, "class prior; follows from the expected particles if not given"
    )
    # What the network sees.
    downsample: float | None = setting(
        None, float, 1.0, 64.0, "Fourier-cropping factor; derived if not given"
    )
    normalisation: str = choice("affine", NORMALISATIONS, "how grey values are made comparable")
    positive_radius_ds: float | None = setting(
        None, float, 1.0, 100.0, "radius of the positive sites in downsampled px; derived if not given"
    )
    exclusion_margin_angstrom: float = setting(
        0.0, float, 0.0, 20_000.0, "how far around exclusions nothing is learned or picked, in Å"
    )
    # The network.
    classifier: str = choice("conv31", CLASSIFIERS, "the network")
    units: int = setting(32, int, 1, 512, "channels of the network's first layer")
    dropout: float = setting(0.0, float, 0.0, 0.9, "share of the features left out at random in training")
    # What training minimises.
    objective: str = choice("ge-binomial", OBJECTIVES, "what training minimises")
    slack: float | None = setting(
        None, float, 0.0, 1000.0, "weight of the GE penalty; derived from the number of labels if not given"
    )
    reconstruction: str = choice(
        "0",
        RECONSTRUCTIONS,
        "weight gamma of the autoencoder; N labels, auto is 10/N up to 250 of them, else 0",
    )
    # How.
    sampling: str = choice("patches", SAMPLINGS, "dense patches, or the paper's crops of one site each")
    patches_per_step: int = setting(32, int, 2, 1024, "half of them hold a label")
    sites_per_side: int = setting(9, int, 1, 64, "sites in a row of a patch")
    crops_per_step: int = setting(256, int, 2, 65_536, "of crop sampling")
    positive_share: float = setting(1 / 16, float, 1e-3, 0.999, "of the crops in a step")
    rotation: str = choice(
        "quarter-turns", ROTATIONS, "of crops; patches are turned by quarters and mirrored"
    )
    contrast_jitter: float = setting(0.4, float, 0.0, 2.0, "spread of the contrast that patches are given")
    learning_rate: float = setting(2e-3, float, 1e-6, 1.0, "the highest of the schedule")
    schedule: str = choice("one-cycle", SCHEDULES, "of the learning rate")
    weight_decay: float = setting(1e-2, float, 0.0, 1.0, "of AdamW")
    max_steps: int | None = setting(None, int, 1, 1_000_000, "derived from the number of labels if not given")
    max_seconds: float = setting(60.0, float, 0.1, 604_800.0, "wall time after which training stops")
    held_out: str = choice(
        "auto", HELD_OUT, "whether labeled micrographs are kept aside to choose the best state"
    )
    patience: int | None = setting(
        None,
        int,
        1,
        1_000_000,
        "checks without a better state after which training stops; never if not given",
    )
    seed: int = setting(0, int, 0, 2**32 - 1, "the same seed gives the same model on the same machine")
    threads: int = setting(0, int, 0, 1024, "processor threads; 0 takes every core that is really there")
    device: str = choice("auto", DEVICES, "where the network runs")
    # Picks.
    min_distance_angstrom: float | None = setting(
        None, float, 0.0, 20_000.0, "between two picks, in Å at full scale; half the diameter if not given"
    )
    edge_margin_angstrom: float = setting(0.0, float, 0.0, 20_000.0, "no picks closer to an edge, in Å")

    def __post_init__(self):
        for row in dataclasses.fields(self):
            value = getattr(self, row.name)
            if not (value is None and row.default is None):
                object.__setattr__(self, row.name, _converted(row, value))

    @classmethod
    def from_dict(cls, values: Mapping[str, object]) -> "TrainingSettings":
        """Settings from JSON; what is left out has its default.

        Raises:
            SettingsError: also for a name that is no setting.
        """
        known = [row.name for row in dataclasses.fields(cls)]
        for name in values:
            if name not in known:
                raise SettingsError(f"setting {str(name)[:100]!r}", f"one of {', '.join(known)}")
        return cls(**values)

    def as_dict(self) -> dict[str, object]:
        """Ready for JSON, and for `from_dict`."""
        return dataclasses.asdict(self)


def _converted(row: dataclasses.Field, value: object) -> object:
    """`value` as the setting's type and within its range."""
    kind = row.metadata["kind"]
    if kind is str:
        names = row.metadata["names"]
        if value not in names:
            raise SettingsError(f"{row.name} {str(value)[:100]!r}", f"one of {', '.join(names)}")
        return value
    limits = row.metadata["low"], row.metadata["high"]
    number = _check(row.name, value, limits)
    if kind is int and number != int(number):
        raise SettingsError(f"{row.name} {value}", f"a whole number from {limits[0]} to {limits[1]}")
    return kind(number)


def _check(name: str, value: object, limits: tuple[float, float], unit: str = "") -> float:
    """`value`, which must be a number within `limits`; a NaN is within no limits."""
    low, high = limits
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not (number and low <= value <= high):
        shown = value if number else repr(str(value)[:100])
        raise SettingsError(
            f"{name} {shown} {unit}".rstrip(), f"a number from {low} to {high} {unit}".rstrip()
        )
    return value
