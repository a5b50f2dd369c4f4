"""The mixture finds what made the pixels, and carbon over half of a micrograph does not move its ice."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from topazcore.errors import SettingsError
from topazcore.mixture import Mixture, fit_mixture, normalise_mixture, sample, scale_of
from topazcore.preprocess import downsample_tamed, normalise_affine, prepare
from topazcore.simulate import SimulationSettings, simulate_micrograph

MIXTURE = Mixture(rho=0.3, mu0=20.0, sigma0=1.0, mu1=14.0, sigma1=1.5, zero=0.0)


def drawn(
    mixture: Mixture, alpha: float, seed: int, share: float | None = None, size: int = 200
) -> np.ndarray:
    """A float32 (size, size) micrograph drawn from a mixture, component 1 on its left."""
    random = np.random.default_rng(seed)
    image = random.normal(mixture.mu0, mixture.sigma0, (size, size))
    left = round(size * (mixture.rho if share is None else share))
    image[:, :left] = random.normal(mixture.mu1, mixture.sigma1, (size, left))
    return (alpha * image).astype(np.float32)


def fitted(*images: np.ndarray) -> Mixture:
    return fit_mixture([sample(image) for image in images])


def test_the_parameters_that_made_the_pixels_are_found():
    made = ((3.0, 0.05), (1.0, 0.3), (7.5, 0.7), (2.0, 0.05))
    found = fitted(*(drawn(MIXTURE, alpha, 0, share) for alpha, share in made))
    assert found.zero == 0
    assert found.rho == pytest.approx(0.275, abs=0.01)
    # Only ratios are: all alpha and all parameters may be scaled.
    assert found.mu0 / found.sigma0 == pytest.approx(20, rel=0.02)
    assert found.mu1 / found.sigma1 == pytest.approx(14 / 1.5, rel=0.02)
    assert found.sigma1 / found.sigma0 == pytest.approx(1.5, rel=0.02)
    assert found.dominant == (found.mu0, 1.0)


def test_where_each_micrograph_has_another_zero_its_own_centre_is_taken():
    images = [drawn(MIXTURE, 2.0, seed) + 300 * seed for seed in range(4)]
    found = fitted(*images)
    assert found.zero is None
    for image in images:
        ice = normalise_mixture(image, found)[:, 70:]
        assert abs(ice.mean()) < 0.03 and ice.std() == pytest.approx(1, abs=0.03)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.6])
@pytest.mark.parametrize("alpha", [0.01, 1.0, 40.0])
def test_the_scale_of_a_new_micrograph_is_found_whatever_its_share_of_carbon(alpha, share):
    values = sample(drawn(MIXTURE, alpha, 5, share))
    assert scale_of(values, MIXTURE) == pytest.approx(alpha, rel=0.005)


def test_the_scale_is_where_the_likelihood_is_highest():
    values = sample(drawn(replace(MIXTURE, rho=0.0), 3.0, 1))
    one = Mixture(0.0, 18.0, 1.5, 0.0, 1.0, 0.0)
    alphas = np.linspace(2.5, 4.5, 4001)
    u = values[:, None] / alphas
    likelihood = (-0.5 * ((u - 18) / 1.5) ** 2).mean(axis=0) - np.log(alphas)
    assert scale_of(values, one) == pytest.approx(alphas[np.argmax(likelihood)], abs=6e-4)


def test_the_larger_component_is_the_dominant_one_and_the_narrower_of_equals():
    assert replace(MIXTURE, rho=0.2).dominant == (20.0, 1.0)
    assert replace(MIXTURE, rho=0.8).dominant == (14.0, 1.5)
    assert replace(MIXTURE, rho=0.55).dominant == (20.0, 1.0)
    assert replace(MIXTURE, rho=0.45, sigma0=2.0).dominant == (14.0, 1.5)


@pytest.mark.parametrize(
    ("means", "spreads"),
    [((160, 155, 170), (13, 13, 14)), ((0, 0.5, -0.5), (1, 2, 0.5)), ((-30_000, -100, 12), (5, 9, 7))],
    ids=["counts", "about zero", "below zero"],
)
def test_without_carbon_it_gives_what_affine_gives(means, spreads):
    random = np.random.default_rng(0)
    images = [
        random.normal(mean, spread, (150, 150)).astype(np.float32)
        for mean, spread in zip(means, spreads, strict=True)
    ]
    found = fitted(*images)
    assert found.rho == 0
    for image in images:
        np.testing.assert_allclose(normalise_mixture(image, found), normalise_affine(image), atol=0.06)


@settings(max_examples=20, deadline=None)
@given(factor=st.floats(1e-3, 1e4), shift=st.floats(-1e4, 1e4))
def test_units_of_the_file_do_not_matter_where_each_micrograph_has_its_own_zero(factor, shift):
    found = replace(MIXTURE, mu0=0.2, mu1=-3.0, zero=None)
    image = drawn(MIXTURE, 1.0, 3, size=60)
    moved = (image.astype(np.float64) * factor + shift * factor).astype(np.float64)
    np.testing.assert_allclose(normalise_mixture(moved, found), normalise_mixture(image, found), atol=0.02)


def simulated(carbon: float, index: int) -> np.ndarray:
    """A micrograph as it is normalised, with the same number of particles on each part of ice."""
    options = SimulationSettings(
        size_px=1024, particles_per_micrograph=40 * (1 - carbon), carbon=carbon, seed=3
    )
    return downsample_tamed(simulate_micrograph(options, index)[0], 4)


@pytest.fixture(scope="module")
def half_carbon() -> tuple[np.ndarray, np.ndarray]:
    """Two micrographs half of carbon."""
    return simulated(0.5, 0), simulated(0.5, 7)


@pytest.fixture(scope="module")
def carbon_free() -> list[np.ndarray]:
    """The first has the microscope's settings of the first of `half_carbon`."""
    return [simulated(0.0, index) for index in range(4)]


