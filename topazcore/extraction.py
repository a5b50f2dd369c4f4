"""From a map of scores to picks in full-size pixels: which peaks may be picks, and which of them are.

Source: greedy suppression as in Bepler et al. 2019, Online Methods, on refined centres, in pixels of the full-size
micrograph, so that the distance between two picks is what was asked for whatever the map's spacing. What
must not be picked (exclusions, the edge margin) goes first: it never suppresses a particle beside it. It never
imports torch.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from topazcore.config import TrainingSettings
from topazcore.exclusions import Polygon, contains, mask
from topazcore.preprocess import Downsampling
from topazcore.suppression import local_maxima, refine, suppress

# Picks kept for every one expected, and at least so many: enough to see where they turn into noise.
KEPT_PER_EXPECTED, KEPT_AT_LEAST = 4, 100


@dataclass(frozen=True)
class Picks:
    """`xy` float64 `(n, 2)` x, y in full-size px and `score` float64 `(n,)`, sorted by falling score."""

    xy: np.ndarray
    score: np.ndarray

    def __len__(self) -> int:
        return len(self.score)

    @property
    def count(self) -> int:
        """How many lie at or above the default threshold, 0."""
        return int(np.count_nonzero(self.score >= 0))

    @property
    def mean_score(self) -> float | None:
        """The mean score of those, to what is shown of it; None where there is none."""
        return round(float(self.score[: self.count].mean()), 4) if self.count else None

    def as_array(self) -> np.ndarray:
        """float32 `(n, 3)` of x, y, score."""
        return np.column_stack([self.xy, self.score]).astype(np.float32)


@dataclass(frozen=True)
class Rules:
    """Where the picks of one micrograph may lie; all lengths in its full-size pixels.

    Args:
        min_distance_px: no two picks are closer; 0 keeps all peaks.
        edge_margin_px: no pick is closer to an edge, that is to the centre of an outermost pixel.
        exclusions: polygons of `(n, 2)` x, y without picks.
        exclusion_margin_px: nor is any pick so close to one of them.
    """

    min_distance_px: float
    edge_margin_px: float = 0.0
    exclusions: Sequence[Polygon] = ()
    exclusion_margin_px: float = 0.0

    def allow(self, xy: np.ndarray, frame: Downsampling) -> np.ndarray:
        """bool `(n,)`: which of `(n, 2)` x, y may be picks."""
        inside = self._within(xy[:, 0], frame.width) & self._within(xy[:, 1], frame.height)
        return inside & ~contains(self.exclusions, xy, self.exclusion_margin_px)

    def share(self, frame: Downsampling) -> float:
        """The part of a micrograph's downsampled pixels that may hold picks."""
        scales = frame.scale_x, frame.scale_y
        shape = frame.height_ds, frame.width_ds
        free = ~mask(self.exclusions, shape, *scales, self.exclusion_margin_px)
        columns, rows = (np.arange(size) * scale for size, scale in zip(shape[::-1], scales, strict=True))
        free &= self._within(columns, frame.width) & self._within(rows, frame.height)[:, None]
        return float(free.mean())

    def _within(self, places: np.ndarray, size: int) -> np.ndarray:
        return (places >= self.edge_margin_px) & (places <= size - 1 - self.edge_margin_px)


def rules_for(
    settings: TrainingSettings, pixel_size_angstrom: float, exclusions: Sequence[Polygon] = ()
) -> Rules:
    """The settings' rules on a micrograph of a pixel size (full-size, in Å)."""
    distance = settings.min_distance_angstrom
    if distance is None:
        distance = settings.diameter_angstrom / 2
    return Rules(
        distance / pixel_size_angstrom,
        settings.edge_margin_angstrom / pixel_size_angstrom,
        exclusions,
        settings.exclusion_margin_angstrom / pixel_size_angstrom,
    )


def most_picks(expected: float) -> int:
    """How many picks are kept where so many are expected."""
    return max(KEPT_AT_LEAST, round(KEPT_PER_EXPECTED * expected))


def extract(
    scores: np.ndarray, spacing: float, frame: Downsampling, rules: Rules, most: int | None = None
) -> Picks:
    """The best `most` picks of a map; all of them if that is not given.

    Args:
        scores: (rows, columns); site (i, j) is at downsampled x = spacing * j, y = spacing * i. Those that are
            not finite are never picks.
        frame: of the downsampled image.
    """
    peaks = local_maxima(scores)
    xy = frame.to_full(refine(scores, peaks) * spacing)
    xy = np.clip(xy, 0, (frame.width - 1, frame.height - 1))
    allowed = rules.allow(xy, frame)
    xy, peaks = xy[allowed], peaks[allowed]
    heights = scores[peaks[:, 0], peaks[:, 1]].astype(np.float64)
    kept = suppress(xy, heights, rules.min_distance_px)[:most]
    return Picks(xy[kept], heights[kept])
