"""What to simulate: one frozen table of settings with their ranges."""

from dataclasses import dataclass

from topazcore.errors import SettingsError
from topazcore.simulation.particles import PARTICLES

_RANGES = {
    "micrographs": (1, 100_000),
    "size_px": (64, 16_384),
    "pixel_size_angstrom": (0.2, 20.0),
    "diameter_angstrom": (30.0, 2000.0),
    "particles_per_micrograph": (0, 100_000),
    "snr": (0.0, 100.0),
    "dose_per_square_angstrom": (0.1, 1000.0),
    "carbon": (0.0, 0.95),
    "gold": (0, 1000),
    "ice": (0, 1000),
    "aggregates": (0, 1000),
    "contaminated_every": (1, 100_000),
    "seed": (0, 2**32),
}


@dataclass(frozen=True)
class SimulationSettings:
    """What to simulate.

    Args:
        micrographs: how many, each size_px square.
        particle: a name of `simulation.particles.PARTICLES`.
        diameter_angstrom: of the sphere that holds 98 % of the particle.
        particles_per_micrograph: mean of a Poisson distribution; fewer where there is no room.
        snr: mean square of the particles' contrast within their diameter over the variance of the noise, at
            full size and the middle of the defocus range.
        dose_per_square_angstrom: electrons; sets the grey values and, with `snr`, the particles' contrast.
        defocus_um: underfocus in µm, lowest and highest; each micrograph has its own.
        carbon: share of the micrograph's area; gold, ice, aggregates: how many of them.
        contaminated_every: 4 puts each kind of contaminant onto every fourth micrograph only, in turn.

    Raises:
        SettingsError: a value outside its range.
    """

    micrographs: int = 8
    size_px: int = 1536
    pixel_size_angstrom: float = 2.0
    particle: str = "globule"
    diameter_angstrom: float = 150.0
    particles_per_micrograph: float = 85.0
    snr: float = 0.12
    dose_per_square_angstrom: float = 40.0
    defocus_um: tuple[float, float] = (1.6, 2.6)
    carbon: float = 0.0
    gold: int = 0
    ice: int = 0
    aggregates: int = 0
    contaminated_every: int = 1
    seed: int = 0

    def __post_init__(self):
        for name, (low, high) in _RANGES.items():
            value = getattr(self, name)
            if not low <= value <= high:
                raise SettingsError(f"{name} {value}", f"{low} to {high}")
        if self.particle not in PARTICLES:
            raise SettingsError(f"particle {self.particle}", f"one of {', '.join(PARTICLES)}")
        if not 0.1 <= self.defocus_um[0] <= self.defocus_um[1] <= 10:
            raise SettingsError(f"defocus {self.defocus_um} µm", "lowest and highest between 0.1 and 10 µm")
        width_angstrom = self.size_px * self.pixel_size_angstrom
        if self.diameter_angstrom > width_angstrom / 2:
            raise SettingsError(
                f"a particle of {self.diameter_angstrom:g} Å on a micrograph of {width_angstrom:g} Å",
                "at most half of the micrograph",
                "make the micrograph larger",
            )

    @property
    def electrons_per_pixel(self) -> float:
        """The mean grey value of empty ice."""
        return self.dose_per_square_angstrom * self.pixel_size_angstrom**2

    @property
    def diameter_px(self) -> float:
        """The particle's diameter in full-size pixels."""
        return self.diameter_angstrom / self.pixel_size_angstrom
