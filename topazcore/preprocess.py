"""From a stored micrograph to what the network sees: hot pixels tamed, Fourier-cropped, normalised.

Source: Bepler et al. 2019, Online Methods, "Micrograph pre-processing" (downsampling in Fourier space,
then standardisation). The statistics are robust ones, so that no hot pixel or gold bead sets the scale; the
paper's other normalisation is `topazcore.mixture`.
It never changes the frame: sample 0 stays sample 0, `Downsampling` is the exact map.
"""

import math
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import fft

from topazcore.compact import Compact, compact
from topazcore.errors import SettingsError
from topazcore.micrograph import finite, read_micrograph
from topazcore.mixture import Mixture
from topazcore.moments import robust_moments

# Rows transformed at once: bounds the memory of the first transform.
_ROWS_AT_ONCE = 1024
# A single electron or cosmic-ray hit is far outside the noise; ice, gold and carbon are wider than a
# 5 x 5 window and so agree with their own local median.
_OUTLIER_SIGMAS = 8.0
_WINDOW = 2
# More than this share of a micrograph is structure, not defects.
_MOST_OUTLIERS = 0.01
# Beyond these no value says more about a particle.
_RAW_CLIP_SIGMAS = 20.0


@dataclass(frozen=True)
class Downsampling:
    """The frame of an image of height x width pixels downsampled by `factor`, any number of at least 1.

    The downsampled size m is the nearest whole number to n / factor (at least 1), so the scales are n / m,
    not the factor itself: x_full = x_ds * scale_x.

    Raises:
        SettingsError: the factor is below 1 or not finite.
    """

    height: int
    width: int
    factor: float

    def __post_init__(self):
        if not 1 <= self.factor < math.inf:
            raise SettingsError(f"downsampling factor {self.factor}", "a number of at least 1")

    @property
    def height_ds(self) -> int:
        """Rows of the downsampled image."""
        return _cropped(self.height, self.factor)

    @property
    def width_ds(self) -> int:
        """Columns of the downsampled image."""
        return _cropped(self.width, self.factor)

    @property
    def scale_y(self) -> float:
        """Full-size pixels per downsampled row."""
        return self.height / self.height_ds

    @property
    def scale_x(self) -> float:
        """Full-size pixels per downsampled column."""
        return self.width / self.width_ds

    def to_full(self, xy: np.ndarray) -> np.ndarray:
        """(n, 2) x, y in downsampled pixels to full-size pixels."""
        return np.asarray(xy, dtype=np.float64) * (self.scale_x, self.scale_y)

    def to_ds(self, xy: np.ndarray) -> np.ndarray:
        """(n, 2) x, y in full-size pixels to downsampled pixels."""
        return np.asarray(xy, dtype=np.float64) / (self.scale_x, self.scale_y)


def downsample(image: np.ndarray, factor: float) -> np.ndarray:
    """Fourier-crop an image (height, width) to float32 (height_ds, width_ds); the mean is kept.

    All frequencies below the new Nyquist frequency are kept as they are; that frequency itself, whose sign is
    lost by cropping, is left out. A factor that changes no size gives a float32 copy.
    """
    frame = Downsampling(*image.shape, factor)
    if (frame.height_ds, frame.width_ds) == image.shape:
        return image.astype(np.float32)
    half = _cropped_row_spectra(image, frame)
    spectrum = fft.fft(half, axis=0, overwrite_x=True, workers=_threads())
    rows = _kept_rows(spectrum, frame)
    rows *= (frame.height_ds / frame.height) * (frame.width_ds / frame.width)
    columns = fft.ifft(rows, axis=0, overwrite_x=True, workers=_threads())
    return fft.irfft(columns, n=frame.width_ds, axis=1, workers=_threads()).astype(np.float32, copy=False)


def normalise_affine(image: np.ndarray) -> np.ndarray:
    """(image - mean) / standard deviation as float32, both taken without outliers and the result within ±10.

    An image without variance becomes zeros.
    """
    return compact(image).normalised()


