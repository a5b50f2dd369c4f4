"""Non-maximum suppression: from a score map to picks that keep their distance.

Source: the greedy suppression of Bepler et al. 2019, Online Methods: the best point is a pick, all points within the
radius are removed, and so on. Candidates are local maxima, so the slope of a removed particle is never a
pick. In two dimensions: an edge is an edge. Scores that are not finite are never picks. It never imports torch.
"""

import numpy as np
from scipy.spatial import cKDTree

# Such a part of a map stays in the cache.
_ROWS_AT_ONCE = 64


def local_maxima(scores: np.ndarray) -> np.ndarray:
    """`(n, 2)` row, column of the sites that none of their eight neighbours exceeds, in order of the index.

    Of equal neighbours the earlier counts: a plateau gives one site or a few, not all of it, so that a map
    without any structure is not covered with picks.
    """
    height, width = scores.shape
    known = np.full((height + 2, width + 2), -np.inf, scores.dtype)
    np.copyto(known[1:-1, 1:-1], scores, where=np.isfinite(scores))
    found = np.empty(scores.shape, bool)
    for top in range(0, height, _ROWS_AT_ONCE):
        found[top : top + _ROWS_AT_ONCE] = _are_maxima(known[top : top + _ROWS_AT_ONCE + 2])
    return np.column_stack(np.divmod(np.flatnonzero(found), width))


def _are_maxima(known: np.ndarray) -> np.ndarray:
    """Whether each site exceeds those of its neighbours that come before it, and is not exceeded by those after.

    Args:
        known: scores, with one more site on each side.
    """
    left, middle, right = known[:, :-2], known[:, 1:-1], known[:, 2:]
    across = np.maximum(np.maximum(left, right), middle)
    before = np.maximum(across[:-2], left[1:-1])
    after = np.maximum(across[2:], right[1:-1])
    return (middle[1:-1] > before) & (middle[1:-1] >= after)


def refine(scores: np.ndarray, peaks: np.ndarray) -> np.ndarray:
    """Centres of local maxima between the sites: the vertex of a parabola through three mean scores each way.

    Args:
        scores: the map; neighbours that are not finite count as the peak itself.
        peaks: `(n, 2)` row, column.

    Returns:
        `(n, 2)` float x, y in sites, at most 0.75 from the peak.
    """
    reach = np.arange(-1, 2)
    rows = np.clip(peaks[:, 0, None] + reach, 0, scores.shape[0] - 1)
    columns = np.clip(peaks[:, 1, None] + reach, 0, scores.shape[1] - 1)
    around = scores[rows[:, :, None], columns[:, None, :]].astype(np.float64)
    around = np.where(np.isfinite(around), around, around[:, 1:2, 1:2])
    shift = np.stack([_vertex(around.mean(axis=1)), _vertex(around.mean(axis=2))], axis=1)
    return peaks[:, ::-1] + np.clip(shift, -0.75, 0.75)


def suppress(xy: np.ndarray, scores: np.ndarray, radius: float) -> np.ndarray:
    """Greedy suppression of points: indices of those kept, by falling score; ties by index.

    Args:
        xy: `(n, 2)` points.
        scores: `(n,)`, none of them NaN.
        radius: no two kept points are closer than this.
    """
    order = np.argsort(-scores, kind="stable")
    if len(order) < 2 or radius <= 0:
        return order
    # A tree that is built fast pays: it is asked once.
    tree = cKDTree(xy[order], balanced_tree=False, compact_nodes=False)
    # Closer than the radius: a pair at exactly the radius may stay.
    better, worse = tree.query_pairs(np.nextafter(radius, 0), output_type="ndarray").T
    kept = np.ones(len(order), bool)
    while len(better):
        is_decided = np.ones(len(order), bool)
        is_decided[worse] = False
        # Nothing better is near these any more, so that they are picks, and what is near them is not.
        kept[worse[is_decided[better]]] = False
        is_open = kept[better] & kept[worse]
        better, worse = better[is_open], worse[is_open]
    return order[kept]


def _vertex(values: np.ndarray) -> np.ndarray:
    """Place of the vertex of the parabola through `(n, 3)` values at -1, 0, 1; 0 where it is no maximum."""
    slope = (values[:, 2] - values[:, 0]) / 2
    bend = values[:, 0] - 2 * values[:, 1] + values[:, 2]
    return np.where(bend < 0, -slope / np.where(bend < 0, bend, 1), 0)
