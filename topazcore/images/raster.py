"""PNG and JPEG: grey images of 8 or 16 bits, as screenshots and teaching sets come.

A colour image is taken only if its channels are equal (a grey picture saved as RGB): then one channel is the
image. It never guesses a luminance.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image

from topazcore.errors import MicrographError
from topazcore.images.header import UNKNOWN_PIXEL_SIZE, MicrographHeader, check_dimensions, refuse_stack

# Pillow's own limit refuses K3 super-resolution frames; `check_dimensions` refuses by the header instead.
Image.MAX_IMAGE_PIXELS = None

_GREY = {"1": "1-bit", "L": "8-bit", "I;16": "16-bit", "I;16B": "16-bit", "I": "16-bit"}
_MAYBE_GREY = ("RGB", "RGBA", "P", "PA", "LA")


def read_header(file: BinaryIO, path: Path) -> MicrographHeader:
    """Header of one picture; the pixels are read only where they must show that a colour picture is grey."""
    with _picture(file, path) as image:
        depth = _GREY.get(image.mode)
        if depth is None:
            _one_of_equal_channels(image, path)
            depth = f"{image.mode} with equal channels"
        mode = f"{image.format} {depth}"
        return MicrographHeader(path, image.height, image.width, mode, None, (UNKNOWN_PIXEL_SIZE,))


def read_image(file: BinaryIO, path: Path) -> np.ndarray:
    """(height, width) uint8 or uint16, rows as stored (the first row is the top of the picture)."""
    with _picture(file, path) as image:
        if image.mode not in _GREY:
            return _one_of_equal_channels(image, path)
        pixels = np.asarray(image)
    if pixels.dtype == bool:
        return pixels.astype(np.uint8)
    return pixels.astype(np.uint8 if pixels.dtype == np.uint8 else np.uint16)


@contextmanager
def _picture(file: BinaryIO, path: Path) -> Iterator[Image.Image]:
    """The picture with its header checked; what goes wrong inside the block is reported as damage."""
    try:
        with Image.open(file, formats=["PNG", "JPEG"]) as image:
            check_dimensions(path, image.height, image.width)
            refuse_stack(path, getattr(image, "n_frames", 1), "frames")
            yield image
    except (OSError, ValueError, SyntaxError, EOFError, IndexError, MemoryError) as error:
        raise MicrographError(
            f"{path.name} is a damaged picture ({error})",
            "a whole PNG or JPEG image",
            "copy or export it again",
        ) from error


def _one_of_equal_channels(image: Image.Image, path: Path) -> np.ndarray:
    if image.mode in _MAYBE_GREY:
        channels = np.asarray(image.convert("RGB"))
        if (channels == channels[..., :1]).all():
            return np.ascontiguousarray(channels[..., 0])
    raise MicrographError(
        f"{path.name} is a colour image ({image.mode})",
        "a grey image, or RGB with three equal channels",
        "export it as grey values",
    )
