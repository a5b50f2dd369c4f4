"""From densities to 256 greys: a window that no hot pixel can stretch, and where contrast starts.

The window is wide on purpose: the page narrows it without asking again.
"""

from dataclasses import dataclass

import numpy as np

SAMPLES = 250_000
TAILS_PERCENT = (0.05, 99.95)
# Beyond the tails, as a part of the distance between them.
MARGIN = 0.15
START_PERCENT = (0.5, 25, 50, 75, 99.5)
START_SIGMAS = 4
SIGMAS_BETWEEN_QUARTERS = 1.349
SHORTEST_REACH = 8
ROWS_AT_ONCE = 64


@dataclass(frozen=True)
class Window:
    """Densities of grey 0 and grey 255."""

    low: float
    high: float


def sample(image: np.ndarray) -> np.ndarray:
    """About 250,000 values spread evenly over an image, as float64."""
    step = max(1, int((image.size / SAMPLES) ** 0.5))
    return image[step // 2 :: step, step // 2 :: step].astype(np.float64).ravel()


def wide_window(image: np.ndarray) -> Window:
    """The robust window of an image (height, width) of finite values.

    8-bit images keep their own greys.
    """
    if image.dtype == np.uint8:
        return Window(0.0, 255.0)
    values = sample(image)
    low, high = np.percentile(values, TAILS_PERCENT)
    reach = (high - low) * MARGIN
    low, high = max(low - reach, values.min()), min(high + reach, values.max())
    if not high > low:
        low, high = without_spread(float(low))
    return Window(float(low), float(high))


def without_spread(value: float) -> tuple[float, float]:
    """A window around an image of one value, wide enough to be told apart in float32."""
    half = max(0.5, abs(value) * 1e-3)
    return value - half, value + half


def to_grey(image: np.ndarray, window: Window) -> np.ndarray:
    """An image (height, width) as uint8, rounded, clipped to the window; block by block, to stay in cache."""
    if image.dtype == np.uint8 and window == Window(0.0, 255.0):
        return image
    grey = np.empty(image.shape, np.uint8)
    scale = np.float32(255.0 / (window.high - window.low))
    offset = np.float32(window.low)
    for top in range(0, len(image), ROWS_AT_ONCE):
        rows = image[top : top + ROWS_AT_ONCE].astype(np.float32)
        with np.errstate(over="ignore"):
            rows -= offset
            rows *= scale
        rows += np.float32(0.5)
        grey[top : top + ROWS_AT_ONCE] = np.clip(rows, 0, 255, out=rows)
    return grey


def histogram(grey: np.ndarray) -> np.ndarray:
    """Counts of the 256 greys."""
    return np.bincount(grey.ravel(), minlength=256)


def starting_handles(counts: np.ndarray) -> tuple[int, int]:
    """Greys at which the contrast handles start: almost all of the image between them, but no further out than
    four robust standard deviations, so that one big piece of ice does not take the contrast away."""
    share = np.cumsum(counts) / max(1, counts.sum()) * 100
    low, quarter, middle, three_quarters, high = np.searchsorted(share, START_PERCENT).tolist()
    reach = max(SHORTEST_REACH, START_SIGMAS * (three_quarters - quarter) / SIGMAS_BETWEEN_QUARTERS)
    low, high = max(low, round(middle - reach)), min(high, round(middle + reach))
    return (low, high) if high > low else (max(0, low - 1), min(255, low + 1))
