"""Simulated micrographs: repeatable, true to their settings, findable."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from topazcore.errors import PeridotError
from topazcore.formats import read_coordinates
from topazcore.micrograph import read_header, read_micrograph
from topazcore.simulate import SimulationSettings, demo_settings, free_ice, simulate, simulate_micrograph

SMALL = SimulationSettings(
    micrographs=2, size_px=384, pixel_size_angstrom=4.0, diameter_angstrom=150.0, particles_per_micrograph=12
)


def dark_at(image: np.ndarray, centres: np.ndarray, sigma: float) -> np.ndarray:
    """Low-passed darkness at each centre, in standard deviations of the low-passed image."""
    smooth = ndimage.gaussian_filter(image, sigma) - ndimage.gaussian_filter(image, 4 * sigma)
    return -ndimage.map_coordinates(smooth, centres[:, ::-1].T, order=1) / smooth.std()


def test_the_same_settings_give_the_same_micrograph_and_another_seed_another():
    (one, centres), (again, same) = (simulate_micrograph(SMALL, 1) for _ in range(2))
    np.testing.assert_array_equal(one, again)
    np.testing.assert_array_equal(centres, same)
    assert not np.array_equal(one, simulate_micrograph(replace(SMALL, seed=1), 1)[0])
    assert not np.array_equal(one, simulate_micrograph(SMALL, 0)[0])


def test_a_micrograph_is_float32_electrons_with_its_particles_inside():
    image, centres = simulate_micrograph(SMALL, 0)
    assert (image.dtype, image.shape) == (np.float32, (384, 384))
    assert image.mean() == pytest.approx(40 * 4.0**2, rel=0.1)
    assert 3 <= len(centres) <= 30
    assert centres.min() >= 0 and centres.max() <= 383


def test_noise_alone_has_the_variance_that_the_dose_gives():
    image, centres = simulate_micrograph(replace(SMALL, particles_per_micrograph=0), 0)
    fine = image - ndimage.gaussian_filter(image, 8)
    assert len(centres) == 0
    assert fine.var() == pytest.approx(1.25 * 640, rel=0.1)


@pytest.mark.parametrize("snr", [0.05, 0.2])
@pytest.mark.parametrize("particle", ["globule", "horseshoe"])
def test_the_signal_to_noise_ratio_is_the_one_asked_for(snr, particle):
    settings = replace(SMALL, particle=particle, snr=snr, defocus_um=(2.0, 2.0), size_px=512)
    loud, centres = simulate_micrograph(settings, 0)
    silent, same = simulate_micrograph(replace(settings, snr=0.0), 0)
    np.testing.assert_array_equal(centres, same)
    rows, columns = np.mgrid[:512, :512]
    signal = (loud - silent) / 640
    near = np.zeros(loud.shape, bool)
    for x, y in centres:
        near |= np.hypot(columns - x, rows - y) <= 150 / 4 / 2
    noise_variance = 1.25 / 640
    assert np.square(signal[near]).mean() / noise_variance == pytest.approx(snr, rel=0.3)


def test_particles_are_dark_after_a_low_pass_and_hidden_before():
    settings = replace(demo_settings(), size_px=768, particles_per_micrograph=25, contaminated_every=100)
    image, centres = simulate_micrograph(settings, 10)
    inside = ((centres > 40) & (centres < 727)).all(axis=1)
    assert np.median(dark_at(image, centres[inside], sigma=8)) > 1.0
    assert np.median(dark_at(image, centres[inside], sigma=0.5)) < 1.0


def test_contaminants_take_turns():
    settings = replace(SMALL, carbon=0.5, ice=1, gold=2, aggregates=1, contaminated_every=4)
    spread = [simulate_micrograph(settings, index)[0] for index in range(4)]
    opaque = [int((image < 0.45 * 640).sum()) for image in spread]
    assert np.argmax(opaque) == 3 and opaque[3] > 200 > max(opaque[:3])  # gold
    assert np.argmin([np.percentile(image, 50) for image in spread]) == 1  # carbon


def test_the_demo_is_eight_micrographs_of_which_some_are_clean():
    settings = demo_settings()
    assert (settings.micrographs, settings.size_px, settings.pixel_size_angstrom) == (8, 1536, 2.0)
    assert settings.contaminated_every > 1
    image, centres = simulate_micrograph(settings, 0)
    assert image.shape == (1536, 1536) and 60 <= len(centres) <= 110


def test_a_folder_gets_the_micrographs_and_their_truth(tmp_path):
    steps = []
    truth = simulate(SMALL, tmp_path / "new", lambda done, total: steps.append((done, total)))
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == [
        "0001.mrc",
        "0002.mrc",
        "truth.star",
    ]
    assert steps == [(1, 2), (2, 2)]
    image, centres = simulate_micrograph(SMALL, 0)
    np.testing.assert_array_equal(read_micrograph(tmp_path / "new" / "0001.mrc"), image)
    assert read_header(tmp_path / "new" / "0001.mrc").pixel_size_angstrom == 4.0
    written = read_coordinates(tmp_path / "new" / "truth.star")
    assert set(written.micrograph) <= {"0001", "0002"}
    np.testing.assert_allclose(written.of("0001").x, centres[:, 0], atol=0.01)
    np.testing.assert_allclose(written.of("0001").y, truth.of("0001").y, atol=0.01)


def test_a_folder_that_cannot_be_made_is_said(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(PeridotError, match="file cannot be written"):
        simulate(SMALL, tmp_path / "file")


def test_free_ice_ends_where_the_carbon_begins():
    settings = SimulationSettings(
        micrographs=2, size_px=256, pixel_size_angstrom=4.0, carbon=0.5, contaminated_every=2,
        particles_per_micrograph=8.0,
    )  # fmt: skip
    assert free_ice(settings, 0).all()
    free = free_ice(settings, 1)
    assert 0.4 < free.mean() < 0.5
    image, _ = simulate_micrograph(settings, 1)
    assert image[free].mean() > image[~free].mean()
