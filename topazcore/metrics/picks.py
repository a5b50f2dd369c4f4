"""How good picks are against a truth: one-to-one matching, precision, recall, average precision.

The numbers are those of `metrics.curve` at one threshold, with what matching adds. Where the truth names only
some of the particles, precision and average precision are lower bounds.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from topazcore.coordinates import Coordinates
from topazcore.metrics.curve import precision_recall
from topazcore.metrics.matching import match


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


def inside(coordinates: Coordinates, margin_px: float, sizes: Mapping[str, tuple[int, int]]) -> np.ndarray:
    """`(n,)` bool: which centres are at least `margin_px` away from every edge of their micrograph.

    Args:
        sizes: micrograph name to (height, width) in px.
    """
    size = np.array([sizes[name] for name in coordinates.micrograph], dtype=float).reshape(-1, 2)
    low = np.minimum(coordinates.x, coordinates.y) >= margin_px
    return low & (coordinates.x <= size[:, 1] - 1 - margin_px) & (coordinates.y <= size[:, 0] - 1 - margin_px)


def _matched_distances(picks: Coordinates, truth: Coordinates, distance: float) -> np.ndarray:
    return np.concatenate([np.empty(0), *_distances_by_micrograph(picks, truth, distance)])


def _distances_by_micrograph(picks: Coordinates, truth: Coordinates, distance: float) -> Iterator[np.ndarray]:
    particles = truth.by_micrograph()
    for name, found in picks.by_micrograph().items():
        if name in particles:
            xy, goal = found.xy, particles[name].xy
            pairs = match(xy, goal, distance)
            yield np.linalg.norm(xy[pairs[:, 0]] - goal[pairs[:, 1]], axis=1)
