"""How far two sets of picks agree, and which picks overlap a given set.

Source: one-to-one matching as for a truth (`metrics.matching`), neither set being one; removal of overlapping
picks is Bepler et al. 2019, Online Methods, where new particles are those that no published one lies near.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from topazcore.coordinates import Coordinates
from topazcore.metrics.matching import match


@dataclass(frozen=True)
class Agreement:
    """Two sets matched one to one.

    Args:
        both: pairs within the distance; `only_a`, `only_b`: points without a partner.
        distances_px: `(both,)` of the pairs.
    """

    both: int
    only_a: int
    only_b: int
    distances_px: np.ndarray

    @property
    def jaccard(self) -> float:
        """Pairs over all different particles; NaN for two empty sets."""
        return _ratio(self.both, self.both + self.only_a + self.only_b)

    @property
    def f1(self) -> float:
        """The harmonic mean of both shares; NaN for two empty sets."""
        return _ratio(2 * self.both, 2 * self.both + self.only_a + self.only_b)

    @property
    def median_distance_px(self) -> float:
        return float(np.median(self.distances_px)) if self.both else math.nan

    def as_dict(self) -> dict[str, float | int | None]:
        """Ready for JSON: None for numbers that are not defined."""
        names = ("both", "only_a", "only_b", "jaccard", "f1", "median_distance_px")
        values = {name: getattr(self, name) for name in names}
        return {name: value if math.isfinite(value) else None for name, value in values.items()}


def agreement(a: Coordinates, b: Coordinates, *, distance_px: float) -> dict[str, Agreement]:
    """The agreement on each micrograph that either set names, those of `a` first; scores play no part."""
    in_a, in_b, nothing = a.by_micrograph(), b.by_micrograph(), Coordinates.empty()
    return {
        name: _agreement(in_a.get(name, nothing).xy, in_b.get(name, nothing).xy, distance_px)
        for name in dict.fromkeys([*in_a, *in_b])
    }


def total_agreement(parts: Iterable[Agreement]) -> Agreement:
    """Counts and distances of all micrographs together."""
    parts = list(parts)
    counts = (sum(getattr(part, name) for part in parts) for name in ("both", "only_a", "only_b"))
    return Agreement(*counts, np.concatenate([np.empty(0), *(part.distances_px for part in parts)]))


def overlaps(picks: Coordinates, given: Coordinates, *, distance_px: float) -> np.ndarray:
    """`(n,)` bool: which picks lie at most `distance_px` from any point of `given` on the same micrograph."""
    near = np.zeros(len(picks), dtype=bool)
    points = given.by_micrograph()
    for name, rows in picks.rows_by_micrograph().items():
        if name in points:
            nearest, _ = cKDTree(points[name].xy).query(picks.xy[rows])
            near[rows] = nearest <= distance_px
    return near


def _agreement(a: np.ndarray, b: np.ndarray, distance_px: float) -> Agreement:
    pairs = match(a, b, distance_px)
    distances = np.linalg.norm(a[pairs[:, 0]] - b[pairs[:, 1]], axis=1)
    return Agreement(len(pairs), len(a) - len(pairs), len(b) - len(pairs), distances)


def _ratio(part: int, whole: int) -> float:
    return part / whole if whole else math.nan
