"""What is known of a micrograph before its pixels are read, and the checks that all formats share.

It never opens a file.
"""

import math
from dataclasses import dataclass
from pathlib import Path

from topazcore.errors import MicrographError

# A 16,384 x 16,384 image: four times a K3 super-resolution frame, 1 GiB as float32.
MAX_PIXELS = 16_384 * 16_384
PIXEL_SIZE_RANGE_ANGSTROM = (0.05, 100.0)
UNKNOWN_PIXEL_SIZE = "pixel size unknown, please enter it"


@dataclass(frozen=True)
class MicrographHeader:
    """One micrograph as its file describes it.

    Args:
        path: as given by the caller.
        height, width: full-size pixels.
        mode: container and sample type, such as "MRC float32".
        pixel_size_angstrom: None where the file says nothing believable.
        warnings: what a person should check, one sentence each.
    """

    path: Path
    height: int
    width: int
    mode: str
    pixel_size_angstrom: float | None
    warnings: tuple[str, ...] = ()


def check_dimensions(path: Path, height: int, width: int) -> None:
    """Refuse empty, negative and gigantic images from their header alone."""
    if height <= 0 or width <= 0:
        raise MicrographError(
            f"{path.name} has the dimensions {width} x {height}",
            "a positive width and height",
            "the header is damaged: export the micrograph again",
        )
    if height * width > MAX_PIXELS:
        raise MicrographError(
            f"{path.name} claims {width} x {height} pixels",
            f"at most {MAX_PIXELS:,} pixels (16,384 x 16,384)",
            "bin or cut the image first",
        )


def believable_pixel_size(value: float) -> tuple[float | None, tuple[str, ...]]:
    """A pixel size in Å from a header, or None, with the warnings that go with it."""
    low, high = PIXEL_SIZE_RANGE_ANGSTROM
    if not math.isfinite(value) or not low <= value <= high:
        return None, (UNKNOWN_PIXEL_SIZE,)
    if value == 1.0:
        return value, ("pixel size is exactly 1 Å, often a placeholder: please check it",)
    return value, ()


def refuse_stack(path: Path, count: int, what: str = "sections") -> None:
    """Refuse more than one image in a file, saying how many there are."""
    if count > 1:
        raise MicrographError(
            f"{path.name} has {count} {what}",
            "one 2-D image",
            "align and sum a movie first; a particle stack or volume is no micrograph",
        )
