"""How good picks are against a truth: one-to-one matching, precision, recall, average precision.

A pick can be true for one particle only and a particle can be found by one pick only, whatever lies within
the distance; of several picks on one particle one is true. It never counts nearest neighbours.

Precision P = true / picks, recall R = true / particles, F1 their harmonic mean. Average precision is the
step-wise sum of (R_i - R_{i-1}) P_i over the distinct scores, without interpolation, the measure of
Bepler et al., Nat Methods 16, 1153 (2019), Methods.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import min_weight_full_bipartite_matching
from scipy.spatial import cKDTree

from topazcore.coordinates import Coordinates
from topazcore.errors import CoordinateError


def match(xy_a: np.ndarray, xy_b: np.ndarray, distance: float) -> np.ndarray:
    """One-to-one pairs of points at most `distance` apart: as many as possible, then as close as possible.

    Args:
        xy_a: `(n, 2)` float array of x, y.
        xy_b: `(k, 2)` float array of x, y in the same unit.
        distance: in that unit, inclusive.

    Returns:
        `(m, 2)` int array of row numbers in `xy_a` and `xy_b`, rising in the first.
    """
    rows, columns, lengths = _edges(xy_a, xy_b, distance)
    if not len(rows):
        return np.empty((0, 2), dtype=np.intp)
    used, rows = np.unique(rows, return_inverse=True)
    count = len(used)
    # Every point of `a` may also take a partner of its own at a price above all real ones together: so a full
    # matching always exists, and the cheapest has the most real pairs. The 1 keeps zero distances stored.
    price = (count + 1) * (distance + 1)
    graph = coo_array(
        (
            np.concatenate([lengths + 1, np.full(count, price)]),
            (
                np.concatenate([rows, np.arange(count)]),
                np.concatenate([columns, len(xy_b) + np.arange(count)]),
            ),
        ),
        shape=(count, len(xy_b) + count),
    )
    chosen_rows, chosen = min_weight_full_bipartite_matching(graph.tocsr())
    real = chosen < len(xy_b)
    return np.column_stack([used[chosen_rows[real]], chosen[real]]).astype(np.intp)


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
            true[falling] = _true_in_order(picks.xy[falling], particles[name].xy, distance_px)
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


class _GrowingMatching:
    """A largest matching that takes its left side one by one (Kuhn's augmenting paths, breadth first)."""

    def __init__(self, right_count: int):
        self._candidates: dict[int, list[int]] = {}
        self._right_of: dict[int, int] = {}
        self._left_of = [-1] * right_count
        self._closed = bytearray(right_count)

    def add(self, left: int, candidates: list[int]) -> bool:
        """Whether the matching grew by `left`, whose possible partners are `candidates`, the best first."""
        self._candidates[left] = candidates
        reached: dict[int, int] = {}
        queue = [left]
        for current in queue:
            for right in self._candidates[current]:
                if right in reached or self._closed[right]:
                    continue
                reached[right] = current
                if self._left_of[right] < 0:
                    self._flip(right, reached)
                    return True
                queue.append(self._left_of[right])
        for right in reached:  # No free partner can be reached from here, now or later: never look again.
            self._closed[right] = 1
        return False

    def _flip(self, right: int, reached: dict[int, int]) -> None:
        """Give `right` to who reached it, whose old partner goes to who reached that, and so on."""
        while right >= 0:
            left = reached[right]
            previous = self._right_of.get(left, -1)
            self._right_of[left], self._left_of[right] = right, left
            right = previous


def _edges(xy_a: np.ndarray, xy_b: np.ndarray, distance: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Row in `a`, row in `b` and length of every pair within `distance`."""
    if not len(xy_a) or not len(xy_b):
        return np.empty(0, int), np.empty(0, int), np.empty(0)
    pairs = cKDTree(xy_a).sparse_distance_matrix(cKDTree(xy_b), distance, output_type="ndarray")
    return pairs["i"], pairs["j"], pairs["v"]


def _true_in_order(xy: np.ndarray, particles: np.ndarray, distance: float) -> np.ndarray:
    """`(n,)` bool: for points in order of importance, whether each makes the matching grow."""
    rows, columns, lengths = _edges(xy, particles, distance)
    order = np.lexsort((lengths, rows))
    starts = np.searchsorted(rows[order], np.arange(len(xy) + 1))
    nearest = columns[order].tolist()
    matching = _GrowingMatching(len(particles))
    return np.array(
        [matching.add(row, nearest[starts[row] : starts[row + 1]]) for row in range(len(xy))], dtype=bool
    )


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
