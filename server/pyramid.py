"""The display pyramid: an image at full size and averaged over 2 x 2, 4 x 4, … pixels, as 8-bit greys.

Level z is `ceil(width / 2^z)` wide; pixel i of it is the mean of the full-size pixels [i * 2^z, (i + 1) * 2^z)
that exist. Averages are taken of densities, not of greys. It knows nothing of files or tiles' addresses.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image

from . import contrast

TILE_SIZE = 512
SMALLEST_LEVEL = 256
HISTOGRAM_SIZE = 1024
ROWS_AT_ONCE = 32


@dataclass(frozen=True)
class Pyramid:
    """The levels of one image, finest first, each uint8 (height, width), with what they mean."""

    levels: tuple[np.ndarray, ...]
    window: contrast.Window
    histogram: tuple[int, ...]
    auto_low: int
    auto_high: int

    @property
    def nbytes(self) -> int:
        return sum(level.nbytes for level in self.levels)

    def tile(self, z: int, x: int, y: int) -> np.ndarray | None:
        """One tile, cut at the right and lower edge; None outside the image."""
        if not 0 <= z < len(self.levels):
            return None
        level = self.levels[z]
        if not (0 <= x * TILE_SIZE < level.shape[1] and 0 <= y * TILE_SIZE < level.shape[0]):
            return None
        return level[y * TILE_SIZE : (y + 1) * TILE_SIZE, x * TILE_SIZE : (x + 1) * TILE_SIZE]


def level_count(height: int, width: int) -> int:
    """Levels until the longer side is at most 256."""
    longest, count = max(height, width), 1
    while longest > SMALLEST_LEVEL:
        longest, count = (longest + 1) // 2, count + 1
    return count


def averaged(image: np.ndarray) -> Iterator[np.ndarray]:
    """The levels below the finest as float32 densities.

    Each is halved from the level before as long as no block is cut at the edge; after that all are averaged from the
    last level without one: only there do all pixels weigh the same.
    """
    height, width = image.shape
    whole, cut, last = np.asarray(image, np.float32), None, 0
    for z in range(1, level_count(height, width)):
        if height % 2**z == 0 and width % 2**z == 0:
            whole, last = halved(whole), z
            yield whole
        else:
            cut = cut or Image.fromarray(np.ascontiguousarray(whole))
            yield np.asarray(cut.reduce(2 ** (z - last)))


def halved(image: np.ndarray) -> np.ndarray:
    """Means of 2 x 2 px of an image of even height and width; block by block, to stay in cache."""
    half = np.empty((image.shape[0] // 2, image.shape[1] // 2), np.float32)
    for top in range(0, len(half), ROWS_AT_ONCE):
        rows = image[2 * top : 2 * (top + ROWS_AT_ONCE)] * np.float32(0.25)  # first, so that no sum overflows
        pairs = rows[::2] + rows[1::2]
        np.add(pairs[:, ::2], pairs[:, 1::2], out=half[top : top + ROWS_AT_ONCE])
    return half


def build(image: np.ndarray) -> Pyramid:
    """The pyramid of an image (height, width) of finite values."""
    window = contrast.wide_window(image)
    levels = [contrast.to_grey(image, window)]
    levels += [contrast.to_grey(level, window) for level in averaged(image)]
    seen = next((level for level in levels if max(level.shape) <= HISTOGRAM_SIZE), levels[-1])
    counts = contrast.histogram(seen)
    low, high = contrast.starting_handles(counts)
    return Pyramid(tuple(levels), window, tuple(int(count) for count in counts), low, high)
