"""Band-pass of a micrograph for the eye: what is finer than one length and coarser than another is taken away.

It works on the cosine transform (DCT-II), which is the Fourier transform of the image continued by its mirror image:
left and right edge never meet, so that a gradient of ice thickness leaves no stripe along the edges, as it would with
the plain transform. A low-pass leaves nothing at the upper frequencies; these are cropped, and the result is as small
as it can be. Nothing here is seen by the network or changes a micrograph.
"""

import math
import os
from dataclasses import dataclass

import numpy as np
from scipy import fft

from topazcore.errors import SettingsError

# Each edge falls from 1 to 0 between 0.75 and 1.25 of its frequency.
EDGE = 0.25
# Samples of the result for each low-pass length: 2 / 1.25 would hold all that is left; more are drawn more smoothly.
_SAMPLES = 4
_FINEST_PX = 2.0
_COARSEST_ANGSTROM = 100_000.0
_ROWS_AT_ONCE = 512


@dataclass(frozen=True)
class Band:
    """The wavelengths, in full-size px, at which the two edges are at one half; None leaves that side open.

    An edge is a raised cosine in frequency, from 0.75 to 1.25 of 1 / wavelength. A sharp edge draws rings around
    whatever is bright: beside a straight step they stay above 1 % of it as far as 5 wavelengths away, with this edge
    1.7. A softer one would leave more of what was to be taken away; here nothing is left a third of an octave beyond.
    """

    low_pass_px: float | None = None
    high_pass_px: float | None = None

    def transfer(self, frequency: np.ndarray) -> np.ndarray:
        """What is kept of a wave, 0 to 1, by its frequency in cycles per full-size px; float32 of the same shape."""
        kept = np.ones(frequency.shape, np.float32)
        if self.low_pass_px is not None:
            kept *= _falling(frequency * self.low_pass_px)
        if self.high_pass_px is not None:
            kept *= 1 - _falling(frequency * self.high_pass_px)
        return kept

    def size(self, length: int) -> int:
        """Samples of the result along a side of `length` px; they divide that side evenly, edge to edge."""
        if self.low_pass_px is None:
            return length
        wanted = max(1, math.ceil(length * _SAMPLES / self.low_pass_px))
        return min(length, fft.next_fast_len(wanted, real=True))


def band(
    low_pass_angstrom: float | None, high_pass_angstrom: float | None, pixel_size_angstrom: float
) -> Band:
    """The band between two lengths in Å, each of which may be None.

    Raises:
        SettingsError: both are None, one is finer than 2 px or no number, or the high-pass is not coarser than the
            low-pass.
    """
    if low_pass_angstrom is None and high_pass_angstrom is None:
        raise SettingsError(
            "a filter without low-pass and high-pass", "at least one of them", "choose one in Å"
        )
    finest = _FINEST_PX * pixel_size_angstrom
    for name, value in (("low-pass", low_pass_angstrom), ("high-pass", high_pass_angstrom)):
        if value is not None and not finest <= value <= _COARSEST_ANGSTROM:
            raise SettingsError(
                f"a {name} of {value:g} Å where a pixel has {pixel_size_angstrom:g} Å",
                f"{finest:g} Å, which is 2 px, to {_COARSEST_ANGSTROM:,.0f} Å",
                "choose another length, or check the pixel size",
            )
    if None not in (low_pass_angstrom, high_pass_angstrom) and not high_pass_angstrom > low_pass_angstrom:
        raise SettingsError(
            f"a high-pass of {high_pass_angstrom:g} Å with a low-pass of {low_pass_angstrom:g} Å",
            "a high-pass that is coarser than the low-pass: what lies between the two is kept",
            "raise the high-pass or lower the low-pass",
        )
    return Band(*(None if value is None else value / pixel_size_angstrom
                  for value in (low_pass_angstrom, high_pass_angstrom)))  # fmt: skip


def bandpass(image: np.ndarray, wanted: Band) -> np.ndarray:
    """What the band leaves of an image (height, width) of finite values: float32 (size(height), size(width)).

    Sample i of m along a side of n px is centred at full-size (i + 0.5) * n / m - 0.5. The mean stays as it is, also
    under a high-pass: densities can still be compared, and a constant image stays what it was.
    """
    height, width = image.shape
    rows, columns = wanted.size(height), wanted.size(width)
    kept = np.empty((height, columns), np.float32)
    for top in range(0, height, _ROWS_AT_ONCE):
        part = image[top : top + _ROWS_AT_ONCE].astype(np.float32)
        kept[top : top + _ROWS_AT_ONCE] = _transformed(fft.dct, part, 1)[:, :columns]
    kept = _transformed(fft.dct, kept, 0)[:rows]
    _weigh(kept, wanted, (height, width))
    kept = _transformed(fft.idct, kept, 0)
    return _transformed(fft.idct, kept, 1)


def _weigh(coefficients: np.ndarray, wanted: Band, shape: tuple[int, int]) -> None:
    """Multiply by what is kept, and by what the change of size asks for; in place, block by block."""
    scale = np.float32(math.sqrt(coefficients.shape[0] / shape[0] * (coefficients.shape[1] / shape[1])))
    mean = coefficients[0, 0]
    y, x = (np.arange(size) / (2 * length) for size, length in zip(coefficients.shape, shape, strict=True))
    for top in range(0, len(coefficients), _ROWS_AT_ONCE):
        block = slice(top, top + _ROWS_AT_ONCE)
        coefficients[block] *= wanted.transfer(np.hypot(y[block, None], x)) * scale
    coefficients[0, 0] = mean * scale


def _falling(t: np.ndarray) -> np.ndarray:
    """1 below 1 - EDGE, 0 above 1 + EDGE, half a cosine between."""
    return 0.5 + 0.5 * np.cos(np.pi * np.clip((t - 1 + EDGE) / (2 * EDGE), 0, 1))


def _transformed(transform, values: np.ndarray, axis: int) -> np.ndarray:
    """One orthonormal transform along an axis; the values given are used up."""
    workers = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return transform(values, axis=axis, norm="ortho", overwrite_x=True, workers=workers)
