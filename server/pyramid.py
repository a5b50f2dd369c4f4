"""The display pyramid: an image at full size and averaged over 2 x 2, 4 x 4, … pixels, as 8-bit greys.

Level z is `ceil(width / 2^z)` wide; pixel i of it is the mean of the full-size pixels [i * 2^z, (i + 1) * 2^z)
that exist. Averages are taken of densities, not of greys. It knows nothing of files or tiles' addresses.
"""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from . import contrast

TILE_SIZE = 512
SMALLEST_LEVEL = 256
HISTOGRAM_SIZE = 1024


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


def build(image: np.ndarray) -> Pyramid:
    """The pyramid of an image (height, width) of finite values."""
    window = contrast.wide_window(image)
    levels = [contrast.to_grey(image, window)]
    whole = Image.fromarray(np.ascontiguousarray(image, np.float32))
    for z in range(1, level_count(*image.shape)):
        levels.append(contrast.to_grey(np.asarray(whole.reduce(2**z)), window))
    seen = next((level for level in levels if max(level.shape) <= HISTOGRAM_SIZE), levels[-1])
    counts = contrast.histogram(seen)
    low, high = contrast.starting_handles(counts)
    return Pyramid(tuple(levels), window, tuple(int(count) for count in counts), low, high)
