"""The microscope: contrast transfer at a known defocus, and the counting detector.

Source: the weak-phase approximation, Reimer and Kohl, Transmission Electron Microscopy, ch. 6; sign and
amplitude contrast as in Mindell and Grigorieff 2003 (CTFFIND), equations 1 to 5. Images come out as a
microscope gives them: at underfocus, protein is dark.
"""

from dataclasses import dataclass

import numpy as np
from scipy import fft

WAVELENGTH_ANGSTROM = 0.019687  # electrons of 300 kV
SPHERICAL_ABERRATION_ANGSTROM = 2.7e7
AMPLITUDE_CONTRAST = 0.1
# Falls to 1/e at 4 Å: motion, partial coherence and everything else that blurs.
ENVELOPE_B_SQUARE_ANGSTROM = 64.0


@dataclass(frozen=True)
class Defocus:
    """Underfocus in Å along two axes: mean, half of the difference, and the angle of the first in radians."""

    mean_angstrom: float
    astigmatism_angstrom: float = 0.0
    angle: float = 0.0


def contrast_transfer(shape: tuple[int, int], pixel_size_angstrom: float, defocus: Defocus) -> np.ndarray:
    """Transfer from density to intensity for a real transform: float32 (height, width // 2 + 1).

    It is negative at the lowest frequencies: protein is dark.
    """
    ky = fft.fftfreq(shape[0], pixel_size_angstrom).astype(np.float32)[:, None]
    kx = fft.rfftfreq(shape[1], pixel_size_angstrom).astype(np.float32)
    square = ky**2 + kx**2
    # k^2 * defocus(angle), written without the angle of each pixel.
    cosine, sine = np.cos(2 * defocus.angle), np.sin(2 * defocus.angle)
    bent = np.float32(cosine) * (kx**2 - ky**2) + np.float32(sine) * (2 * kx * ky)
    focus = np.float32(defocus.mean_angstrom) * square + np.float32(defocus.astigmatism_angstrom) * bent
    aberration = np.float32(0.5 * SPHERICAL_ABERRATION_ANGSTROM * WAVELENGTH_ANGSTROM**2) * square**2
    phase = np.float32(np.pi * WAVELENGTH_ANGSTROM) * (focus - aberration)
    phase += np.float32(np.arcsin(AMPLITUDE_CONTRAST))
    return -np.sin(phase) * np.exp(np.float32(-ENVELOPE_B_SQUARE_ANGSTROM / 4) * square)


def image_contrast(density: np.ndarray, transfer: np.ndarray) -> np.ndarray:
    """Relative change of intensity by a thin object: float32, the shape of `density`."""
    spectrum = fft.rfft2(density, overwrite_x=True)
    spectrum *= transfer
    return fft.irfft2(spectrum, s=density.shape, overwrite_x=True)


def count_electrons(expected: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Counts at the detector for an expected number per pixel, Poisson noise in its normal limit: float32."""
    noise = rng.standard_normal(expected.shape, dtype=np.float32)
    return expected + np.sqrt(np.maximum(expected, 0)) * noise
