"""The display pyramid: sizes, averages, tiles."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server import pyramid
from server.contrast import Window


@pytest.mark.parametrize(
    ("height", "width", "count"),
    [(1, 1, 1), (256, 256, 1), (257, 10, 2), (512, 512, 2), (513, 1, 3), (4096, 4096, 5), (1, 10_000, 7)],
)
def test_levels_go_down_to_256_pixels(height, width, count):
    assert pyramid.level_count(height, width) == count


@settings(max_examples=30, deadline=None)
@given(height=st.integers(1, 1100), width=st.integers(1, 1100))
def test_level_z_is_the_size_divided_by_two_to_the_z_rounded_up(height, width):
    made = pyramid.build(np.zeros((height, width), np.float32))
    for z, level in enumerate(made.levels):
        assert level.shape == (-(-height // 2**z), -(-width // 2**z))


@pytest.mark.parametrize(("height", "width"), [(517, 1031), (512, 1032), (516, 1032), (514, 1028)])
def test_a_pixel_of_a_level_is_the_mean_of_the_pixels_that_it_covers_also_at_the_edge(height, width):
    image = np.random.default_rng(0).uniform(0, 100, (height, width)).astype(np.float32)
    made = pyramid.build(image)
    scale = 255 / (made.window.high - made.window.low)
    for z in (1, 2, 3):
        side = 2**z
        for row, column in ((0, 0), (5, 7), (-1, -1), (0, -1)):
            level = made.levels[z]
            top, left = (row % level.shape[0]) * side, (column % level.shape[1]) * side
            mean = image[top : top + side, left : left + side].astype(float).mean()
            grey = (mean - made.window.low) * scale
            assert abs(level[row, column] - grey) <= 0.51


def test_tiles_put_together_are_the_level():
    image = np.random.default_rng(0).normal(size=(600, 1100)).astype(np.float32)
    made = pyramid.build(image)
    rows = [np.hstack([made.tile(0, x, y) for x in range(3)]) for y in range(2)]
    assert np.array_equal(np.vstack(rows), made.levels[0])
    assert [made.tile(0, 2, 1).shape, made.tile(1, 1, 0).shape] == [(88, 76), (300, 38)]


@pytest.mark.parametrize("place", [(0, 3, 0), (0, 0, 2), (9, 0, 0), (0, -1, 0), (-1, 0, 0), (0, 10**18, 0)])
def test_outside_there_is_no_tile(place):
    assert pyramid.build(np.zeros((600, 1100), np.float32)).tile(*place) is None


def test_eight_bit_images_keep_their_greys():
    image = np.arange(256, dtype=np.uint8).reshape(16, 16)
    made = pyramid.build(image)
    assert made.window == Window(0.0, 255.0)
    assert np.array_equal(made.levels[0], image)


def test_the_largest_detector_has_a_histogram_of_what_is_seen_and_not_of_every_pixel():
    made = pyramid.build(np.random.default_rng(0).normal(size=(1500, 2100)).astype(np.float32))
    assert sum(made.histogram) == 375 * 525


def test_the_largest_densities_do_not_overflow():
    image = np.full((512, 512), np.finfo(np.float32).max)
    image[:, ::2] *= -1
    assert [float(np.abs(level).max()) for level in pyramid.averaged(image)] == [0.0]
