import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from topazcore.compact import compact
from topazcore.preprocess import downsample_tamed, prepare, read_compact


def noise(mean: float = 0.0, spread: float = 1.0) -> np.ndarray:
    return np.random.default_rng(0).normal(mean, spread, (64, 48)).astype(np.float32)


def test_values_are_standardised_and_half_as_large():
    found = compact(noise(100, 5))
    assert found.values.dtype == np.float16 and found.values.shape == (64, 48)
    assert abs(found.centre - 100) < 0.5 and abs(found.scale - 5) < 0.3
    assert abs(float(found.values.std()) - 1) < 0.1


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e3))
def test_the_image_comes_back_to_a_two_thousandth(mean, spread):
    image = noise(0, spread) + np.float32(mean)
    found = compact(image)
    # The last term is float32's own step at the mean.
    allowed = np.abs(image - found.centre) / 2000 + 2e-4 * found.scale + abs(mean) * 3e-7
    assert (np.abs(found.image() - image) <= allowed).all()


def test_a_flat_image_is_zeros_for_the_network_and_itself_for_a_mixture():
    found = compact(np.full((8, 8), 7, np.float32))
    assert (found.centre, found.scale) == (7.0, 0.0)
    assert not found.normalised().any() and (found.image() == 7).all()


def test_bright_spots_are_bounded():
    image = noise()
    image[3, 4] = 1e9
    found = compact(image)
    assert np.isfinite(found.values).all() and found.normalised()[3, 4] == 10


def test_prepare_is_what_the_compact_form_says():
    image = noise(50, 3)
    found = read_compact(image, 2)
    assert np.array_equal(prepare(image, 2), found.normalised())
    assert np.abs(found.image() - downsample_tamed(image, 2)).max() < 0.01
