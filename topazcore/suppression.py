"""Non-maximum suppression: from a score map to picks that keep their distance.

Source: the greedy suppression of Bepler et al. 2019, Online Methods: the best site is a pick, all sites within the
radius are removed, and so on. Here without a walk over the sites: only local maxima can be picks among
sites that are no plateau, so these are found first and then thinned greedily. Exact, in two dimensions: an edge is
an edge. NaN and -inf are never picks. It never imports torch.
"""

import numpy as np
from scipy import ndimage
from scipy.spatial import cKDTree


def local_maxima(scores: np.ndarray, floor: float = -np.inf) -> np.ndarray:
    """`(n, 2)` row, column of finite sites above `floor` that none of their eight neighbours exceeds.

    All sites of a plateau count. In order of the index.
    """
    known = np.where(np.isnan(scores), -np.inf, scores)
    highest = ndimage.maximum_filter(known, size=3, mode="constant", cval=-np.inf)
    return np.column_stack(np.nonzero((known >= highest) & np.isfinite(known) & (known > floor)))


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
