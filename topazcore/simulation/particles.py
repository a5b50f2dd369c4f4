"""Pseudo-proteins made of 3-D Gaussians, and their projections in any orientation.

A Gaussian projects to a Gaussian, so a projection is exact and needs no volume and no interpolation. The
particles have no symmetry, so that orientation is always visible in principle. They imitate no real protein.
"""

from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from topazcore.errors import SettingsError

# Relative to the domains' own scale; after scaling to the diameter about 4 % of it.
_BLOB_SIGMA = 0.22
_BLOBS_PER_UNIT_VOLUME = 9.0
# In standard deviations: beyond it a Gaussian is below 4e-6 of its peak.
_BLOB_REACH = 5
# This share of the density lies within the diameter.
_CONTAINED = 0.98


@dataclass(frozen=True)
class PseudoProtein:
    """Equal Gaussians in 3-D, their common centre of mass at the origin.

    Args:
        centres_angstrom: (n, 3).
        sigma_angstrom: standard deviation of each.
        diameter_angstrom: of the sphere about the centre of mass that holds 98 % of the density.
        peak: the projected density in the middle of one Gaussian.
    """

    centres_angstrom: np.ndarray
    sigma_angstrom: float
    diameter_angstrom: float
    peak: float = 1.0

    @property
    def reach_angstrom(self) -> float:
        """Beyond this distance from the centre there is nothing in any projection."""
        return float(np.linalg.norm(self.centres_angstrom, axis=1).max()) + _BLOB_REACH * self.sigma_angstrom


def make_particle(name: str, diameter_angstrom: float) -> PseudoProtein:
    """The particle of that name, always the same one, at the wanted size.

    Raises:
        SettingsError: no particle has that name.
    """
    if name not in PARTICLES:
        raise SettingsError(f"particle {name}", f"one of {', '.join(PARTICLES)}")
    rng = np.random.default_rng(17)
    domains, radii = PARTICLES[name](rng)
    blobs = np.concatenate(
        [_fill(centre, radius, rng) for centre, radius in zip(domains, radii, strict=True)]
    )
    blobs -= blobs.mean(axis=0)
    samples = blobs[:, None] + _BLOB_SIGMA * rng.standard_normal((len(blobs), 64, 3))
    radius = np.quantile(np.linalg.norm(samples, axis=2), _CONTAINED)
    scale = diameter_angstrom / 2 / radius
    return PseudoProtein(blobs * scale, _BLOB_SIGMA * scale, diameter_angstrom)


def random_orientations(count: int, rng: np.random.Generator) -> np.ndarray:
    """(count, 3, 3) rotation matrices, uniform over all orientations."""
    return Rotation.random(count, rng=rng).as_matrix()


def add_projection(
    canvas: np.ndarray,
    particle: PseudoProtein,
    orientation: np.ndarray,
    centre_xy: tuple[float, float],
    pixel_size_angstrom: float,
) -> None:
    """Add one projection to a float32 canvas, its centre of mass at `centre_xy` in pixels.

    The canvas must extend by `reach_angstrom` and five pixels beyond the centre on all sides.
    """
    reach = int(np.ceil(particle.reach_angstrom / pixel_size_angstrom)) + 2
    corner = np.floor(centre_xy).astype(int) - reach
    size = 2 * reach + 2
    blobs = (particle.centres_angstrom @ orientation.T)[:, :2] / pixel_size_angstrom
    blobs += np.asarray(centre_xy) - corner
    flat, density = _patches(blobs, particle.sigma_angstrom / pixel_size_angstrom, size)
    image = np.bincount(flat, density, size * size).reshape(size, size)
    canvas[corner[1] : corner[1] + size, corner[0] : corner[0] + size] += particle.peak * image


def _patches(blobs: np.ndarray, sigma: float, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Flat index into a (size, size) image and density, for the pixels around each blob.

    Small patches that are added up, not one product of matrices: on busy cores the threads of a matrix
    library wait for one another longer than they compute.
    """
    half = int(np.ceil(_BLOB_REACH * sigma))
    places = np.floor(blobs).astype(int)[:, :, None] + np.arange(-half, half + 2)
    along = np.exp(-0.5 * ((places - blobs[:, :, None]) / sigma) ** 2)
    flat = places[:, 1, :, None] * size + places[:, 0, None, :]
    return flat.ravel(), (along[:, 1, :, None] * along[:, 0, None, :]).ravel()


def _fill(centre: np.ndarray, radius: float, rng: np.random.Generator) -> np.ndarray:
    """(n, 3) places spread evenly through one ball."""
    count = max(4, round(_BLOBS_PER_UNIT_VOLUME * 4 / 3 * np.pi * radius**3))
    directions = rng.standard_normal((count, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    return centre + directions * radius * np.cbrt(rng.random((count, 1)))


def _globule(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A compact chain: each domain touches an earlier one and lies as near to the middle as it can."""
    radii = rng.uniform(0.7, 1.2, 11)
    domains = np.zeros((1, 3))
    for radius in radii[1:]:
        parents = rng.integers(len(domains), size=40)
        directions = rng.standard_normal((40, 3))
        directions /= np.linalg.norm(directions, axis=1, keepdims=True)
        places = domains[parents] + directions * (radii[parents] + radius)[:, None]
        gaps = np.linalg.norm(places[:, None] - domains, axis=2) - radii[: len(domains)] - radius
        free = np.flatnonzero(gaps.min(axis=1) > -0.35)
        nearest = free[np.argmin(np.linalg.norm(places[free] - domains.mean(axis=0), axis=1))]
        domains = np.vstack([domains, places[nearest]])
    return domains, radii


def _horseshoe(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A bent, slightly twisted stick with a knob at one end: an arc from one side, a stick from another."""
    angles = np.linspace(0, 1.35 * np.pi, 10)
    domains = np.column_stack([2.6 * np.cos(angles), 2.6 * np.sin(angles), 0.35 * angles])
    domains += rng.normal(0, 0.12, domains.shape)
    radii = rng.uniform(0.65, 0.9, len(domains))
    radii[-1] = 1.2
    return domains, radii


def _stick(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A slender, slightly bent rod with a knob at one end: a thin line from most sides."""
    along = np.linspace(-4.5, 4.5, 11)
    domains = np.column_stack([along, 0.03 * along**2, np.zeros(11)])
    domains += rng.normal(0, 0.15, domains.shape)
    radii = rng.uniform(0.7, 0.95, len(domains))
    radii[-1] = 1.4
    return domains, radii


PARTICLES = {"globule": _globule, "horseshoe": _horseshoe, "stick": _stick}