def tame_outliers(image: np.ndarray) -> np.ndarray:
    """Replace hot and dead pixels by the median of their 5 x 5 surroundings; bound the rest at ±20 sigma.

    A pixel is hot or dead when it is more than 8 robust standard deviations from the image's centre and
    from that local median. Wide features (gold, ice, carbon) agree with their local median and stay.
    """
    centre, scale = robust_moments(image)
    if scale == 0:
        return np.full_like(image, centre)
    far, reach = _OUTLIER_SIGMAS * scale, _RAW_CLIP_SIGMAS * scale
    suspects = (image > centre + far) | (image < centre - far)
    tamed = np.clip(image, centre - reach, centre + reach)
    if 0 < np.count_nonzero(suspects) <= _MOST_OUTLIERS * image.size:
        ys, xs = np.nonzero(suspects)
        medians = _local_medians(image, ys, xs)
        alone = np.abs(image[ys, xs] - medians) > far
        tamed[ys[alone], xs[alone]] = medians[alone]
    return tamed


def prepare(
    micrograph: str | Path | np.ndarray,
    factor: float,
    mixture: Mixture | None = None,
    read: Callable[[str | Path, float], Compact] | None = None,
) -> np.ndarray:
    """What the network sees of a micrograph, given by path or as pixels: float32 (height_ds, width_ds).

    Args:
        mixture: of the micrograph's data set; None normalises by the micrograph's own mean and spread.
        read: gives it by path and factor, see `cache.reader`; None reads the file.

    Raises:
        MicrographError: the file cannot be opened, or holds no finite value.
    """
    return (read or read_compact)(micrograph, factor).normalised(mixture)


def read_compact(micrograph: str | Path | np.ndarray, factor: float) -> Compact:
    """As `prepare`, before normalisation and at half the memory."""
    return compact(downsample_tamed(micrograph, factor))


def downsample_tamed(micrograph: str | Path | np.ndarray, factor: float) -> np.ndarray:
    """The micrograph with hot pixels tamed, downsampled: float32 (height_ds, width_ds)."""
    pixels = micrograph if isinstance(micrograph, np.ndarray) else read_micrograph(micrograph)
    image, _ = finite(pixels)
    return downsample(tame_outliers(image), factor)


def _cropped(size: int, factor: float) -> int:
    return max(1, int(size / factor + 0.5))


def _threads() -> int:
    """Cores that this process may use (the affinity mask exists on Linux only)."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _cropped_row_spectra(image: np.ndarray, frame: Downsampling) -> np.ndarray:
    """Transform of each row, the kept columns only: complex64 (height, width_ds // 2 + 1)."""
    kept = np.empty((frame.height, frame.width_ds // 2 + 1), np.complex64)
    for top in range(0, frame.height, _ROWS_AT_ONCE):
        rows = image[top : top + _ROWS_AT_ONCE].astype(np.float32)
        kept[top : top + _ROWS_AT_ONCE] = fft.rfft(rows, axis=1, workers=_threads())[:, : kept.shape[1]]
    if frame.width_ds % 2 == 0 and frame.width_ds < frame.width:
        kept[:, -1] = 0
    return kept


def _kept_rows(spectrum: np.ndarray, frame: Downsampling) -> np.ndarray:
    """The rows of the spectrum below the new Nyquist frequency: complex64 (height_ds, columns)."""
    size = frame.height_ds
    rows = np.concatenate((spectrum[: (size + 1) // 2], spectrum[frame.height - size // 2 :]))
    if size % 2 == 0 and size < frame.height:
        rows[size // 2] = 0
    return rows


def _local_medians(image: np.ndarray, ys: np.ndarray, xs: np.ndarray) -> np.ndarray:
    """Median of the 5 x 5 surroundings of each pixel, cut at the border by repeating it."""
    reach = np.arange(-_WINDOW, _WINDOW + 1)
    rows = np.clip(ys[:, None, None] + reach[:, None], 0, image.shape[0] - 1)
    columns = np.clip(xs[:, None, None] + reach, 0, image.shape[1] - 1)
    return np.median(image[rows, columns].reshape(len(ys), -1), axis=1)
