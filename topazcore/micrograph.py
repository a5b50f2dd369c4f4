"""Opens micrographs: a few verbs in front of the formats in `topazcore.images`.

Rows are kept as stored: the first stored row is y = 0. Nothing here writes to a micrograph, memory-maps it,
or believes its header before it has been checked against the file's size.
"""

from pathlib import Path

import numpy as np

from topazcore.errors import MicrographError
from topazcore.images import mrc, raster, tiff
from topazcore.images.contents import IMAGE_EXTENSIONS, kind_of, opened
from topazcore.images.header import MAX_PIXELS, MicrographHeader
from topazcore.images.search import Refused, find_micrographs, micrograph_names

__all__ = [
    "IMAGE_EXTENSIONS",
    "MAX_PIXELS",
    "MicrographHeader",
    "Refused",
    "find_micrographs",
    "finite",
    "micrograph_names",
    "read_header",
    "read_micrograph",
]

_FORMATS = {"MRC": mrc, "TIFF": tiff, "PNG": raster, "JPEG": raster}


def read_header(path: str | Path) -> MicrographHeader:
    """Size, sample type, pixel size and warnings of one image, without reading its pixels.

    Raises:
        MicrographError: it is no single 2-D grey image in a supported format, or cannot hold what it claims.
    """
    path = Path(path)
    with opened(path) as file:
        return _FORMATS[kind_of(file, path)].read_header(file, path)


def read_micrograph(path: str | Path) -> np.ndarray:
    """The image as (height, width) in native byte order, with the stored sample type.

    4-bit samples become uint8. Non-finite values are kept: see `finite`.

    Raises:
        MicrographError: as `read_header`, or the file ends early.
    """
    path = Path(path)
    with opened(path) as file:
        return _FORMATS[kind_of(file, path)].read_image(file, path)


def finite(image: np.ndarray) -> tuple[np.ndarray, int]:
    """The image as float32 with NaN and infinities replaced by the median of the rest, and their number.

    A float32 image without any is returned as it is, not copied.

    Raises:
        MicrographError: no value is finite.
    """
    values = np.asarray(image, dtype=np.float32)
    if values.dtype != image.dtype and image.dtype.kind in "iub":
        return values, 0
    good = np.isfinite(values)
    bad = values.size - int(np.count_nonzero(good))
    if bad == 0:
        return values, 0
    if bad == values.size:
        raise MicrographError("no pixel has a finite value", "an image", "export the micrograph again")
    return np.where(good, values, np.median(values[good])), bad
