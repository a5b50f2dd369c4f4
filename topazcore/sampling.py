"""Patches out of micrographs: the batches of a training.

Source: the sampling of Bepler et al. 2019, Online Methods, made dense: instead of one crop per site, a patch
gives the classifier a square of sites at once. Half of the patches hold a labeled site at a random place, half
lie anywhere; only these give unlabeled sites, since the others are richer in particles than pi says.
All eight flips and quarter turns, and contrasts. The same seed gives the same batches. It never reads a file.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from topazcore.errors import TrainingError
from topazcore.targets import NEGATIVE, POSITIVE, UNLABELED, kinds_of_pixels

# Sites beyond the edge, and those of labeled patches that say nothing about the class prior.
IGNORED = -1


@dataclass(frozen=True)
class LabeledMicrograph:
    """A prepared micrograph with its labels.

    Args:
        image: float32 (height_ds, width_ds), as `preprocess.prepare` gives it.
        positives, negatives: `(n, 2)` x, y in downsampled pixels.
    """

    image: np.ndarray
    positives: np.ndarray
    negatives: np.ndarray


@dataclass(frozen=True)
class Geometry:
    """How sites lie in a patch: receptive field and stride of the classifier, sites along a side."""

    receptive_field: int
    stride: int
    sites: int

    @property
    def width(self) -> int:
        """Pixels along a patch's side."""
        return self.receptive_field + self.stride * (self.sites - 1)

    @property
    def margin(self) -> int:
        """Pixels from a patch's edge to its first site."""
        return (self.receptive_field - 1) // 2


@dataclass(frozen=True)
class Batch:
    """`images` float32 (b, 1, width, width); `kinds` int8 (b, sites, sites)."""

    images: torch.Tensor
    kinds: torch.Tensor


