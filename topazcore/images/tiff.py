"""TIFF: one grey page of 8- or 16-bit integers or float32, also LZW- or deflate-compressed.

Source: TIFF 6.0. tifffile reads headers and uncompressed pixels; Pillow unpacks compressed ones, because its
decoder stops at the size that the header claims. It never unpacks more than that.
"""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import numpy as np
import tifffile
from PIL import Image

from topazcore.errors import MicrographError
from topazcore.images.header import MicrographHeader, believable_pixel_size, check_dimensions, refuse_stack

_SAMPLES = ("uint8", "uint16", "int16", "float32")
_ANGSTROM_PER_UNIT = {2: 2.54e8, 3: 1e8}
# What tifffile and Pillow raise on damaged files.
_DAMAGE = (
    tifffile.TiffFileError,
    struct.error,
    OSError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    ArithmeticError,
    MemoryError,
    SyntaxError,
)


def read_header(file: BinaryIO, path: Path) -> MicrographHeader:
    """Header of the only page; raises MicrographError for stacks, colour and other sample types."""
    with _only_page(file, path) as page:
        pixel_size, warnings = believable_pixel_size(_pixel_size(page))
        return MicrographHeader(
            path, page.imagelength, page.imagewidth, f"TIFF {page.dtype}", pixel_size, warnings
        )


def read_image(file: BinaryIO, path: Path) -> np.ndarray:
    """(height, width) in native byte order, rows as stored."""
    with _only_page(file, path) as page:
        shape, dtype = (page.imagelength, page.imagewidth), page.dtype
        plain = page.compression == tifffile.COMPRESSION.NONE
        pixels = page.asarray() if plain else _unpacked(file, dtype)
        if pixels.shape != shape:
            raise ValueError(f"{pixels.shape} pixels")
    return pixels.astype(dtype.newbyteorder("="), copy=False)


@contextmanager
def _only_page(file: BinaryIO, path: Path) -> Iterator[tifffile.TiffPage]:
    """The checked page; what goes wrong inside the block is reported as damage."""
    try:
        with tifffile.TiffFile(file) as tiff:
            refuse_stack(path, len(tiff.pages), "pages")
            page = tiff.pages.first
            _check_page(page, path)
            yield page
    except _DAMAGE as error:
        raise MicrographError(
            f"{path.name} is a damaged TIFF ({str(error) or type(error).__name__})",
            "a whole TIFF image",
            "copy or export it again",
        ) from error


def _check_page(page: tifffile.TiffPage, path: Path) -> None:
    check_dimensions(path, page.imagelength, page.imagewidth)
    refuse_stack(path, page.imagedepth, "sections")
    colour = page.samplesperpixel > 1 or page.photometric not in (
        tifffile.PHOTOMETRIC.MINISBLACK,
        tifffile.PHOTOMETRIC.MINISWHITE,
    )
    if colour:
        name = getattr(page.photometric, "name", str(page.photometric))
        raise MicrographError(
            f"{path.name} is a colour image ({name})", "a grey image", "export it as grey values"
        )
    if page.dtype is None or page.dtype.name not in _SAMPLES:
        raise MicrographError(
            f"{path.name} has {page.dtype or 'unusual'} samples",
            f"one of {', '.join(_SAMPLES)}",
            "convert it to float32",
        )


def _unpacked(file: BinaryIO, dtype: np.dtype) -> np.ndarray:
    """Pillow widens int16 to int32; the values are the stored ones."""
    file.seek(0)
    with Image.open(file, formats=["TIFF"]) as image:
        return np.asarray(image).astype(dtype.newbyteorder("="))


def _pixel_size(page: tifffile.TiffPage) -> float:
    """Å from the resolution tags, NaN where there are none; a printer's 72 per inch are 3.5 million Å."""
    resolution, unit = page.tags.get("XResolution"), page.tags.get("ResolutionUnit")
    if resolution is None or unit is None or not all(resolution.value):
        return float("nan")
    numerator, denominator = resolution.value
    return round(_ANGSTROM_PER_UNIT.get(int(unit.value), float("nan")) * denominator / numerator, 6)
