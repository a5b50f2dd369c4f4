"""Template matching: templates averaged from labels, and their normalised cross-correlation with a micrograph.

Source: the locally normalised correlation by Fourier transforms of Roseman, Ultramicroscopy 94, 225 (2003): under the
template's mask both have mean 0 and variance 1, so that neither ice nor carbon is a match by its brightness. The
discussion of Bepler et al. 2019 names template picks as a way to first labels. It never imports torch.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy import fft, ndimage

# The mask's radius in diameters: the particle and half a radius of its surroundings. Measured, see docs/decisions.md.
MASK_RADIUS = 0.75
# A place whose variance is a smaller share of the micrograph's is empty, and matches nothing.
_LEAST_VARIANCE = 1e-3


@dataclass(frozen=True)
class Templates:
    """Templates under one mask.

    Args:
        images: float64 (count, side, side), side odd; 0 outside the mask, mean 0 and variance 1 inside (all 0 where
            there is nothing to see).
        mask: bool (side, side).
    """

    images: np.ndarray
    mask: np.ndarray


def average_templates(
    labeled: Iterable[tuple[np.ndarray, np.ndarray]], diameter_ds: float, rotations: int = 1
) -> Templates:
    """Templates from the mean of all labeled particles.

    Args:
        labeled: images (height_ds, width_ds), each with `(n, 2)` x, y of its labels in downsampled pixels.
        diameter_ds: of the particle.
        rotations: 1 for the mean over all rotations; more for the mean as it is at so many even ones.

    Raises:
        ValueError: no label at all.
    """
    radius = MASK_RADIUS * diameter_ds
    half = int(np.ceil(radius))
    mask = _distances(half) <= radius
    boxes = [_standardised(box, mask) for image, xy in labeled for box in _boxes(image, xy, half)]
    if not boxes:
        raise ValueError("no label to average")
    mean = np.mean(boxes, axis=0)
    if rotations == 1:
        turned = [_rotational_average(mean)]
    else:
        angles = np.arange(rotations) * 360 / rotations
        turned = [ndimage.rotate(mean, angle, reshape=False, order=1, mode="nearest") for angle in angles]
    return Templates(np.array([_standardised(template, mask) for template in turned]), mask)


def correlation(image: np.ndarray, templates: Templates) -> np.ndarray:
    """Normalised cross-correlation with the best of the templates at every pixel.

    The image goes on beyond its edges by reflection, so every pixel can be a centre.

    Returns:
        float32 of the image's shape, -1 to 1.
    """
    half = templates.mask.shape[0] // 2
    padded = np.pad(image.astype(np.float64), half, mode="reflect")
    padded -= padded.mean()
    size = [fft.next_fast_len(side, real=True) for side in padded.shape]
    crop = tuple(slice(side) for side in image.shape)

    def correlated(spectrum: np.ndarray, kernel: np.ndarray) -> np.ndarray:
        return fft.irfft2(spectrum * np.conj(fft.rfft2(kernel, size)), size)[crop]

    spectrum = fft.rfft2(padded, size)
    mask, pixels = templates.mask.astype(np.float64), templates.mask.sum()
    variance = correlated(fft.rfft2(padded**2, size), mask) / pixels
    variance -= (correlated(spectrum, mask) / pixels) ** 2
    seen = variance > max(_LEAST_VARIANCE * padded.var(), np.finfo(np.float32).tiny)
    scale = np.where(seen, 1 / (pixels * np.sqrt(np.where(seen, variance, 1))), 0)
    best = np.max([correlated(spectrum, template) for template in templates.images], axis=0)
    return np.clip(best * scale, -1, 1).astype(np.float32)


def _boxes(image: np.ndarray, xy: np.ndarray, half: int) -> np.ndarray:
    """(n, side, side) pixels around centres, between the pixels by straight lines."""
    reach = np.arange(-half, half + 1)
    rows = np.reshape(xy, (-1, 2))[:, 1, None, None] + reach[:, None]
    columns = np.reshape(xy, (-1, 2))[:, 0, None, None] + reach
    return ndimage.map_coordinates(
        image.astype(np.float64), np.broadcast_arrays(rows, columns), order=1, mode="mirror"
    )


def _distances(half: int) -> np.ndarray:
    reach = np.arange(-half, half + 1)
    return np.hypot(reach[:, None], reach)


def _standardised(box: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Mean 0 and variance 1 under the mask, 0 outside and where all is equal."""
    values = box[mask]
    spread = values.std()
    known = spread > 1e-9 * max(1.0, np.abs(values).max())
    return np.where(mask, box - values.mean(), 0) / spread if known else np.zeros(box.shape)


def _rotational_average(box: np.ndarray) -> np.ndarray:
    """Every pixel the mean of those as far from the centre, interpolated between whole radii."""
    distance = _distances(box.shape[0] // 2)
    ring = np.rint(distance).astype(int)
    profile = np.bincount(ring.ravel(), box.ravel()) / np.bincount(ring.ravel())
    return np.interp(distance, np.arange(len(profile)), profile)