class PatchSampler:
    """Draws batches of patches from labeled micrographs.

    Micrographs of any sizes lie one after the other in one flat array, each padded by reflection so that every
    pixel can be a site; a patch is a gather of indices.

    Raises:
        TrainingError: no label lies on a micrograph, or the labels leave no unlabeled pixel.
    """

    def __init__(
        self,
        micrographs: Sequence[LabeledMicrograph],
        geometry: Geometry,
        positive_radius: float,
        seed: int,
        contrast_jitter: float = 0.0,
    ):
        self.geometry, self._contrast_jitter = geometry, contrast_jitter
        self._random = np.random.default_rng(seed)
        padded = [_padded(micrograph, geometry, positive_radius) for micrograph in micrographs]
        self._images = torch.from_numpy(np.concatenate([image.ravel() for image, _ in padded]))
        self._kinds = torch.from_numpy(np.concatenate([kinds.ravel() for _, kinds in padded]))
        self._heights = np.array([image.shape[0] for image, _ in padded])
        self._widths = np.array([image.shape[1] for image, _ in padded])
        areas = self._heights * self._widths
        self._starts = np.cumsum(areas) - areas
        self._shares = np.cumsum(areas) / areas.sum()
        self._labeled = [_where(padded, kind) for kind in (POSITIVE, NEGATIVE)]
        self._check()

    @property
    def observed(self) -> float:
        """The fraction of positive pixels among all, without the padding."""
        inside = int((self._kinds != IGNORED).sum())
        return int((self._kinds == POSITIVE).sum()) / inside

    def state(self) -> dict[str, object]:
        """Where the random numbers stand, ready for JSON."""
        return self._random.bit_generator.state

    def restore(self, state: Mapping[str, object]) -> None:
        """Go on from where `state` stood."""
        self._random.bit_generator.state = state

    def draw(self, patches: int) -> Batch:
        """A batch of `patches` patches; at least one site is positive."""
        around = max(1, patches // 2)
        labeled, uniform = self._around_labels(around), self._anywhere(patches - around)
        corners = np.concatenate([labeled, uniform])
        turns = self._random.integers(8, size=patches)
        geometry = self.geometry
        images = self._images[self._index(corners, turns, np.arange(geometry.width))]
        sites = geometry.margin + geometry.stride * np.arange(geometry.sites)
        kinds = self._kinds[self._index(corners, turns, sites)]
        kinds[:around][kinds[:around] == UNLABELED] = IGNORED
        return Batch(self._jittered(images.unsqueeze(1).float()), kinds)

    def _jittered(self, images: torch.Tensor) -> torch.Tensor:
        """Each patch with a contrast and, half as far, a brightness of its own.

        Labels are often on one micrograph, while defocus and ice make every micrograph's contrast another.
        """
        if not self._contrast_jitter:
            return images
        contrast, brightness = self._random.normal(0, self._contrast_jitter, (2, len(images), 1, 1, 1))
        factors, shifts = np.exp(contrast).astype(np.float32), (brightness / 2).astype(np.float32)
        return images * torch.from_numpy(factors) + torch.from_numpy(shifts)

    def _anywhere(self, number: int) -> np.ndarray:
        """`(number, 3)` micrograph, top, left of patches that lie anywhere."""
        which = np.searchsorted(self._shares, self._random.random(number), side="right")
        room = np.stack([self._heights, self._widths], 1)[which] - self.geometry.width + 1
        return np.column_stack([which, self._random.integers(room)])

    def _around_labels(self, number: int) -> np.ndarray:
        """`(number, 3)` micrograph, top, left of patches that have a labeled pixel as a site, at a random place.

        Half of them hold a negative where there are any.
        """
        positive, negative = self._labeled
        of_negative = number // 4 if len(negative) else 0
        chosen = np.concatenate(
            [
                positive[self._random.integers(len(positive), size=number - of_negative)],
                negative[self._random.integers(max(1, len(negative)), size=of_negative)],
            ]
        )
        geometry = self.geometry
        place = self._random.integers(geometry.sites, size=(number, 2))
        corner = chosen[:, 1:] - geometry.margin - geometry.stride * place
        # At a border the label keeps its phase to the sites: moved by whole strides.
        limit = np.stack([self._heights, self._widths], 1)[chosen[:, 0]] - geometry.width
        too_low, too_high = np.maximum(0, -corner), np.maximum(0, corner - limit)
        corner += geometry.stride * (-(-too_low // geometry.stride))
        corner -= geometry.stride * (-(-too_high // geometry.stride))
        return np.column_stack([chosen[:, 0], corner])

    def _index(self, corners: np.ndarray, turns: np.ndarray, places: np.ndarray) -> torch.Tensor:
        """`(b, k, k)` indices into the flat arrays: the pixels at `places` along both sides of each patch."""
        last = self.geometry.width - 1
        down = np.where(turns[:, None] & 1, last - places, places)[:, :, None]
        right = np.where(turns[:, None] & 2, last - places, places)[:, None, :]
        down, right = np.broadcast_arrays(down, right)
        turned = (turns & 4).astype(bool)[:, None, None]
        rows = np.where(turned, right, down) + corners[:, 1, None, None]
        columns = np.where(turned, down, right) + corners[:, 2, None, None]
        which = corners[:, 0, None, None]
        return torch.from_numpy(self._starts[which] + rows * self._widths[which] + columns)

    def _check(self) -> None:
        if not len(self._labeled[0]):
            raise TrainingError(
                "no positive label on any micrograph", "at least one", "label a few particles"
            )
        if not (self._kinds == UNLABELED).any():
            raise TrainingError(
                "labels that cover every pixel",
                "unlabeled places",
                "reduce the positive radius or label less",
            )


def _padded(
    micrograph: LabeledMicrograph, geometry: Geometry, radius: float
) -> tuple[np.ndarray, np.ndarray]:
    """Image (float16: it halves the memory, and its values are within ±10) and kinds of pixels, padded."""
    height, width = micrograph.image.shape
    # What is smaller than a patch grows to the right and downwards.
    room = geometry.width + geometry.stride - 2 * geometry.margin
    after = [max(geometry.margin, geometry.margin + room - size) for size in (height, width)]
    padding = [(geometry.margin, after[0]), (geometry.margin, after[1])]
    image = np.pad(micrograph.image, padding, mode="reflect").astype(np.float16)
    kinds = kinds_of_pixels((height, width), micrograph.positives, micrograph.negatives, radius)
    kinds = np.pad(kinds, padding, constant_values=IGNORED)
    return image, kinds


def _where(padded: list[tuple[np.ndarray, np.ndarray]], kind: int) -> np.ndarray:
    """`(n, 3)` micrograph, row, column of all pixels of a kind."""
    found = [np.column_stack(np.nonzero(kinds == kind)) for _, kinds in padded]
    return np.concatenate([np.insert(pixels, 0, which, axis=1) for which, pixels in enumerate(found)])
