"""First suggestions without a model: blobs of the particle's size, or what looks like labels.

Source: the Laplacian of a Gaussian at the particle's scale (Lindeberg, Int. J. Computer Vision 30, 79 (1998)), or
template matching (`templates`); Bepler et al. 2019 name such picks as a way to first labels. They are for a person
to review, who keeps or removes each: never labels by themselves. It never imports torch, reads or writes a file.
"""

import numpy as np
from scipy import ndimage

from topazcore.config import guess_expected_particles
from topazcore.errors import SettingsError
from topazcore.extraction import Picks, Rules, extract, most_picks
from topazcore.preprocess import Downsampling, robust_moments
from topazcore.templates import Templates, correlation

CONTRASTS = ("dark", "light", "both")
# A uniform disk of diameter d answers best at sigma d / (2 sqrt 2); somewhat less keeps neighbours apart. Measured on
# beta-galactosidase and the demo, as is the window of the local scale; see docs/decisions.md.
_SIGMA_PER_DIAMETER = 0.75 / (2 * np.sqrt(2))
_WINDOW_DIAMETERS = 4


def suggest(
    image_ds: np.ndarray,
    diameter_ds: float,
    *,
    templates: Templates | None = None,
    contrast: str = "dark",
    most: int | None = None,
) -> Picks:
    """Suggested particles of one prepared micrograph, the best first, at least half a diameter apart.

    Args:
        image_ds: float32 (height_ds, width_ds).
        diameter_ds: of the particle, in downsampled pixels.
        templates: match these; None finds blobs.
        contrast: of blobs: "dark", "light" or "both" on their surroundings; templates have their own.
        most: how many at most; if not given, four for each that such an area typically holds.

    Returns:
        x, y in downsampled pixels; the score is the z-score of the response.

    Raises:
        SettingsError: an unknown contrast.
    """
    frame = Downsampling(*image_ds.shape, 1)
    if most is None:
        most = most_picks(guess_expected_particles(*image_ds.shape, diameter_ds))
    scores = response(image_ds, diameter_ds, templates, contrast)
    return extract(scores, 1, frame, Rules(diameter_ds / 2), most)


def response(
    image_ds: np.ndarray, diameter_ds: float, templates: Templates | None = None, contrast: str = "dark"
) -> np.ndarray:
    """z-scores of what `suggest` looks for, at every pixel: float32 (height_ds, width_ds)."""
    if templates is None:
        return blob_response(image_ds, diameter_ds, contrast)
    found = correlation(image_ds, templates)
    centre, scale = robust_moments(found)
    return (found - np.float32(centre)) / np.float32(scale) if scale > 0 else np.zeros_like(found)


def blob_response(image_ds: np.ndarray, diameter_ds: float, contrast: str = "dark") -> np.ndarray:
    """How much each pixel is the centre of a blob of that diameter, in local standard deviations of that measure.

    The standard deviation is that of four diameters around, and not below the micrograph's usual one: so the edge of a
    carbon film or an ice crystal, which answers strongly and along all its length, is no row of particles, and a
    quiet place is not full of them.

    Raises:
        SettingsError: an unknown contrast.
    """
    if contrast not in CONTRASTS:
        raise SettingsError(f"contrast {contrast!r}", f"one of {', '.join(CONTRASTS)}")
    sigma = _SIGMA_PER_DIAMETER * diameter_ds
    # The mean of the Laplacian is 0: its root mean square is its standard deviation.
    laplacian = ndimage.gaussian_laplace(image_ds.astype(np.float32), sigma)
    power = ndimage.uniform_filter(laplacian**2, max(3, round(_WINDOW_DIAMETERS * diameter_ds)))
    usual = max(float(np.median(power)), float(np.finfo(np.float32).tiny))
    scores = laplacian / np.sqrt(np.maximum(power, usual))
    return {"dark": scores, "light": -scores, "both": np.abs(scores)}[contrast]
