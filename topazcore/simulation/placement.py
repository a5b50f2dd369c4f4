"""Where things lie on a micrograph: particles apart from one another and from what covers the ice.

Positions are (n, 2) arrays of x, y in pixels of the micrograph.
"""

from collections.abc import Callable

import numpy as np

_TRIES_PER_PARTICLE = 40
# Particles like company: this share of the candidates is proposed next to one that is there already.
_CROWDED = 0.35


def place_particles(
    count: int,
    size_px: int,
    spacing_px: float,
    is_free: Callable[[np.ndarray], bool],
    rng: np.random.Generator,
) -> np.ndarray:
    """Up to `count` centres in a square micrograph, at least `spacing_px` apart, where `is_free(xy)` allows.

    Where the free area is too small there are fewer.
    """
    centres = np.empty((0, 2))
    for _ in range(_TRIES_PER_PARTICLE * count):
        if len(centres) == count:
            break
        candidate = _candidate(centres, size_px, spacing_px, rng)
        inside = (candidate >= 0).all() and (candidate <= size_px - 1).all()
        apart = (np.hypot(*(centres - candidate).T) >= spacing_px).all()
        if inside and apart and is_free(candidate):
            centres = np.vstack([centres, candidate])
    return centres


def _candidate(centres: np.ndarray, size_px: int, spacing_px: float, rng: np.random.Generator) -> np.ndarray:
    if len(centres) and rng.random() < _CROWDED:
        angle = rng.uniform(0, 2 * np.pi)
        distance = spacing_px * rng.uniform(1.0, 1.25)
        return centres[rng.integers(len(centres))] + distance * np.array([np.cos(angle), np.sin(angle)])
    return rng.uniform(0, size_px - 1, 2)
