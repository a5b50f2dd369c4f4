"""Non-maximum suppression: from a score map to picks that keep their distance.

Source: the greedy suppression of Bepler et al. 2019, Online Methods: the best point is a pick, all points within the
radius are removed, and so on. Candidates are local maxima, so the slope of a removed particle is never a
pick. In two dimensions: an edge is an edge. Scores that are not finite are never picks. It never imports torch.
"""

import numpy as np
from scipy import ndimage
from scipy.spatial import cKDTree

# The neighbours of a site that come before it in the order of the index, and those that come after.
_BEFORE = np.array([[1, 1, 1], [1, 0, 0], [0, 0, 0]], bool)
_AFTER = _BEFORE[::-1, ::-1]


def local_maxima(scores: np.ndarray) -> np.ndarray:
    """`(n, 2)` row, column of the sites that none of their eight neighbours exceeds, in order of the index.

    Of equal neighbours the earlier counts: a plateau gives one site or a few, not all of it, so that a map
    without any structure is not covered with picks.
    """
    known = np.where(np.isfinite(scores), scores, -np.inf)
    before, after = (
        ndimage.maximum_filter(known, footprint=sites, mode="constant", cval=-np.inf)
        for sites in (_BEFORE, _AFTER)
    )
    return np.column_stack(np.nonzero((known > before) & (known >= after)))


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
    # Closer than the radius: a pair at exactly the radius may stay.
    pairs = cKDTree(xy[order]).query_pairs(np.nextafter(radius, 0), output_type="ndarray")
    pairs = pairs[np.lexsort(pairs.T[::-1])]
    starts = np.searchsorted(pairs[:, 0], np.arange(len(order) + 1))
    kept = np.ones(len(order), bool)
    for better in np.unique(pairs[:, 0]):
        if kept[better]:
            kept[pairs[starts[better] : starts[better + 1], 1]] = False
    return order[kept]


def _vertex(values: np.ndarray) -> np.ndarray:
    """Place of the vertex of the parabola through `(n, 3)` values at -1, 0, 1; 0 where it is no maximum."""
    slope = (values[:, 2] - values[:, 0]) / 2
    bend = values[:, 0] - 2 * values[:, 1] + values[:, 2]
    return np.where(bend < 0, -slope / np.where(bend < 0, bend, 1), 0)
