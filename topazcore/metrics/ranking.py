"""How well scores rank positives above the rest: average precision, of anything and of the sites of a score map.

Source: Bepler et al. 2019, Online Methods, "Evaluation metrics": the sum over thresholds of the precision times the
rise in recall, without interpolation. Sites of equal score share one threshold, so that their order, which says
nothing, counts for nothing. It never matches picks: `metrics.picks` does.
"""

import math

import numpy as np

from topazcore.targets import POSITIVE, kinds_of_pixels


def average_precision(scores: np.ndarray, is_positive: np.ndarray) -> float:
    """Step-wise area under the precision-recall curve: the sum of (R_k - R_{k-1}) P_k over the distinct scores.

    Args:
        scores: of any shape; infinite ones rank first or last.
        is_positive: bool of the same shape.

    Returns:
        Up to 1; about the fraction of positives for scores without meaning; NaN without a positive.

    Raises:
        ValueError: shapes that differ, or a score that is NaN.
    """
    scores, positive = np.ravel(scores), np.ravel(is_positive).astype(bool)
    if np.shape(scores) != np.shape(positive):
        raise ValueError(f"{len(scores)} scores for {len(positive)} facts")
    if np.isnan(scores).any():
        raise ValueError("a score that is NaN")
    if not positive.any():
        return math.nan
    falling = np.argsort(-scores, kind="stable")
    ranked = scores[falling]
    last = np.append(np.flatnonzero(ranked[1:] != ranked[:-1]), len(ranked) - 1)
    true = np.cumsum(positive[falling])[last]
    return float(np.sum(np.diff(true, prepend=0) * true / (last + 1)) / true[-1])


def positive_sites(
    shape: tuple[int, int], spacing: float, centres_ds: np.ndarray, radius_ds: float
) -> np.ndarray:
    """Which sites of a score map lie within `radius_ds` of a particle's centre.

    Args:
        shape: rows and columns of the map; its site (i, j) is at x = spacing * j, y = spacing * i.
        spacing: downsampled pixels between two sites.
        centres_ds: `(n, 2)` x, y in downsampled pixels.

    Returns:
        bool of that shape. The distance itself is near enough, as for the training's sites.
    """
    nobody = np.empty((0, 2))
    centres = np.reshape(centres_ds, (-1, 2)) / spacing
    return kinds_of_pixels(shape, centres, nobody, radius_ds / spacing) == POSITIVE


def site_average_precision(
    scores: np.ndarray,
    spacing: float,
    centres_ds: np.ndarray,
    radius_ds: float,
    ignore: np.ndarray | None = None,
) -> float:
    """Average precision of one score map, each of its sites a positive or a negative of its own.

    To pool micrographs, join the scores and `positive_sites` of them all for `average_precision`.

    Args:
        scores, spacing: as of a `scoring.ScoreMap`.
        centres_ds: `(n, 2)` x, y of all particles, in downsampled pixels.
        radius_ds: within which a site is positive, in downsampled pixels.
        ignore: bool of the map's shape, sites that do not count: an edge, an exclusion.

    Returns:
        NaN where no site is positive. Where particles lack a label, a lower bound of the truth in the mean.

    Raises:
        ValueError: a score that counts is NaN, or `ignore` has another shape.
    """
    positive = positive_sites(scores.shape, spacing, centres_ds, radius_ds)
    counted = np.ones(scores.shape, bool) if ignore is None else ~np.asarray(ignore, bool)
    if counted.shape != scores.shape:
        raise ValueError(f"sites to ignore of shape {counted.shape} for scores of shape {scores.shape}")
    return average_precision(scores[counted], positive[counted])
