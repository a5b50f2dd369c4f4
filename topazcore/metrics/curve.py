"""The precision-recall curve of picks, and the thresholds that it answers for.

Precision P = true / picks, recall R = true / particles, F1 their harmonic mean. Average precision is the
step-wise sum of (R_i - R_{i-1}) P_i over the distinct scores, without interpolation, the measure of
Bepler et al., Nat Methods 16, 1153 (2019), Methods. Particles without a label in the truth make precision a lower
bound: nothing here can know of them.
"""

import math
from dataclasses import dataclass

import numpy as np

from topazcore.coordinates import Coordinates
from topazcore.errors import CoordinateError
from topazcore.metrics.matching import true_in_order


@dataclass(frozen=True)
class Curve:
    """Precision and recall as the threshold falls through the distinct scores.

    Args:
        threshold: `(n,)` falling; picks with score >= threshold are kept.
        picks: `(n,)` how many those are.
        true: `(n,)` the size of the largest one-to-one matching of those with the truth.
        truth: number of particles.
    """

    threshold: np.ndarray
    picks: np.ndarray
    true: np.ndarray
    truth: int

    @property
    def precision(self) -> np.ndarray:
        return self.true / self.picks

    @property
    def recall(self) -> np.ndarray:
        return self.true / self.truth if self.truth else np.full(len(self.true), np.nan)

    @property
    def f1(self) -> np.ndarray:
        return 2 * self.true / (self.picks + self.truth)

    @property
    def average_precision(self) -> float:
        return float(np.sum(np.diff(self.recall, prepend=0.0) * self.precision)) if self.truth else math.nan

    def threshold_for_precision(self, wanted: float) -> float | None:
        """The lowest threshold whose precision is at least `wanted`, so that most is found; None if none is."""
        return self._threshold_at(np.flatnonzero(self.precision >= wanted)[-1:])

    def threshold_for_recall(self, wanted: float) -> float | None:
        """The highest threshold whose recall is at least `wanted`, so that least is wrong; None if none is."""
        return self._threshold_at(np.flatnonzero(self.recall >= wanted)[:1])

    def _threshold_at(self, places: np.ndarray) -> float | None:
        known = self.threshold[places]
        return float(known[0]) if len(known) and math.isfinite(known[0]) else None

    def as_dict(self) -> dict[str, list[float | None]]:
        """Columns of one row per distinct score, ready for JSON: None for what is not defined."""
        names = ("threshold", "picks", "true", "precision", "recall", "f1")
        return {name: [_or_none(value) for value in getattr(self, name).tolist()] for name in names}

    def at(self, threshold: float) -> tuple[int, int]:
        """Number of picks and of true ones at any threshold."""
        kept = int(np.searchsorted(-self.threshold, -threshold, side="right"))
        return (int(self.picks[kept - 1]), int(self.true[kept - 1])) if kept else (0, 0)


def precision_recall(picks: Coordinates, truth: Coordinates, *, distance_px: float) -> Curve:
    """The exact curve: at every threshold the largest one-to-one matching of the picks kept there.

    Picks enter by falling score. A matching of the earlier ones that cannot grow by the new pick never can
    again, and one that grows keeps all its picks matched: so a pick is true or false once for all thresholds.
    Picks without scores are one point of the curve, at an infinite threshold.

    Raises:
        CoordinateError: some picks have a score and some have none.
    """
    scores = _scores(picks)
    true = np.zeros(len(picks), dtype=bool)
    particles = truth.by_micrograph()
    for name, rows in picks.rows_by_micrograph().items():
        if name in particles:
            falling = rows[np.argsort(-scores[rows], kind="stable")]
            true[falling] = true_in_order(picks.xy[falling], particles[name].xy, distance_px)
    falling = np.argsort(-scores, kind="stable")
    ranked = scores[falling]
    last = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True)[: len(ranked)])
    return Curve(ranked[last], last + 1, np.cumsum(true[falling])[last], len(truth))


def _scores(picks: Coordinates) -> np.ndarray:
    missing = int(np.isnan(picks.score).sum())
    if missing == len(picks):
        return np.full(len(picks), np.inf)
    if missing:
        raise CoordinateError(
            f"{missing} of {len(picks)} picks without a score",
            "a score for all of them or for none",
            "evaluate picks and labels apart",
        )
    return picks.score


def _or_none(value: float) -> float | None:
    return value if math.isfinite(value) else None
