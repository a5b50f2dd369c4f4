"""The window and the handles: what must not upset them, and what they look like on real micrographs."""

import numpy as np
import pytest

from server import contrast, pyramid
from topazcore.micrograph import finite, read_micrograph


def noise(sigma: float = 5, mean: float = 100, size: int = 700) -> np.ndarray:
    return np.random.default_rng(1).normal(mean, sigma, (size, size)).astype(np.float32)


@pytest.mark.parametrize("value", [1e9, -1e9, 3e38, -3e38])
def test_one_hot_pixel_leaves_more_than_200_greys(value):
    image = noise()
    image[3, 3] = image[350, 350] = value
    grey = contrast.to_grey(image, contrast.wide_window(image))
    assert len(np.unique(grey)) > 200


@pytest.mark.parametrize("value", [0.0, 7.0, -1e30, 1e38])
def test_an_image_of_one_value_is_one_grey_and_has_a_window(value):
    image = np.full((50, 50), value, np.float32)
    window = contrast.wide_window(image)
    assert window.high > window.low
    assert len(np.unique(contrast.to_grey(image, window))) == 1


def test_the_window_takes_in_the_whole_of_what_is_normal():
    window = contrast.wide_window(noise(sigma=5, mean=100))
    assert 75 < window.low < 85 and 115 < window.high < 125


def test_greys_are_rounded_and_clipped():
    image = np.array([[-5, 0, 0.49, 0.51, 254.6, 300]], np.float32)
    assert contrast.to_grey(image, contrast.Window(0, 255)).tolist() == [[0, 0, 0, 1, 255, 255]]


@pytest.mark.parametrize("dtype", [np.int16, np.uint16, np.int8, np.float16, np.float32])
def test_every_type_of_sample_has_greys(dtype):
    image = np.linspace(0, 120, 10_000).reshape(100, 100).astype(dtype)
    grey = contrast.to_grey(image, contrast.wide_window(image))
    assert (grey.min(), grey.max()) == (0, 255)


def test_the_handles_hold_almost_all_between_them():
    counts = np.zeros(256, int)
    counts[0], counts[100:150], counts[255] = 3, 100, 3
    low, high = contrast.starting_handles(counts)
    assert 99 <= low <= 101 and 148 <= high <= 150


def test_a_big_dark_piece_of_ice_does_not_take_the_contrast_away():
    counts = np.zeros(256, int)
    counts[20:40] = 50
    counts[180:200] = 500
    low, high = contrast.starting_handles(counts)
    assert low > 140 and high >= 199


@pytest.mark.parametrize("grey", [0, 128, 255])
def test_the_handles_of_one_grey_are_apart(grey):
    counts = np.zeros(256, int)
    counts[grey] = 10
    low, high = contrast.starting_handles(counts)
    assert 0 <= low < high <= 255


REAL = ["klh/KLH_1.png", "groel/07jan05b_12gr_02en_00.dwn.mrc", "contaminated/Ucsf_stack_1142_DW.mrc",
        "bgal/Falcon_2012_06_12-14_33_35_0.mrc",
        "magellon/24dec03a_00034gr_00005sq_v01_00003hl_00018ex_topaz_ds8.mrc"]  # fmt: skip


@pytest.mark.parametrize("name", REAL)
def test_real_micrographs_start_with_most_greys_between_the_handles(shared_data, name):
    pixels = read_micrograph(shared_data / name)
    made = pyramid.build(pixels if pixels.dtype == np.uint8 else finite(pixels)[0])
    assert made.auto_high - made.auto_low > 25
    full = made.levels[0]
    clipped = np.mean((full == 0) | (full == 255))
    assert clipped < 0.01
