"""Micrographs with known particles, for the demo, the tests and the experiments.

Pseudo-proteins in all orientations, in ice of uneven thickness with grain of its own, seen through a
microscope at a known defocus by a counting detector: dark particles that a person finds after low-pass
filtering and hardly before. The same settings give the same micrographs. No real protein is imitated.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
from scipy import fft

from topazcore.coordinates import Coordinates
from topazcore.errors import PeridotError
from topazcore.files import replace_file
from topazcore.formats import write_coordinates
from topazcore.images.mrc import encode_mrc
from topazcore.simulation.optics import Defocus, contrast_transfer, count_electrons, image_contrast
from topazcore.simulation.particles import (
    PseudoProtein,
    add_projection,
    make_particle,
    random_orientations,
)
from topazcore.simulation.placement import place_particles
from topazcore.simulation.scene import Scene, add_aggregates, add_carbon, add_gold, add_ice
from topazcore.simulation.settings import SimulationSettings

__all__ = ["TRUTH_FILE", "SimulationSettings", "demo_settings", "free_ice", "simulate", "simulate_micrograph"]

TRUTH_FILE = "truth.star"
# Standard deviation of the ice's own grain in the image, relative to the shot noise.
_ICE_GRAIN = 0.5
_DELOCALISATION_ANGSTROM = 150.0
# Between a particle's centre and anything solid, in diameters.
_CLEARANCE = 0.6
# Film, gold and ice crystals fade out at their edges: below this transmission they are there.
_UNTOUCHED = 0.999


def demo_settings() -> SimulationSettings:
    """The demo's project: eight micrographs, of which some have ice, gold or a carbon edge."""
    return SimulationSettings(carbon=0.16, gold=3, ice=4, contaminated_every=4)


def simulate(
    settings: SimulationSettings, folder: str | Path, on_progress: Callable[[int, int], None] | None = None
) -> Coordinates:
    """Write 0001.mrc, 0002.mrc, ... and the true centres as a particles STAR, truth.star, into `folder`.

    Args:
        folder: made if it is not there; files of these names are replaced.
        on_progress: called with (done, total) after each micrograph.

    Returns:
        The true centres, in full-size pixels.

    Raises:
        PeridotError: the folder cannot be written.
    """
    folder, tables, paths = Path(folder), [], {}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for index in range(settings.micrographs):
            image, centres = simulate_micrograph(settings, index)
            name = f"{index + 1:04d}"
            paths[name] = f"{name}.mrc"
            replace_file(folder / paths[name], encode_mrc(image, settings.pixel_size_angstrom))
            tables.append(Coordinates(np.full(len(centres), name), centres[:, 0], centres[:, 1]))
            if on_progress:
                on_progress(index + 1, settings.micrographs)
        truth = Coordinates.concat(tables)
        write_coordinates(folder / TRUTH_FILE, truth, micrograph_paths=paths)
    except OSError as error:
        raise PeridotError(
            f"{folder} cannot be written: {error.strerror or type(error).__name__}",
            "a writable folder with space",
        ) from error
    return truth


def simulate_micrograph(settings: SimulationSettings, index: int) -> tuple[np.ndarray, np.ndarray]:
    """One micrograph of the set.

    Returns:
        The image, float32 (size_px, size_px), in electrons per pixel; and the centres of mass of its free
        particles, float64 (n, 2) x, y in pixels, all of them inside.
    """
    rng = np.random.default_rng([settings.seed, index])
    particle = _visible_particle(settings)
    scene = _empty_scene(settings, particle)
    _contaminate(scene, settings, index, particle, rng)
    centres = _place(scene, settings, rng)
    for centre, orientation in zip(centres, random_orientations(len(centres), rng), strict=True):
        add_projection(
            scene.density, particle, orientation, centre + scene.margin_px, settings.pixel_size_angstrom
        )
    return _photograph(scene, settings, rng), centres


def free_ice(settings: SimulationSettings, index: int) -> np.ndarray:
    """bool (size_px, size_px): where no carbon, gold or ice crystal lies on a micrograph of the set."""
    rng = np.random.default_rng([settings.seed, index])
    particle = _visible_particle(settings)
    scene = _empty_scene(settings, particle)
    _contaminate(scene, settings, index, particle, rng)
    return scene.micrograph(scene.transmission) >= _UNTOUCHED


