"""The layers of a micrograph: what each is called, where it lies, and what makes its address another one.

`raw` is the file, `model` is what the network sees, `filtered-LOW-HIGH` a band-pass of the file between two lengths in
Å, either of which may be `off`. It reads no pixels.
"""

import hashlib
import re
from dataclasses import dataclass

from topazcore.bandpass import Band, band
from topazcore.errors import SettingsError
from topazcore.preprocess import Downsampling

from .errors import BadRequestError, echo
from .project import Micrograph

FILTERED = "filtered"
OFF = "off"
LENGTH = rf"({OFF}|[1-9]\d{{0,5}}(?:\.\d)?|0\.[1-9])"
FILTERED_NAME = re.compile(rf"{FILTERED}-{LENGTH}-{LENGTH}", re.ASCII)


@dataclass(frozen=True)
class Layer:
    """One image of a micrograph: its address, and its frame in full-size pixels.

    `origin_x` and `origin_y` are its left and upper edge; `factor` and `band` say what it was made by.
    """

    name: str
    revision: str
    width: int
    height: int
    scale_x: float
    scale_y: float
    origin_x: float
    origin_y: float
    factor: float | None = None
    band: Band | None = None


def raw_layer(micrograph: Micrograph) -> Layer:
    """The file itself."""
    return Layer("raw", micrograph.revision, micrograph.width, micrograph.height, 1.0, 1.0, -0.5, -0.5)


def model_layer(micrograph: Micrograph, factor: float) -> Layer:
    """What the network sees at a downsampling factor; its sample 0 stays on pixel 0."""
    frame = Downsampling(micrograph.height, micrograph.width, factor)
    scale_x, scale_y = frame.scale_x, frame.scale_y
    revision = revision_of(f"model:{micrograph.revision}:{factor:.9g}")
    return Layer("model", revision, frame.width_ds, frame.height_ds, scale_x, scale_y,
                 -0.5 * scale_x, -0.5 * scale_y, factor=factor)  # fmt: skip


def filtered_layer(micrograph: Micrograph, name: str, pixel_size_angstrom: float | None) -> Layer:
    """A band-pass by its name; its edges are those of the micrograph.

    Raises:
        BadRequestError: no such name.
        SettingsError: the lengths make no sense at this pixel size, or it is unknown.
    """
    lengths = lengths_angstrom(name)
    if pixel_size_angstrom is None:
        raise SettingsError("a filter in Å without a pixel size", "a known pixel size", "type the pixel size")
    wanted = band(*lengths, pixel_size_angstrom)
    width, height = wanted.size(micrograph.width), wanted.size(micrograph.height)
    revision = revision_of(f"{name}:{micrograph.revision}:{pixel_size_angstrom:.9g}")
    return Layer(name, revision, width, height, micrograph.width / width, micrograph.height / height,
                 -0.5, -0.5, band=wanted)  # fmt: skip


def lengths_angstrom(name: str) -> tuple[float | None, float | None]:
    """Low-pass and high-pass of a filtered layer's name; None is off.

    Raises:
        BadRequestError: it is no such name.
    """
    parts = FILTERED_NAME.fullmatch(name)
    if parts is None:
        raise BadRequestError(
            f"a layer {echo(name)}",
            f"{FILTERED}-LOW-HIGH, as {FILTERED}-20-400 or {FILTERED}-20-{OFF}: low-pass and high-pass in Å",
            "give each with at most one decimal",
        )
    low, high = (None if part == OFF else float(part) for part in parts.groups())
    return low, high


def is_filtered(name: str) -> bool:
    """Whether a layer's name is meant as one of a band-pass."""
    return name.startswith(f"{FILTERED}-")


def revision_of(text: str) -> str:
    """A short name for a layer's content, made of all that it follows from."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]
