"""A band-pass takes away what it should, keeps the rest, and moves nothing."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from topazcore.bandpass import Band, band, bandpass
from topazcore.errors import SettingsError


def wave(shape: tuple[int, int], wavelength_px: float, angle: float = 0.6) -> np.ndarray:
    """A plane wave of amplitude 1 across an image."""
    y, x = np.mgrid[: shape[0], : shape[1]]
    return np.cos(2 * np.pi * (x * np.cos(angle) + y * np.sin(angle)) / wavelength_px)


def places(length: int, samples: int) -> np.ndarray:
    """Where the samples of a result lie, full-size px."""
    return (np.arange(samples) + 0.5) * length / samples - 0.5


def inside(image: np.ndarray) -> np.ndarray:
    """The middle half: an image continued by its mirror is no plane wave at its edge."""
    height, width = image.shape
    return image[height // 4 : -height // 4, width // 4 : -width // 4]


@pytest.mark.parametrize("shape", [(512, 512), (509, 640), (640, 331)])
def test_of_two_waves_the_fine_one_goes_and_the_coarse_one_stays(shape):
    coarse, fine = wave(shape, 64, 0.3), wave(shape, 8, 1.1)
    low = bandpass((coarse + fine).astype(np.float32), Band(low_pass_px=20))
    y, x = np.meshgrid(*(places(*each) for each in zip(shape, low.shape, strict=True)), indexing="ij")
    expected = np.cos(2 * np.pi * (x * np.cos(0.3) + y * np.sin(0.3)) / 64)
    assert low.dtype == np.float32 and low.size < coarse.size / 15
    np.testing.assert_allclose(inside(low), inside(expected), atol=0.01)
    high = bandpass((coarse + fine).astype(np.float32), Band(high_pass_px=20))
    np.testing.assert_allclose(inside(high), inside(fine), atol=0.01)


def test_of_three_waves_a_band_keeps_the_middle_one():
    waves = [wave((600, 600), length, angle) for length, angle in ((150, 0.2), (30, 0.9), (6, 0.5))]
    kept = bandpass(sum(waves).astype(np.float32), Band(12, 75))
    y, x = np.meshgrid(*(places(600, each) for each in kept.shape), indexing="ij")
    expected = np.cos(2 * np.pi * (x * np.cos(0.9) + y * np.sin(0.9)) / 30)
    np.testing.assert_allclose(inside(kept), inside(expected), atol=0.01)


def test_half_is_left_at_the_edge_all_a_quarter_before_and_nothing_a_quarter_beyond():
    frequency = np.array([0.0, 0.75, 1.0, 1.25, 3.0]) / 10
    np.testing.assert_allclose(Band(10, None).transfer(frequency), [1, 1, 0.5, 0, 0], atol=1e-6)
    np.testing.assert_allclose(Band(None, 10).transfer(frequency), [0, 0, 0.5, 1, 1], atol=1e-6)


@settings(max_examples=40, deadline=None)
@given(
    size=st.tuples(st.integers(250, 400), st.integers(250, 400)),
    place=st.tuples(st.floats(0.45, 0.55), st.floats(0.45, 0.55)),
    low=st.floats(2, 15) | st.none(),
    high=st.floats(120, 200) | st.none(),
)
def test_a_spot_stays_within_a_twentieth_of_a_pixel(size, place, low, high):
    y, x = np.mgrid[: size[0], : size[1]]
    x0, y0 = place[0] * size[1], place[1] * size[0]
    spot = 5 + np.exp(-((x - x0) ** 2 + (y - y0) ** 2) / (2 * 9.0**2))
    kept = bandpass(spot.astype(np.float32), Band(low, high))
    xs, ys = places(size[1], kept.shape[1]), places(size[0], kept.shape[0])
    # The peak's upper part only: a high-pass leaves a wide moat that the edges of the image cut unevenly.
    weights = np.maximum(kept - (kept.max() + np.median(kept)) / 2, 0) ** 2
    found = (weights.sum(axis=0) * xs).sum(), (weights.sum(axis=1) * ys).sum()
    np.testing.assert_allclose(np.array(found) / weights.sum(), (x0, y0), atol=0.05)


@pytest.mark.parametrize("wanted", [Band(8, None), Band(None, 40), Band(8, 40)], ids=str)
def test_a_constant_stays_and_so_does_the_mean(wanted):
    np.testing.assert_allclose(bandpass(np.full((90, 131), 7.5, np.float32), wanted), 7.5, rtol=1e-5)
    noise = np.random.default_rng(2).normal(-3, 1, (90, 131)).astype(np.float32)
    assert bandpass(noise, wanted).mean() == pytest.approx(noise.mean(), abs=1e-4)


def test_a_gradient_leaves_no_stripe_at_the_edges():
    gradient = np.tile(np.linspace(0, 100, 400, dtype=np.float32), (60, 1))
    low = bandpass(gradient, Band(10, None))
    expected = np.interp(places(400, low.shape[1]), np.arange(400), gradient[0])
    np.testing.assert_allclose(low, np.tile(expected, (len(low), 1)), atol=0.5)


def test_a_low_pass_makes_the_image_as_small_as_it_can_be_and_a_high_pass_does_not():
    image = np.zeros((200, 1000), np.float32)
    assert bandpass(image, Band(20, None)).shape == (40, 200)
    assert bandpass(image, Band(3, None)).shape == (200, 1000)
    assert bandpass(image, Band(None, 100)).shape == (200, 1000)
    assert bandpass(image, Band(50_000, None)).shape == (1, 1)
    assert bandpass(np.zeros((3, 1), np.uint8), Band(None, 2)).shape == (3, 1)


def test_the_image_itself_is_left_alone():
    image = np.random.default_rng(1).normal(size=(64, 64)).astype(np.float32)
    before = image.copy()
    bandpass(image, Band(8, 30))
    np.testing.assert_array_equal(image, before)


def test_lengths_in_angstrom_become_pixels():
    assert band(20, 400, 2.0) == Band(10, 200)
    assert band(None, 400, 2.0) == Band(None, 200)
    assert band(4, None, 2.0) == Band(2, None)


@pytest.mark.parametrize(
    ("low", "high", "found"),
    [
        (3.9, None, "a low-pass of 3.9 Å where a pixel has 2 Å"),
        (None, 3.9, "a high-pass of 3.9 Å where a pixel has 2 Å"),
        (200_000, None, "a low-pass of 200000 Å"),
        (float("nan"), None, "a low-pass of nan Å"),
        (40, 20, "a high-pass of 20 Å with a low-pass of 40 Å"),
        (40, 40, "a high-pass of 40 Å with a low-pass of 40 Å"),
        (None, None, "a filter without low-pass and high-pass"),
    ],
)
def test_lengths_that_make_no_sense_are_refused(low, high, found):
    with pytest.raises(SettingsError) as refused:
        band(low, high, 2.0)
    assert refused.value.found.startswith(found)
    assert refused.value.expected and refused.value.action
