"""The paper's sampling: one site per crop, as wide as the classifier looks.

Source: Bepler et al. 2019, Online Methods: minibatches of a fixed share of positive sites, the rest drawn uniformly
from the unlabeled ones, turned and mirrored. Turns are by quarters, or by any angle: then each pixel is read between
four of the micrograph itself, so that no corner of a turned crop is missing. It never reads a file.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from topazcore.sampling.field import Field, LabeledMicrograph, turned_index
from topazcore.sampling.sampler import Batch, Sampler
from topazcore.scratch import Scratch
from topazcore.targets import BACKGROUND, NEGATIVE, POSITIVE, UNLABELED

# Crops cut together: bounds the memory of their indices.
_AT_ONCE = 256


@dataclass(frozen=True)
class CropPlan:
    """What a batch of crops is made of.

    Args:
        width: of a crop in px, odd: the classifier's receptive field.
        crops: in a batch, two or more.
        positive_share: of them.
        any_angle: turned by any angle instead of quarters.
        contrast_jitter: as for `Sampler`.
    """

    width: int
    crops: int = 256
    positive_share: float = 1 / 16
    any_angle: bool = False
    contrast_jitter: float = 0.0

    @property
    def margin(self) -> int:
        """Pixels from a crop's edge to its site."""
        return (self.width - 1) // 2

    @property
    def reach(self) -> int:
        """Pixels from a site to the farthest that its crop reads along an axis."""
        return math.ceil(self.margin * math.sqrt(2)) + 1 if self.any_angle else self.margin


class CropSampler(Sampler):
    """Draws batches of crops of one site each: `kinds` is (b, 1, 1).

    Where there are labeled negatives they get as many crops as the positives, since the objective weighs the means
    of both alike; the unlabeled ones make room for them.

    Args:
        positive_radius: in downsampled px.
        scratch: where the micrographs are kept.

    Raises:
        TrainingError: no label lies on a micrograph, or labels and exclusions leave nothing else.
    """

    def __init__(
        self,
        micrographs: Sequence[LabeledMicrograph],
        plan: CropPlan,
        positive_radius: float,
        seed: int,
        scratch: Scratch | None = None,
    ):
        field = Field(micrographs, positive_radius, plan.reach, scratch=scratch)
        super().__init__(field, seed, plan.contrast_jitter)
        self.plan = plan
        field.give_back()

    def draw(self, number: int | None = None) -> Batch:
        """A batch of crops; at least one is positive."""
        counts = self._counts(number or self.plan.crops)
        sites = np.concatenate([self._some(kind, count) for kind, count in counts.items()])
        kinds = np.repeat(np.array(list(counts), np.int8), list(counts.values()))
        images = self._jittered(self._cut(sites).unsqueeze(1))
        self._field.give_back()
        return Batch(images, torch.from_numpy(kinds)[:, None, None])

    def _counts(self, number: int) -> dict[int, int]:
        """How many crops of each kind make a batch of `number`."""
        positive = min(max(1, round(self.plan.positive_share * number)), max(1, number - 1))
        others = number - positive
        negative = min(positive, others // 2) if self._has_negatives else 0
        told, background = self._split(negative if self._has(UNLABELED) else others)
        rest = others - told - background
        return {POSITIVE: positive, NEGATIVE: told, BACKGROUND: background, UNLABELED: rest}

    def _cut(self, sites: np.ndarray) -> torch.Tensor:
        """float32 `(n, width, width)` around sites, each turned and mirrored at random."""
        if self.plan.any_angle:
            turns = self._random.uniform(0, 2 * math.pi, len(sites))
            mirrored = self._random.integers(2, size=len(sites))
            parts = [
                _turned(self._field, sites[part], turns[part], mirrored[part], self.plan.margin)
                for part in _parts(len(sites))
            ]
        else:
            turns = self._random.integers(8, size=len(sites))
            parts = [self._quarter_turned(sites[part], turns[part]) for part in _parts(len(sites))]
        return torch.cat(parts)

    def _quarter_turned(self, sites: np.ndarray, turns: np.ndarray) -> torch.Tensor:
        corners = sites - (0, self.plan.margin, self.plan.margin)
        pixels = np.arange(self.plan.width)
        return self._field.images[turned_index(self._field, corners, turns, pixels, self.plan.width)].float()


def _parts(number: int) -> list[slice]:
    return [slice(start, start + _AT_ONCE) for start in range(0, number, _AT_ONCE)]


def _turned(
    field: Field, sites: np.ndarray, angles: np.ndarray, mirrored: np.ndarray, margin: int
) -> torch.Tensor:
    """float32 `(n, width, width)` around sites, mirrored where told, turned by angles in radians; bilinear."""
    steps = np.arange(-margin, margin + 1, dtype=np.float32)
    sine, cosine = (wave(angles).astype(np.float32)[:, None, None] for wave in (np.sin, np.cos))
    right = np.where(mirrored, -1, 1).astype(np.float32)[:, None, None] * steps
    down = steps[:, None]
    rows, columns = sine * right + cosine * down, cosine * right - sine * down
    top, left = np.floor(rows), np.floor(columns)
    low, near = torch.from_numpy(rows - top), torch.from_numpy(columns - left)
    which = sites[:, 0, None, None]
    at = torch.from_numpy(
        field.index(
            which,
            top.astype(np.int64) + sites[:, 1, None, None],
            left.astype(np.int64) + sites[:, 2, None, None],
        )
    )
    below = torch.from_numpy(field.widths[which])
    upper = torch.lerp(field.images[at].float(), field.images[at + 1].float(), near)
    lower = torch.lerp(field.images[at + below].float(), field.images[at + below + 1].float(), near)
    return torch.lerp(upper, lower, low)
