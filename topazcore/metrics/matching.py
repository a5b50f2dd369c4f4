"""Points matched one to one within a distance: as many as possible, never nearest neighbours.

A pick can be true for one particle only and a particle can be found by one pick only, whatever lies within the
distance; of several picks on one particle one is true. Only pairs within the distance are ever held: memory grows
with those, never with the product of both counts.
"""

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import min_weight_full_bipartite_matching
from scipy.spatial import cKDTree


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


def true_in_order(xy: np.ndarray, particles: np.ndarray, distance: float) -> np.ndarray:
    """`(n,)` bool: for points in order of importance, whether each makes the matching grow."""
    rows, columns, lengths = _edges(xy, particles, distance)
    order = np.lexsort((lengths, rows))
    starts = np.searchsorted(rows[order], np.arange(len(xy) + 1))
    nearest = columns[order].tolist()
    matching = _GrowingMatching(len(particles))
    return np.array(
        [matching.add(row, nearest[starts[row] : starts[row + 1]]) for row in range(len(xy))], dtype=bool
    )


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
