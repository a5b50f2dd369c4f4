"""A downsampled micrograph at half the memory: float16 of values standardised by its robust moments.

Whatever the network sees comes from one of these, so that it is the same to the bit whether a micrograph was read
anew or found in the cache (`topazcore.cache`). A step of float16 is at most 1/2000 of a value, and noise has about one
standard deviation. It never reads a file.
"""

from dataclasses import dataclass

import numpy as np

from topazcore.mixture import Mixture, normalise_mixture
from topazcore.moments import robust_moments

_LARGEST = float(np.finfo(np.float16).max)
# Beyond these no value says more about a particle.
_NORMALISED_CLIP = 10.0


@dataclass(frozen=True)
class Compact:
    """A downsampled micrograph, hot pixels tamed, before normalisation.

    Args:
        values: float16 (height_ds, width_ds): (image - centre) / scale; zeros where scale is 0.
        centre, scale: robust moments of the image; scale is 0 for one without variance.
    """

    values: np.ndarray
    centre: float
    scale: float

    def image(self) -> np.ndarray:
        """The image as float32, in the micrograph's own units."""
        image = self.values.astype(np.float32)
        image *= np.float32(self.scale)
        image += np.float32(self.centre)
        return image

    def normalised(self, mixture: Mixture | None = None) -> np.ndarray:
        """What the network sees: float32 within ±10, by its own moments or those of a data set's mixture."""
        if mixture is not None:
            return normalise_mixture(self.image(), mixture)
        values = self.values.astype(np.float32)
        return np.clip(values, -_NORMALISED_CLIP, _NORMALISED_CLIP, out=values)


def compact(image: np.ndarray) -> Compact:
    """A float32 image (height_ds, width_ds), all of it finite, at half its size."""
    centre, scale = robust_moments(image)
    if scale == 0:
        return Compact(np.zeros(image.shape, np.float16), centre, 0.0)
    values = image - np.float32(centre)
    values /= np.float32(scale)
    np.clip(values, -_LARGEST, _LARGEST, out=values)
    return Compact(values.astype(np.float16), centre, scale)
