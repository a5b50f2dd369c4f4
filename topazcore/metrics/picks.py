"""How good picks are against a truth: one-to-one matching, precision, recall, average precision.

Precision P = true / picks, recall R = true / particles, F1 their harmonic mean. Average precision is the
step-wise sum of (R_i - R_{i-1}) P_i over the distinct scores, without interpolation, the measure of
Bepler et al., Nat Methods 16, 1153 (2019), Methods.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from topazcore.coordinates import Coordinates
from topazcore.errors import CoordinateError
from topazcore.metrics.matching import match, true_in_order


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

    def at(self, threshold: float) -> tuple[int, int]:
        """Number of picks and of true ones at any threshold."""
        kept = int(np.searchsorted(-self.threshold, -threshold, side="right"))
        return (int(self.picks[kept - 1]), int(self.true[kept - 1])) if kept else (0, 0)


@dataclass(frozen=True)
class Evaluation:
    """Numbers about one set of picks. NaN where a number is not defined, as precision without a pick.

    Args:
        average_precision: over all scores; NaN for picks without scores.
        best_f1, best_f1_threshold: the highest F1 of the curve, and the lowest score it keeps.
        threshold: the one that the following hold for.
        precision, recall, f1: at `threshold`.
        picks, truth, matched: counts at `threshold`.
        scored_picks: all picks, also those below `threshold`.
        micrographs: how many were compared.
        median_distance_px: of the matched pairs at `threshold`.
    """

    average_precision: float
    best_f1: float
    best_f1_threshold: float
    threshold: float
    precision: float
    recall: float
    f1: float
    picks: int
    truth: int
    matched: int
    scored_picks: int
    micrographs: int
    median_distance_px: float

    def as_dict(self) -> dict[str, float | int | None]:
        """Ready for JSON: None for numbers that are not defined."""
        return {key: value if math.isfinite(value) else None for key, value in vars(self).items()}


def evaluate(
    picks: Coordinates, truth: Coordinates, *, distance_px: float, threshold: float = 0.0
) -> Evaluation:
    """Compare picks with the truth, micrograph by micrograph.

    Micrographs without picks count as missed and those without truth as wrong: choose the rows before.

    Args:
        distance_px: the largest distance of a pick from the particle that it finds.
        threshold: picks with a lower score do not count in what is reported at the threshold.

    Raises:
        CoordinateError: some picks have a score and some have none.
    """
    curve = precision_recall(picks, truth, distance_px=distance_px)
    scored = len(picks) > 0 and math.isfinite(curve.threshold[0])
    kept, matched = curve.at(threshold)
    best = int(np.argmax(curve.f1)) if scored else None
    distances = _matched_distances(
        picks.select(picks.score >= threshold) if scored else picks, truth, distance_px
    )
    return Evaluation(
        average_precision=curve.average_precision if scored else math.nan,
        best_f1=float(curve.f1[best]) if scored else math.nan,
        best_f1_threshold=float(curve.threshold[best]) if scored else math.nan,
        threshold=threshold,
        precision=matched / kept if kept else math.nan,
        recall=matched / len(truth) if len(truth) else math.nan,
        f1=2 * matched / (kept + len(truth)) if kept or len(truth) else math.nan,
        picks=kept,
        truth=len(truth),
        matched=matched,
        scored_picks=len(picks),
        micrographs=len({*picks.names(), *truth.names()}),
        median_distance_px=float(np.median(distances)) if len(distances) else math.nan,
    )


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


def inside(coordinates: Coordinates, margin_px: float, sizes: Mapping[str, tuple[int, int]]) -> np.ndarray:
    """`(n,)` bool: which centres are at least `margin_px` away from every edge of their micrograph.

    Args:
        sizes: micrograph name to (height, width) in px.
    """
    size = np.array([sizes[name] for name in coordinates.micrograph], dtype=float).reshape(-1, 2)
    low = np.minimum(coordinates.x, coordinates.y) >= margin_px
    return low & (coordinates.x <= size[:, 1] - 1 - margin_px) & (coordinates.y <= size[:, 0] - 1 - margin_px)


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


def _matched_distances(picks: Coordinates, truth: Coordinates, distance: float) -> np.ndarray:
    return np.concatenate([np.empty(0), *_distances_by_micrograph(picks, truth, distance)])


def _distances_by_micrograph(picks: Coordinates, truth: Coordinates, distance: float) -> Iterator[np.ndarray]:
    particles = truth.by_micrograph()
    for name, found in picks.by_micrograph().items():
        if name in particles:
            xy, goal = found.xy, particles[name].xy
            pairs = match(xy, goal, distance)
            yield np.linalg.norm(xy[pairs[:, 0]] - goal[pairs[:, 1]], axis=1)
