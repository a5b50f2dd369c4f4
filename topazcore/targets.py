"""From labels to what a training aims at: areas of disks, the class prior, the kinds of sites.

Source: Bepler et al. 2019, Online Methods: sites within a radius of a label are positive, pi is the expected
fraction of positive sites. Disks are counted in two dimensions: 29 pixels at radius 3, not the 203 of a
ball. It never imports torch and never changes an objective when pi does not fit: it refuses.
"""

import math

import numpy as np

from topazcore.errors import SettingsError

UNLABELED, POSITIVE, NEGATIVE = 0, 1, 2
# A site of a complete micrograph that no label is near: a negative that nobody looked at one by one.
BACKGROUND = 3
# Sites that say nothing: beyond an edge, excluded, or of a patch that is richer in particles than pi says.
IGNORED = -1

_EXPECTED = "the expected number of particles per micrograph"
# Where pi comes from: what is said of it, and what a person does when it is too low.
_PRIOR_SOURCES = {
    "pi": ("", "raise pi above that"),
    "expected": (
        ", which follows from the expected particles",
        f"raise {_EXPECTED} above the number of labels",
    ),
    "complete": (
        ", which follows from the labels on the complete micrographs",
        f"give {_EXPECTED}, above the number of labels",
    ),
    "guess": (
        ", which follows from a guess of the particles",
        f"give {_EXPECTED}, above the number of labels",
    ),
}


def disk_area(radius: float) -> int:
    """Pixels of the square grid within `radius` of a pixel's centre: 29, 149, 613 at 3, 7, 14."""
    reach = np.arange(-math.floor(radius), math.floor(radius) + 1)
    return int(np.count_nonzero(reach[:, None] ** 2 + reach**2 <= radius**2))


def class_prior(expected_particles: float, positive_radius_ds: float, height_ds: int, width_ds: int) -> float:
    """pi: the fraction of a micrograph's downsampled pixels that lie within the radius of a particle."""
    return class_prior_of_sites(expected_particles, positive_radius_ds, height_ds * width_ds)


def class_prior_of_sites(expected_particles: float, positive_radius_ds: float, pixels_ds: int) -> float:
    """The same for a number of downsampled pixels."""
    return expected_particles * disk_area(positive_radius_ds) / pixels_ds


def check_prior(pi: float, observed: float, source: str = "expected") -> None:
    """Refuse a class prior that leaves nothing to find.

    Args:
        observed: the fraction that is labeled.
        source: where pi comes from, one of `prior.PRIOR_FROM`.

    Raises:
        SettingsError: pi is no number between 0 and 1/2, or not above the observed fraction.
    """
    said, action = _PRIOR_SOURCES[source]
    shown = f"pi {pi:.4g}{said}"
    if not 0 < pi <= 0.5:
        change = "change pi" if source == "pi" else "change the expected number of particles"
        raise SettingsError(shown, "above 0 and at most 0.5", change)
    if pi <= observed:
        raise SettingsError(
            f"{shown}, while {observed:.4g} is labeled already", f"pi above {observed:.4g}", action
        )


def unlabeled_prior(pi: float, observed: float) -> float:
    """The fraction of positives among the sites without a label, where pi is that among all sites."""
    return (pi - observed) / (1 - observed)


def kinds_of_pixels(
    shape: tuple[int, int], positives: np.ndarray, negatives: np.ndarray, radius: float
) -> np.ndarray:
    """What each pixel is for the training: POSITIVE, NEGATIVE or UNLABELED.

    A pixel is what the nearest label within `radius` is; a tie is positive.

    Args:
        shape: (height_ds, width_ds).
        positives, negatives: `(n, 2)` x, y of labels in downsampled pixels.

    Returns:
        int8 (height_ds, width_ds).
    """
    labels = np.concatenate([np.reshape(negatives, (-1, 2)), np.reshape(positives, (-1, 2))])
    kind = np.repeat(np.array([NEGATIVE, POSITIVE], np.int8), [len(negatives), len(positives)])
    reach = np.arange(-math.ceil(radius), math.ceil(radius) + 1)
    box = np.stack(np.meshgrid(reach, reach), axis=-1).reshape(-1, 2)
    pixels = np.rint(labels).astype(np.int64)[:, None] + box
    distances = np.linalg.norm(pixels - labels[:, None], axis=-1)
    inside = (distances <= radius) & (pixels >= 0).all(axis=-1) & (pixels < shape[::-1]).all(axis=-1)
    columns, rows = pixels[inside].T
    kinds = np.full(shape, UNLABELED, np.int8)
    # The nearest label is written last, and of equal ones the positive.
    order = np.argsort(-distances[inside], kind="stable")
    kinds[rows[order], columns[order]] = np.broadcast_to(kind[:, None], inside.shape)[inside][order]
    return kinds


def kinds_of_sites(
    shape: tuple[int, int],
    labels: tuple[np.ndarray, np.ndarray],
    radius: float,
    *,
    complete: bool = False,
    excluded: np.ndarray | None = None,
) -> np.ndarray:
    """What each pixel is for the training, where a micrograph may be complete or partly excluded.

    On a complete micrograph nothing stays unlabeled: what no label is near is BACKGROUND.

    Args:
        shape: (height_ds, width_ds).
        labels: positives and negatives, each `(n, 2)` x, y in downsampled pixels.
        radius: in downsampled pixels.
        excluded: bool (height_ds, width_ds); pixels that are IGNORED whatever else they would be.

    Returns:
        int8 (height_ds, width_ds).
    """
    kinds = kinds_of_pixels(shape, *labels, radius)
    if complete:
        kinds[kinds == UNLABELED] = BACKGROUND
    if excluded is not None:
        kinds[excluded] = IGNORED
    return kinds
