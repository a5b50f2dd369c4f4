"""What every sampler is: a source of batches with a random state that can be kept and restored.

It knows no training and no network, and never reads a file.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
import torch

from topazcore.errors import TrainingError
from topazcore.sampling.field import Field
from topazcore.targets import BACKGROUND, NEGATIVE, POSITIVE, UNLABELED


@dataclass(frozen=True)
class Batch:
    """`images` float32 (b, 1, width, width); `kinds` int8 (b, sites, sites), of `targets`."""

    images: torch.Tensor
    kinds: torch.Tensor


class Sampler(ABC):
    """Draws batches from a field of sites. The same seed gives the same batches.

    Args:
        field: the micrographs.
        seed: of numpy's generator.
        contrast_jitter: spread of the logarithm of the contrast that each image is given.

    Raises:
        TrainingError: no site is positive, or labels and exclusions leave no other.
    """

    def __init__(self, field: Field, seed: int, contrast_jitter: float):
        self._field, self._contrast_jitter = field, contrast_jitter
        self._random = np.random.default_rng(seed)
        self._pools = {kind: field.pool(kind) for kind in (POSITIVE, NEGATIVE, BACKGROUND, UNLABELED)}
        self._check()

    @abstractmethod
    def draw(self, number: int | None = None) -> Batch:
        """A batch of `number` images, or of as many as the sampler was made for; one site at least is positive."""

    def state(self) -> dict:
        """What the next batches depend on, ready for JSON; see `restore`."""
        return self._random.bit_generator.state

    def restore(self, state: dict) -> None:
        """Go on as the sampler that gave `state` would."""
        self._random.bit_generator.state = state

    @property
    def observed(self) -> float:
        """The fraction of positive pixels among all that count."""
        return self._field.observed

    def _some(self, kind: int, number: int) -> np.ndarray:
        """`(number, 3)` micrograph, row, column of pixels of a kind, drawn with replacement."""
        pool = self._pools[kind]
        return self._field.sites(pool[self._random.integers(max(1, len(pool)), size=number)])

    def _split(self, number: int) -> tuple[int, int]:
        """How many of `number` negatives a person named, and how many are background of complete micrographs."""
        background = number // 2 if self._has(NEGATIVE) else number
        background = background if self._has(BACKGROUND) else 0
        return number - background, background

    def _has(self, kind: int) -> bool:
        return len(self._pools[kind]) > 0

    @property
    def _has_negatives(self) -> bool:
        return self._has(NEGATIVE) or self._has(BACKGROUND)

    def _jittered(self, images: torch.Tensor) -> torch.Tensor:
        """Each image with a contrast and, half as far, a brightness of its own.

        Labels are often on one micrograph, while defocus and ice make every micrograph's contrast another.
        """
        if not self._contrast_jitter:
            return images
        contrast, brightness = self._random.normal(0, self._contrast_jitter, (2, len(images), 1, 1, 1))
        factors, shifts = np.exp(contrast).astype(np.float32), (brightness / 2).astype(np.float32)
        return images * torch.from_numpy(factors) + torch.from_numpy(shifts)

    def _check(self) -> None:
        if not self._has(POSITIVE):
            raise TrainingError(
                "no positive label on any micrograph", "at least one", "label a few particles"
            )
        if not (self._has(UNLABELED) or self._has(BACKGROUND)):
            raise TrainingError(
                "labels or exclusions that cover every pixel",
                "unlabeled places",
                "reduce the positive radius, label less or exclude less",
            )
