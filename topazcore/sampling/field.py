"""Where sites are drawn from: labeled micrographs of any sizes, one after the other in flat arrays.

Source: the sites of Bepler et al. 2019, Online Methods. Each micrograph is padded by reflection so that every pixel of
it can be a site; what a sampler wants is then a gather of indices. It draws nothing itself and never reads a file.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from topazcore.scratch import KeptImage, Scratch
from topazcore.targets import IGNORED, POSITIVE, kinds_of_sites

# Pixels that a pool counts together.
_BLOCK = 256
_COMPARED_AT_ONCE = 1 << 20


@dataclass(frozen=True)
class LabeledMicrograph:
    """A prepared micrograph with its labels.

    Args:
        image: (height_ds, width_ds), as `preprocess.prepare` gives it, or kept elsewhere until `pixels` are asked for.
        positives, negatives: `(n, 2)` x, y in downsampled pixels.
        excluded: bool (height_ds, width_ds), true where nothing is learned; None for nowhere.
        complete: every particle is labeled, so that all other sites are negatives.
    """

    image: np.ndarray | KeptImage
    positives: np.ndarray
    negatives: np.ndarray
    excluded: np.ndarray | None = None
    complete: bool = False

    @property
    def pixels(self) -> np.ndarray:
        """The image as float32."""
        return np.asarray(self.image, np.float32)


class Pool:
    """All pixels of one kind, numbered, without a list of them.

    Pixels are counted by block; a number is looked up in the counts and then within its block.

    Args:
        kinds: int8 `(n,)`, n a multiple of the block.
    """

    def __init__(self, kinds: np.ndarray, kind: int):
        self._blocks, self._kind = kinds.reshape(-1, _BLOCK), kind
        counts = np.concatenate([(part == kind).sum(axis=1) for part in _parts(self._blocks)])
        self._first = np.concatenate([[0], np.cumsum(counts)])

    def __len__(self) -> int:
        return int(self._first[-1])

    def __getitem__(self, numbers: np.ndarray) -> np.ndarray:
        """`(k,)` places in the flat array of the pixels with these numbers, from 0."""
        block = np.searchsorted(self._first, numbers, side="right") - 1
        passed = np.cumsum(self._blocks[block] == self._kind, axis=1)
        return block * _BLOCK + np.argmax(passed > (numbers - self._first[block])[:, None], axis=1)


class Field:
    """Padded images and kinds of pixels in flat arrays.

    Args:
        micrographs: at least one.
        radius: of the positive sites, in downsampled px.
        margin: pixels of padding on each side, at least.
        smallest: no padded side is shorter; what is grows to the right and downwards.
        scratch: where the arrays lie.
    """

    def __init__(
        self,
        micrographs: Sequence[LabeledMicrograph],
        radius: float,
        margin: int,
        smallest: int = 0,
        scratch: Scratch | None = None,
    ):
        shapes = np.array(
            [_padding(micrograph.image.shape, margin, smallest)[1] for micrograph in micrographs]
        )
        self.heights, self.widths = shapes.T
        self.areas = self.heights * self.widths
        self.starts = np.cumsum(self.areas) - self.areas
        self._scratch = scratch or Scratch()
        images = self._scratch.empty(self.areas.sum(), np.float16)
        self._kinds = self._scratch.empty(-(-self.areas.sum() // _BLOCK) * _BLOCK, np.int8)
        self._kinds[self.areas.sum() :] = IGNORED
        for micrograph, start, area in zip(micrographs, self.starts, self.areas, strict=True):
            image, kinds = _padded(micrograph, radius, margin, smallest)
            images[start : start + area] = image.ravel()
            self._kinds[start : start + area] = kinds.ravel()
            self._scratch.give_back()
        self.images, self.kinds = torch.from_numpy(images), torch.from_numpy(self._kinds)

    def give_back(self) -> None:
        """Let go of the memory of what was looked at, where that lies in a file."""
        self._scratch.give_back()

    @property
    def observed(self) -> float:
        """The fraction of positive pixels among all that count."""
        return self.count(POSITIVE) / (len(self._kinds) - self.count(IGNORED))

    def count(self, kind: int) -> int:
        """How many pixels are of a kind."""
        return sum(int(np.count_nonzero(part == kind)) for part in _parts(self._kinds))

    def pool(self, kind: int) -> Pool:
        """All pixels of a kind."""
        return Pool(self._kinds, kind)

    def holds(self, kind: int) -> np.ndarray:
        """`(micrographs,)` bool: which have a pixel of a kind."""
        return np.array([(part == kind).any() for part in np.split(self._kinds, self.starts[1:])])

    def sites(self, flat: np.ndarray) -> np.ndarray:
        """`(n, 3)` micrograph, row, column (padding counts) of places in the flat arrays."""
        which = np.searchsorted(self.starts, flat, side="right") - 1
        return np.column_stack([which, *np.divmod(flat - self.starts[which], self.widths[which])])

    def index(self, which: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """Places in the flat arrays of pixels, all arguments broadcast."""
        return self.starts[which] + rows * self.widths[which] + columns


def turned_index(
    field: Field, corners: np.ndarray, turns: np.ndarray, places: np.ndarray, width: int
) -> torch.Tensor:
    """`(b, k, k)` places of the pixels at `places` along both sides of squares, flipped and turned.

    Args:
        corners: `(b, 3)` micrograph, top, left.
        turns: `(b,)` 0 to 7: bit 0 flips up and down, bit 1 left and right, bit 2 swaps rows with columns.
        places: `(k,)` from 0 to `width` - 1.
        width: of the squares.
    """
    down = np.where(turns[:, None] & 1, width - 1 - places, places)[:, :, None]
    right = np.where(turns[:, None] & 2, width - 1 - places, places)[:, None, :]
    down, right = np.broadcast_arrays(down, right)
    turned = (turns & 4).astype(bool)[:, None, None]
    rows = np.where(turned, right, down) + corners[:, 1, None, None]
    columns = np.where(turned, down, right) + corners[:, 2, None, None]
    return torch.from_numpy(field.index(corners[:, 0, None, None], rows, columns))


def _padding(
    shape: tuple[int, int], margin: int, smallest: int
) -> tuple[list[tuple[int, int]], tuple[int, ...]]:
    """Pixels before and after each axis, and the padded shape."""
    padding = [(margin, max(margin, smallest - margin - size)) for size in shape]
    return padding, tuple(size + sum(added) for size, added in zip(shape, padding, strict=True))


def _parts(values: np.ndarray) -> Iterator[np.ndarray]:
    """The array in parts, so that comparing it takes little memory."""
    rows = max(1, _COMPARED_AT_ONCE // (values[:1].size or 1))
    return (values[start : start + rows] for start in range(0, len(values), rows))


def _padded(
    micrograph: LabeledMicrograph, radius: float, margin: int, smallest: int
) -> tuple[np.ndarray, np.ndarray]:
    """Image (float16: it halves the memory, and its values are within ±10) and kinds of pixels, padded."""
    padding, _ = _padding(micrograph.image.shape, margin, smallest)
    image = np.pad(micrograph.pixels, padding, mode="reflect").astype(np.float16)
    kinds = kinds_of_sites(
        micrograph.image.shape,
        (micrograph.positives, micrograph.negatives),
        radius,
        complete=micrograph.complete,
        excluded=micrograph.excluded,
    )
    return image, np.pad(kinds, padding, constant_values=IGNORED)