def ice_of(image: np.ndarray) -> np.ndarray:
    """Where there is ice, six pixels from carbon: film takes 12 of 160 electrons."""
    return ndimage.binary_erosion(ndimage.uniform_filter(image, 21) > 154, iterations=6)


def plain(image: np.ndarray) -> np.ndarray:
    return (image - image.mean()) / image.std()


def change_of_ice(normalise, half: np.ndarray, free: np.ndarray) -> tuple[float, float]:
    """Mean of the ice beside carbon less that without, and the ratio of their spreads."""
    ice, alone = normalise(half)[ice_of(half)], normalise(free)
    return float(ice.mean() - alone.mean()), float(ice.std() / alone.std())


@pytest.mark.parametrize("offset", [0.0, 30_000.0, -160.0, -200.0])
@pytest.mark.parametrize("fitted_to", [0, 1], ids=["among those fitted", "new to the mixture"])
def test_carbon_over_half_of_a_micrograph_leaves_its_ice_as_it_is(
    half_carbon, carbon_free, fitted_to, offset
):
    shifted = [image + np.float32(offset) for image in carbon_free]
    found = fitted(half_carbon[fitted_to] + np.float32(offset), *shifted[1:])

    def normalise(image):
        return normalise_mixture(image + np.float32(offset), found)

    mean, spread = change_of_ice(normalise, half_carbon[0], carbon_free[0])
    assert abs(mean) < 0.1 and 0.9 < spread < 1.1


@pytest.mark.parametrize("normalise", [plain, normalise_affine])
def test_carbon_over_half_of_a_micrograph_moves_its_ice_under_affine_normalisation(
    half_carbon, carbon_free, normalise
):
    mean, spread = change_of_ice(normalise, half_carbon[0], carbon_free[0])
    assert mean > 0.6 and spread < 0.6


def test_the_same_images_give_the_same_mixture():
    images = drawn(MIXTURE, 2.0, 0), drawn(MIXTURE, 3.0, 1, 0.1)
    assert fitted(*images) == fitted(*images)


def test_a_sample_is_a_thousand_quantiles_of_any_image():
    image = np.arange(10.0).reshape(2, 5)
    assert sample(image).shape == (1000,)
    assert (sample(image)[[0, -1]] == pytest.approx([0, 9], abs=0.01)) and np.median(sample(image)) == 4.5
    assert set(sample(np.full((1, 1), 3.0))) == {3.0}


def test_micrographs_without_variance_are_left_out_and_become_zeros():
    flat, image = np.full((50, 50), 9.0, np.float32), drawn(MIXTURE, 1.0, 0)
    assert fitted(flat, image) == fitted(image)
    assert not normalise_mixture(flat, fitted(image)).any()
    with pytest.raises(SettingsError, match="pixels differ"):
        fitted(flat, flat)
    with pytest.raises(SettingsError, match="pixels differ"):
        fit_mixture([])


@pytest.mark.parametrize("rate", [0.01, 0.05, 0.5])
@pytest.mark.parametrize("most", [1, 3, 250])
def test_images_of_a_few_values_stay_finite(rate, most):
    images = [
        (np.random.default_rng(seed).random((90, 80)) < rate).astype(np.float32) * most for seed in range(3)
    ]
    images[0][0, 0] += 1
    normalised = normalise_mixture(images[0], fitted(*images))
    assert np.isfinite(normalised).all() and np.abs(normalised).max() <= 10


@pytest.mark.parametrize("border", [0.0, 100.0, -5.0])
def test_a_border_of_one_value_is_no_component_that_sets_the_scale(border):
    image = np.random.default_rng(1).normal(100, 10, (120, 120)).astype(np.float32)
    image[:20] = border
    normalised = normalise_mixture(image, fitted(image))
    assert abs(normalised[20:].mean()) < 0.1 and normalised[20:].std() == pytest.approx(1, abs=0.15)


@pytest.mark.parametrize("shape", [(1, 1), (1, 10_000), (3, 2)])
def test_the_smallest_and_thinnest_images_pass(shape):
    image = np.random.default_rng(0).normal(100, 1, shape).astype(np.float32)
    prepared = prepare(image, 1, MIXTURE)
    assert prepared.shape == shape and prepared.dtype == np.float32 and np.isfinite(prepared).all()


def test_a_mixture_survives_json():
    found = fitted(drawn(MIXTURE, 2.0, 0), drawn(MIXTURE, 3.0, 1))
    assert Mixture.from_dict(json.loads(json.dumps(found.as_dict()))) == found


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"rho": 1.5}, "rho 1.5"),
        ({"rho": float("nan")}, "rho nan"),
        ({"sigma0": 0}, "sigma0 0"),
        ({"sigma1": -1.0}, "sigma1 -1"),
        ({"mu0": float("inf")}, "mu0 inf"),
        ({"mu1": "3"}, "mu1 3"),
        ({"mu1": True}, "mu1 True"),
        ({"zero": "nowhere"}, "zero nowhere"),
        ({"gamma": 1}, "gamma"),
    ],
)
def test_parameters_that_no_fit_gives_are_refused(changes, said):
    with pytest.raises(SettingsError, match=said):
        Mixture.from_dict(MIXTURE.as_dict() | changes)


@pytest.mark.parametrize("document", [None, [], "mixture", {}, 5])
def test_what_is_no_mixture_is_refused(document):
    with pytest.raises(SettingsError, match="normalisation"):
        Mixture.from_dict(document)
