"""What lies on a simulated grid besides free particles: carbon, gold, ice crystals, aggregates.

Each adds density (which the microscope turns into contrast with fringes), takes electrons away, and keeps
particles off. Shapes and strengths are set by eye against real micrographs, not measured.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from topazcore.simulation.particles import PseudoProtein, add_projection, random_orientations

_HOLE_RADIUS_ANGSTROM = 6000.0
_GOLD_RADIUS_ANGSTROM = 50.0


@dataclass
class Scene:
    """A square micrograph under construction, with a margin that is cut off at the end.

    Args:
        size_px, margin_px: of the micrograph, and around it.
        pixel_size_angstrom: of both.
        density, transmission: float32 canvases of `size_px + 2 * margin_px` squared.
        obstacles: functions from x, y of the micrograph to the distance in pixels from something solid.
    """

    size_px: int
    margin_px: int
    pixel_size_angstrom: float
    density: np.ndarray = field(init=False)
    transmission: np.ndarray = field(init=False)
    obstacles: list[Callable[[np.ndarray], float]] = field(default_factory=list)

    def __post_init__(self):
        canvas = (self.size_px + 2 * self.margin_px,) * 2
        self.density = np.zeros(canvas, np.float32)
        self.transmission = np.ones(canvas, np.float32)

    def is_free(self, xy: np.ndarray, clearance_px: float) -> bool:
        """Whether everything solid is at least `clearance_px` away."""
        return all(distance(xy) >= clearance_px for distance in self.obstacles)

    def block(self, centre: np.ndarray, radius_px: float) -> None:
        """Keep particles out of a circle."""
        self.obstacles.append(lambda xy: float(np.hypot(*(xy - centre))) - radius_px)

    def micrograph(self, canvas: np.ndarray) -> np.ndarray:
        """The part of a canvas that is the micrograph."""
        inside = slice(self.margin_px, self.margin_px + self.size_px)
        return canvas[inside, inside]

    def random_place(self, rng: np.random.Generator) -> np.ndarray:
        """x, y anywhere on the micrograph."""
        return rng.uniform(0, self.size_px - 1, 2)

    def window(
        self, centre: np.ndarray, reach_px: float
    ) -> tuple[tuple[slice, slice], np.ndarray, np.ndarray]:
        """Index of the canvas around a place on the micrograph, and dx (1, w), dy (h, 1) in Å from it."""
        on_canvas = centre + self.margin_px
        low = np.maximum(np.floor(on_canvas - reach_px), 0).astype(int)
        high = np.minimum(np.ceil(on_canvas + reach_px) + 1, len(self.density)).astype(int)
        dx = (np.arange(low[0], high[0]) - on_canvas[0])[None, :] * self.pixel_size_angstrom
        dy = (np.arange(low[1], high[1]) - on_canvas[1])[:, None] * self.pixel_size_angstrom
        return (slice(low[1], high[1]), slice(low[0], high[0])), dx, dy


def add_carbon(scene: Scene, share: float, rng: np.random.Generator) -> None:
    """The film around a hole over a `share` of the micrograph: darker, with the grain of amorphous carbon."""
    middle = (scene.size_px - 1) / 2
    angle = rng.uniform(0, 2 * np.pi)
    radius = _HOLE_RADIUS_ANGSTROM / scene.pixel_size_angstrom
    hole = middle - radius * np.array([np.cos(angle), np.sin(angle)])
    phases = rng.uniform(0, 2 * np.pi, 2)

    def from_hole(x, y):
        turn = np.arctan2(y - hole[1], x - hole[0])
        rough = np.sin(40 * turn + phases[0]) + 0.5 * np.sin(110 * turn + phases[1])
        return np.hypot(x - hole[0], y - hole[1]) + 10 / scene.pixel_size_angstrom * rough

    axis = np.arange(len(scene.density), dtype=np.float32) - scene.margin_px
    distance = from_hole(axis[None, :], axis[:, None]).astype(np.float32)
    edge = float(np.quantile(scene.micrograph(distance)[::4, ::4], 1 - share))
    film = _soft_step((distance - edge) * scene.pixel_size_angstrom, 10.0)
    grain = rng.standard_normal(film.shape, dtype=np.float32)
    scene.density += film * (0.25 + 0.22 * grain)
    scene.transmission *= 1 - 0.05 * film
    scene.obstacles.append(lambda xy: edge - float(from_hole(*xy)))


def add_gold(scene: Scene, beads: int, rng: np.random.Generator) -> None:
    """Fiducial beads of about 10 nm, nearly opaque, some of them in touch."""
    place = scene.random_place(rng)
    for _ in range(beads):
        radius = _GOLD_RADIUS_ANGSTROM * rng.uniform(0.85, 1.15)
        index, dx, dy = scene.window(place, 1.5 * radius / scene.pixel_size_angstrom)
        from_edge = radius - np.hypot(dx, dy).astype(np.float32)
        scene.transmission[index] *= 1 - 0.7 * _soft_step(from_edge, 3.0)
        scene.density[index] += 0.02 * np.sqrt(np.maximum(from_edge, 0) * radius)
        scene.block(place, radius / scene.pixel_size_angstrom)
        angle = rng.uniform(0, 2 * np.pi)
        beside = place + 2.1 * radius / scene.pixel_size_angstrom * np.array([np.cos(angle), np.sin(angle)])
        place = beside if rng.random() < 0.4 else scene.random_place(rng)


def add_ice(scene: Scene, crystals: int, rng: np.random.Generator) -> None:
    """Contaminating ice: dark, blunt polygons with a bright rim, in several sizes."""
    for _ in range(crystals):
        place, radius = scene.random_place(rng), rng.uniform(110, 330)
        index, dx, dy = scene.window(place, 1.6 * radius / scene.pixel_size_angstrom)
        turn = np.arctan2(dy, dx)
        corners, phases = rng.integers(4, 7), rng.uniform(0, 2 * np.pi, 2)
        outline = 1 + 0.06 * np.cos(corners * turn + phases[0]) + 0.1 * np.cos(2 * turn + phases[1])
        from_edge = (radius * outline - np.hypot(dx, dy)).astype(np.float32)
        body = _soft_step(from_edge, 4.0)
        bulge = np.sqrt(np.clip(from_edge / radius, 0, 1))
        scene.density[index] += body * (0.15 + 0.35 * bulge)
        scene.transmission[index] *= 1 - body * np.float32(0.02 + 0.05 * bulge)
        scene.block(place, 1.16 * radius / scene.pixel_size_angstrom)


def add_aggregates(scene: Scene, clumps: int, particle: PseudoProtein, rng: np.random.Generator) -> None:
    """Heaps of overlapping particles that nobody would pick."""
    step = 0.5 * particle.diameter_angstrom / scene.pixel_size_angstrom
    for _ in range(clumps):
        heart = scene.random_place(rng)
        places = heart + step * rng.normal(0, 1.1, (rng.integers(7, 15), 2))
        for place, orientation in zip(places, random_orientations(len(places), rng), strict=True):
            if (place >= 0).all() and (place <= scene.size_px - 1).all():
                on_canvas = place + scene.margin_px
                add_projection(scene.density, particle, orientation, on_canvas, scene.pixel_size_angstrom)
            scene.block(place, step)


def _soft_step(distance: np.ndarray, width: float) -> np.ndarray:
    """0 outside (negative distance), 1 inside, over about `width`: float32."""
    return (0.5 + 0.5 * np.tanh(distance / np.float32(width))).astype(np.float32)
