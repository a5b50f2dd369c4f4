"""Settings of a simulation: derived values, and ranges that are named."""

import pytest

from topazcore.errors import SettingsError
from topazcore.simulation.settings import SimulationSettings


def test_sizes_and_grey_values_follow_from_the_pixel_size():
    settings = SimulationSettings(
        pixel_size_angstrom=1.5, diameter_angstrom=150.0, dose_per_square_angstrom=20.0
    )
    assert settings.diameter_px == 100
    assert settings.electrons_per_pixel == 45


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"micrographs": 0}, "micrographs 0; expected 1 to"),
        ({"pixel_size_angstrom": -1.0}, "pixel_size_angstrom -1.0; expected 0.2 to 20.0"),
        ({"snr": float("nan")}, "snr nan"),
        ({"carbon": 1.0}, "carbon 1.0; expected 0.0 to 0.95"),
        ({"defocus_um": (3.0, 1.0)}, "defocus (3.0, 1.0) µm"),
        ({"particle": "ferret"}, "particle ferret"),
        ({"diameter_angstrom": 1900.0}, "a particle of 1900 Å on a micrograph of 3072 Å"),
    ],
)
def test_settings_out_of_range_are_refused_with_the_range(change, said):
    with pytest.raises(SettingsError) as refusal:
        SimulationSettings(**change)
    assert said in str(refusal.value)
