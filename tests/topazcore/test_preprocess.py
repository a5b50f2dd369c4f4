"""Downsampling keeps places, means and low frequencies; outliers have bounded influence."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import fft

from topazcore.errors import MicrographError, SettingsError
from topazcore.images.mrc import encode_mrc
from topazcore.mixture import Mixture
from topazcore.preprocess import Downsampling, downsample, normalise_affine, prepare, tame_outliers

# height, width, factor: divisible, odd, not divisible, prime, not square, not whole, hardly a change
CASES = [
    (256, 256, 4), (255, 257, 4), (250, 331, 3), (211, 197, 2), (300, 200, 7), (240, 360, 5),
    (256, 256, 2.5), (255, 310, 1.37), (211, 197, 3.81), (300, 201, 1.001), (333, 250, 6.66),
]  # fmt: skip


# Ice at ten times its own spread, and darker carbon.
MIXTURE = Mixture(rho=0.1, mu0=10.0, sigma0=1.0, mu1=7.0, sigma1=1.4, zero=0.0)


def blob(height: int, width: int, x: float, y: float, sigma: float) -> np.ndarray:
    rows, columns = np.arange(height)[:, None], np.arange(width)
    return np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * sigma**2)).astype(np.float32)


def centre_of_mass(image: np.ndarray) -> np.ndarray:
    total = image.sum(dtype=np.float64)
    x = (image.sum(axis=0, dtype=np.float64) * np.arange(image.shape[1])).sum() / total
    y = (image.sum(axis=1, dtype=np.float64) * np.arange(image.shape[0])).sum() / total
    return np.array([x, y])


@pytest.mark.parametrize(
    ("size", "factor", "size_ds"),
    [(4096, 4, 1024), (1023, 2, 512), (1022, 4, 256), (10, 3, 3), (1, 8, 1), (5, 1, 5)],
)
def test_the_downsampled_size_is_the_nearest_whole_number(size, factor, size_ds):
    frame = Downsampling(size, 2 * size, factor)
    assert frame.height_ds == size_ds
    assert frame.scale_y == size / size_ds
    assert frame.scale_x == 2 * size / frame.width_ds


@pytest.mark.parametrize(("height", "width", "factor"), CASES)
def test_a_blob_is_found_where_the_map_says_within_a_hundredth_of_a_pixel(height, width, factor):
    frame = Downsampling(height, width, factor)
    place = np.array([[0.53 * width, 0.46 * height]])
    image = blob(height, width, *place[0], sigma=2.5 * factor)
    small = downsample(image, factor)
    assert small.shape == (frame.height_ds, frame.width_ds) and small.dtype == np.float32
    np.testing.assert_allclose(centre_of_mass(small)[None], frame.to_ds(place), atol=0.01)
    np.testing.assert_allclose(frame.to_full(centre_of_mass(small)[None]), place, atol=0.01)


@settings(max_examples=60, deadline=None)
@given(
    size=st.tuples(st.integers(90, 260), st.integers(90, 260)),
    factor=st.floats(1, 6),
    place=st.tuples(st.floats(0.4, 0.6), st.floats(0.4, 0.6)),
)
def test_by_any_factor_a_blob_is_found_within_a_hundredth_of_a_full_size_pixel(size, factor, place):
    frame = Downsampling(*size, factor)
    x, y = place[0] * size[1], place[1] * size[0]
    small = downsample(blob(*size, x, y, sigma=1.3 * factor), factor)
    np.testing.assert_allclose(frame.to_full(centre_of_mass(small)[None]), [[x, y]], atol=0.01)


@pytest.mark.parametrize(("height", "width", "factor"), CASES)
def test_a_slow_wave_keeps_its_values_at_the_mapped_places(height, width, factor):
    rows, columns = np.mgrid[:height, :width]
    image = 7 + np.cos(2 * np.pi * (2 * columns / width + 3 * rows / height) + 0.4)
    small = downsample(image, factor)
    rows, columns = np.mgrid[: small.shape[0], : small.shape[1]]
    expected = 7 + np.cos(2 * np.pi * (2 * columns / small.shape[1] + 3 * rows / small.shape[0]) + 0.4)
    np.testing.assert_allclose(small, expected, atol=1e-4)


@pytest.mark.parametrize(("height", "width", "factor"), CASES)
def test_frequencies_below_the_new_limit_keep_their_energy_and_others_vanish(height, width, factor):
    image = np.random.default_rng(0).normal(5, 1, (height, width)).astype(np.float32)
    small = downsample(image, factor)
    assert small.mean(dtype=np.float64) == pytest.approx(image.mean(dtype=np.float64), rel=1e-5)
    ky, kx = fft.fftfreq(height, 1 / height)[:, None], fft.fftfreq(width, 1 / width)
    kept_y, kept_x = 2 * np.abs(ky) < small.shape[0], 2 * np.abs(kx) < small.shape[1]
    kept = (kept_y | (small.shape[0] == height)) & (kept_x | (small.shape[1] == width))
    energy = np.square(np.abs(fft.fft2(image.astype(np.float64))[kept])).sum() / image.size**2
    assert np.square(small.astype(np.float64)).mean() == pytest.approx(energy, rel=1e-5)


def test_factor_one_is_a_copy():
    image = np.ones((3, 4), np.float32)
    small = downsample(image, 1)
    assert small.tolist() == image.tolist() and small is not image


@pytest.mark.parametrize("shape", [(1, 1), (1, 10_000), (10_000, 1), (2, 3), (7, 5)])
@pytest.mark.parametrize("factor", [1, 1.5, 4, 16])
def test_the_smallest_and_thinnest_images_pass(shape, factor):
    image = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    frame = Downsampling(*shape, factor)
    prepared = prepare(image, factor)
    assert prepared.shape == (frame.height_ds, frame.width_ds)
    assert np.isfinite(prepared).all()


@pytest.mark.parametrize("factor", [0, -2, 0.99, float("nan"), float("inf")])
def test_a_factor_that_is_no_number_of_at_least_one_is_refused(factor):
    with pytest.raises(SettingsError, match=f"factor {factor}"):
        Downsampling(10, 10, factor)


@given(
    size=st.tuples(st.integers(1, 5000), st.integers(1, 5000)),
    factor=st.floats(1, 40),
    xy=st.tuples(st.floats(-10, 5000), st.floats(-10, 5000)),
)
def test_to_ds_and_back_is_the_same_place(size, factor, xy):
    frame = Downsampling(*size, factor)
    np.testing.assert_allclose(frame.to_full(frame.to_ds([xy])), [xy], rtol=1e-12, atol=1e-9)


def noise(shape=(128, 128)) -> np.ndarray:
    return np.random.default_rng(1).normal(100, 10, shape).astype(np.float32)


def test_normalised_values_have_mean_zero_and_spread_one():
    normalised = normalise_affine(noise())
    assert normalised.dtype == np.float32
    assert abs(normalised.mean()) < 0.01
    assert normalised.std() == pytest.approx(1, abs=0.01)


def test_a_dark_carbon_film_over_a_fifth_does_not_set_the_scale():
    image = np.random.default_rng(4).normal(100, 10, (400, 400)).astype(np.float32)
    image[:, :80] = np.random.default_rng(5).normal(55, 15, (400, 80))
    ice = normalise_affine(image)[:, 80:]
    assert abs(ice.mean()) < 0.1
    assert ice.std() == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize("mixture", [None, MIXTURE], ids=["affine", "mixture"])
@pytest.mark.parametrize("hot", [1e9, -1e9, 3e38])
def test_one_hot_pixel_hardly_moves_anything_else(hot, mixture):
    clean, spoiled = noise(), noise()
    spoiled[40, 50] = hot
    expected, found = prepare(clean, 2, mixture), prepare(spoiled, 2, mixture)
    # the pixel is replaced by a local median: what it did to its surroundings before is 1/16 of its own noise
    assert np.abs(found - expected).max() < 1
    assert np.abs(normalise_affine(spoiled) - normalise_affine(clean))[0].max() < 0.01
    assert np.abs(normalise_affine(spoiled)).max() <= 10


def test_dead_pixels_and_a_dead_column_become_their_surroundings():
    image = noise()
    image[20, 20], image[60:62, 70:72], image[:, 100] = 0, 0, 0
    tamed = tame_outliers(image)
    for mended in (tamed[20, 20], tamed[60:62, 70:72], tamed[:, 100]):
        assert np.all(np.abs(mended - 100) < 20)
    np.testing.assert_array_equal(tamed[:, 0], image[:, 0])


def test_a_gold_bead_is_no_hot_pixel():
    bead = blob(128, 128, 60, 60, 6) > 0.3
    image = noise() - 150 * bead
    changed = tame_outliers(image) != image
    assert not changed[~bead].any()
    assert changed.sum() <= 0.06 * bead.sum()  # the sharp corners of its outline


@pytest.mark.parametrize("mixture", [None, MIXTURE], ids=["affine", "mixture"])
@pytest.mark.parametrize("value", [0, 7.5])
def test_an_image_without_variance_becomes_zeros(value, mixture):
    assert not prepare(np.full((40, 40), value, np.float32), 2, mixture).any()


@pytest.mark.parametrize("mixture", [None, MIXTURE], ids=["affine", "mixture"])
def test_a_hot_pixel_on_an_image_without_variance_stays_bounded(mixture):
    image = np.zeros((64, 64), np.float32)
    image[3, 3] = 1e9
    assert np.abs(prepare(image, 2, mixture)).max() <= 10


def test_sparse_electron_counts_keep_their_spread():
    counts = np.random.default_rng(2).poisson(0.05, (256, 256)).astype(np.uint8)
    prepared = prepare(counts, 1)
    assert len(np.unique(prepared)) >= 2
    assert prepared.max() > 2


@pytest.mark.parametrize("mixture", [None, MIXTURE], ids=["affine", "mixture"])
@pytest.mark.parametrize("share", [0.0001, 0.01])
def test_values_that_are_not_finite_do_not_spread(share, mixture):
    image = noise()
    bad = np.random.default_rng(3).random(image.shape) < share
    bad[5, 5] = True
    found = prepare(np.where(bad, np.nan, image).astype(np.float32), 2, mixture)
    assert np.isfinite(found).all()
    assert np.corrcoef(found.ravel(), prepare(image, 2, mixture).ravel())[0, 1] > 0.98


def test_a_path_gives_the_same_as_its_pixels(tmp_path):
    path = tmp_path / "m.mrc"
    path.write_bytes(encode_mrc(noise(), 2.0))
    np.testing.assert_array_equal(prepare(path, 3), prepare(noise(), 3))


def test_an_image_of_nans_is_refused():
    with pytest.raises(MicrographError):
        prepare(np.full((8, 8), np.nan, np.float32), 2)


def test_a_large_part_far_from_the_rest_is_structure_and_only_bounded():
    image = noise((200, 200))
    image[:, :20] = 5000
    tamed = tame_outliers(image)
    np.testing.assert_array_equal(tamed[:, 20:], image[:, 20:])
    assert 250 < tamed[0, 0] < 350