def _empty_scene(settings: SimulationSettings, particle: PseudoProtein) -> Scene:
    """A canvas with room for particles on the border and for what the defocus spreads over it."""
    reach = max(particle.reach_angstrom, _DELOCALISATION_ANGSTROM) / settings.pixel_size_angstrom
    wanted = settings.size_px + 2 * (int(reach) + 6)
    canvas = fft.next_fast_len(wanted + (wanted - settings.size_px) % 2, real=True)
    while (canvas - settings.size_px) % 2:
        canvas = fft.next_fast_len(canvas + 1, real=True)
    return Scene(settings.size_px, (canvas - settings.size_px) // 2, settings.pixel_size_angstrom)


def _contaminate(
    scene: Scene, settings: SimulationSettings, index: int, particle: PseudoProtein, rng: np.random.Generator
) -> None:
    """Each kind of contaminant on its own micrographs out of `contaminated_every`."""

    def due(turn: int) -> bool:
        return (index - turn) % settings.contaminated_every == 0

    if settings.carbon and due(1):
        add_carbon(scene, settings.carbon, rng)
    if settings.ice and due(2):
        add_ice(scene, settings.ice, rng)
    if settings.gold and due(3):
        add_gold(scene, settings.gold, rng)
    if settings.aggregates and due(0):
        add_aggregates(scene, settings.aggregates, particle, rng)


def _place(scene: Scene, settings: SimulationSettings, rng: np.random.Generator) -> np.ndarray:
    count = rng.poisson(settings.particles_per_micrograph)
    clearance_px = _CLEARANCE * settings.diameter_px

    def is_free(xy: np.ndarray) -> bool:
        return scene.is_free(xy, clearance_px)

    return place_particles(count, settings.size_px, settings.diameter_px, is_free, rng)


def _photograph(scene: Scene, settings: SimulationSettings, rng: np.random.Generator) -> np.ndarray:
    """The finished scene through the microscope, onto the detector."""
    low, high = settings.defocus_um
    defocus = Defocus(1e4 * rng.uniform(low, high), rng.uniform(0, 200), rng.uniform(0, np.pi))
    transfer = contrast_transfer(scene.density.shape, settings.pixel_size_angstrom, defocus)
    electrons = settings.electrons_per_pixel
    grain = np.float32(_ICE_GRAIN / np.sqrt(electrons * np.mean(np.square(transfer))))
    scene.density += grain * rng.standard_normal(scene.density.shape, dtype=np.float32)
    contrast = scene.micrograph(image_contrast(scene.density, transfer))
    lit = electrons * scene.micrograph(scene.transmission) * _uneven_ice(settings.size_px, rng)
    return count_electrons(lit * np.maximum(1 + contrast, 0), rng)


def _uneven_ice(size_px: int, rng: np.random.Generator) -> np.ndarray:
    """Transmission of ice with a gradient and slow hills, about 1: float32 (size, size)."""
    axis = np.linspace(0, np.pi, size_px, dtype=np.float32)
    waves = np.cos(np.arange(4, dtype=np.float32)[:, None] * axis)
    order = np.add.outer(np.arange(4), np.arange(4))
    hills = (rng.normal(0, 0.005, (4, 4)) / np.maximum(order, 1) ** 1.5).astype(np.float32)
    hills[0, 0] = 0
    return 1 + waves.T @ hills @ waves


@lru_cache(maxsize=8)
def _visible_particle(settings: SimulationSettings) -> PseudoProtein:
    """The particle with the density that gives the wanted signal-to-noise ratio."""
    particle = make_particle(settings.particle, settings.diameter_angstrom)
    reach = int(particle.reach_angstrom / settings.pixel_size_angstrom) + 6
    box = fft.next_fast_len(
        2 * reach + int(_DELOCALISATION_ANGSTROM / settings.pixel_size_angstrom), real=True
    )
    defocus = Defocus(1e4 * sum(settings.defocus_um) / 2)
    transfer = contrast_transfer((box, box), settings.pixel_size_angstrom, defocus)
    axis = (np.arange(box) - box // 2) * settings.pixel_size_angstrom
    disk = np.hypot(axis[:, None], axis) <= settings.diameter_angstrom / 2
    power = []
    for orientation in random_orientations(24, np.random.default_rng(0)):
        alone = np.zeros((box, box), np.float32)
        add_projection(alone, particle, orientation, (box // 2, box // 2), settings.pixel_size_angstrom)
        power.append(np.square(image_contrast(alone, transfer)[disk]).mean())
    noise = (1 + _ICE_GRAIN**2) / settings.electrons_per_pixel
    return replace(particle, peak=float(np.sqrt(settings.snr * noise / np.mean(power))))
