"""Dense patches out of micrographs: squares of many sites at once.

Source: the sampling of Bepler et al. 2019, Online Methods, made dense: instead of one crop per site, a patch
gives the classifier a square of sites at once. Half of the patches hold a labeled site at a random place, half
lie anywhere; only these give unlabeled sites, since the others are richer in particles than pi says.
All eight flips and quarter turns, and contrasts. It never reads a file.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from topazcore.sampling.field import Field, LabeledMicrograph, turned_index
from topazcore.sampling.sampler import Batch, Sampler
from topazcore.scratch import Scratch
from topazcore.targets import BACKGROUND, IGNORED, NEGATIVE, POSITIVE, UNLABELED

# With less of the area unlabeled than this, patches are laid where unlabeled sites are.
_SPARSE = 0.5


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


class PatchSampler(Sampler):
    """Draws batches of patches from labeled micrographs.

    Args:
        positive_radius: in downsampled px.
        patches: in a batch.
        scratch: where the micrographs are kept.

    Raises:
        TrainingError: no label lies on a micrograph, or labels and exclusions leave nothing else.
    """

    def __init__(
        self,
        micrographs: Sequence[LabeledMicrograph],
        geometry: Geometry,
        positive_radius: float,
        seed: int,
        contrast_jitter: float = 0.0,
        patches: int = 32,
        scratch: Scratch | None = None,
    ):
        field = Field(
            micrographs, positive_radius, geometry.margin, geometry.width + geometry.stride, scratch
        )
        super().__init__(field, seed, contrast_jitter)
        self.geometry, self._patches = geometry, patches
        # Where every site is told, none is unlabeled: patches that lie anywhere then hold negatives.
        rest = UNLABELED if self._has(UNLABELED) else BACKGROUND
        is_open = field.holds(rest)
        areas = field.areas * is_open
        self._shares = np.cumsum(areas) / areas.sum()
        pixels = is_open @ [micrograph.image.size for micrograph in micrographs]
        self._rest, self._is_sparse = rest, field.count(rest) < _SPARSE * pixels
        field.give_back()

    def draw(self, number: int | None = None) -> Batch:
        """A batch of patches; at least one site is positive."""
        number = number or self._patches
        around = max(1, number // 2)
        corners = np.concatenate([self._around_labels(around), self._anywhere(number - around)])
        turns = self._random.integers(8, size=number)
        geometry, field = self.geometry, self._field
        pixels = np.arange(geometry.width)
        images = field.images[turned_index(field, corners, turns, pixels, geometry.width)]
        sites = geometry.margin + geometry.stride * np.arange(geometry.sites)
        kinds = field.kinds[turned_index(field, corners, turns, sites, geometry.width)]
        kinds[:around][kinds[:around] == UNLABELED] = IGNORED
        field.give_back()
        return Batch(self._jittered(images.unsqueeze(1).float()), kinds)

    def _anywhere(self, number: int) -> np.ndarray:
        """`(number, 3)` micrograph, top, left of patches that lie anywhere on those with unlabeled sites.

        Where exclusions leave little, they lie around unlabeled sites, or most would hold none.
        """
        if self._is_sparse and number:
            return self._holding(self._some(self._rest, number))
        which = np.searchsorted(self._shares, self._random.random(number), side="right")
        room = self._sizes(which) - self.geometry.width + 1
        return np.column_stack([which, self._random.integers(room)])

    def _around_labels(self, number: int) -> np.ndarray:
        """`(number, 3)` micrograph, top, left of patches that have a labeled pixel as a site, at a random place.

        Half of them hold a negative where there are any.
        """
        told, background = self._split(number // 4 if self._has_negatives else 0)
        chosen = np.concatenate(
            [
                self._some(POSITIVE, number - told - background),
                self._some(NEGATIVE, told),
                self._some(BACKGROUND, background),
            ]
        )
        return self._holding(chosen)

    def _holding(self, chosen: np.ndarray) -> np.ndarray:
        """`(n, 3)` micrograph, top, left of patches that have the chosen pixels as sites, at random places."""
        geometry = self.geometry
        place = self._random.integers(geometry.sites, size=(len(chosen), 2))
        corner = chosen[:, 1:] - geometry.margin - geometry.stride * place
        # At a border the label keeps its phase to the sites: moved by whole strides.
        limit = self._sizes(chosen[:, 0]) - geometry.width
        too_low, too_high = np.maximum(0, -corner), np.maximum(0, corner - limit)
        corner += geometry.stride * (-(-too_low // geometry.stride))
        corner -= geometry.stride * (-(-too_high // geometry.stride))
        return np.column_stack([chosen[:, 0], corner])

    def _sizes(self, which: np.ndarray) -> np.ndarray:
        """`(n, 2)` rows and columns of micrographs, with their padding."""
        return np.stack([self._field.heights, self._field.widths], 1)[which]
