"""Exclusions: regions that a person drew, where nothing is learned and nothing is picked.

An exclusion is a polygon in full-size px. Inside is what its outline winds around, as a canvas fills it: a lasso that
crosses itself leaves no hole. With a margin, what lies within that distance of the outline counts too. Points and
masks obey the same rule exactly. It never reads a file and never imports torch.
"""

from collections.abc import Iterator, Sequence

import numpy as np

Polygon = Sequence[tuple[float, float]]


def contains(exclusions: Sequence[Polygon], xy: np.ndarray, margin_px: float = 0.0) -> np.ndarray:
    """Which points lie in an exclusion, or within the margin of one.

    Args:
        exclusions: polygons of `(n, 2)` x, y in full-size px.
        xy: `(k, 2)` x, y in full-size px.
        margin_px: in full-size px.

    Returns:
        bool `(k,)`.
    """
    x, y = np.reshape(np.asarray(xy, np.float64), (-1, 2)).T
    found = np.zeros(len(x), bool)
    for polygon in exclusions:
        winding = np.zeros(len(x), np.int64)
        for start, end in _edges(polygon):
            winding += _direction(start, end, y) * (_crossing(start, end, y) <= x)
            if margin_px > 0:
                found |= _squared_distance(start, end, x, y) <= margin_px**2
        found |= winding != 0
    return found


def mask(
    exclusions: Sequence[Polygon],
    shape: tuple[int, int],
    scale_x: float = 1.0,
    scale_y: float = 1.0,
    margin_px: float = 0.0,
) -> np.ndarray:
    """Which pixels of a downsampled image have their centre in an exclusion or within the margin of one.

    Args:
        exclusions: polygons of `(n, 2)` x, y in full-size px.
        shape: (height_ds, width_ds).
        scale_x, scale_y: full-size px per downsampled one, as of `Downsampling`.
        margin_px: in full-size px.

    Returns:
        bool (height_ds, width_ds); `contains` at the pixels' centres, in time that does not grow with their product.
    """
    x, y = np.arange(shape[1]) * scale_x, np.arange(shape[0]) * scale_y
    found = np.zeros(shape, bool)
    for polygon in exclusions:
        # By how much the winding number changes on the way to each pixel from its left.
        changes = np.zeros((shape[0], shape[1] + 1), np.int32)
        for start, end in _edges(polygon):
            direction = _direction(start, end, y)
            rows = np.flatnonzero(direction)
            columns = np.searchsorted(x, _crossing(start, end, y[rows]))
            changes[rows, columns] += direction[rows]
            if margin_px > 0:
                _add_margin(found, (start, end), (x, y), margin_px)
        found |= np.cumsum(changes[:, :-1], axis=1) != 0
    return found


def _edges(polygon: Polygon) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    corners = np.asarray(polygon, np.float64)
    return zip(corners, np.roll(corners, -1, axis=0), strict=True)


def _direction(start: np.ndarray, end: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Whether an edge crosses each height going down the image (1), up (-1), or not (0)."""
    return ((start[1] <= y) & (y < end[1])).astype(np.int64) - ((end[1] <= y) & (y < start[1]))


def _crossing(start: np.ndarray, end: np.ndarray, y: np.ndarray) -> np.ndarray:
    """x of an edge's line at each height; of no meaning where the edge is level, which crosses none."""
    rise = end[1] - start[1]
    return start[0] + (y - start[1]) * ((end[0] - start[0]) / rise if rise else 0.0)


def _squared_distance(start: np.ndarray, end: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Of points to an edge; `x` and `y` broadcast."""
    along = end - start
    length = along @ along
    share = ((x - start[0]) * along[0] + (y - start[1]) * along[1]) / (length or 1.0)
    share = np.clip(share, 0, 1)
    return (x - start[0] - share * along[0]) ** 2 + (y - start[1] - share * along[1]) ** 2


def _add_margin(
    found: np.ndarray, edge: tuple[np.ndarray, np.ndarray], axes: tuple[np.ndarray, np.ndarray], margin: float
) -> None:
    """Mark the pixels within `margin` of an edge; only those of its own box are looked at."""
    low, high = np.minimum(*edge) - margin, np.maximum(*edge) + margin
    columns, rows = (
        slice(np.searchsorted(axis, least), np.searchsorted(axis, most, side="right"))
        for axis, least, most in zip(axes, low, high, strict=True)
    )
    x, y = axes[0][columns], axes[1][rows, None]
    found[rows, columns] |= _squared_distance(*edge, x, y) <= margin**2
