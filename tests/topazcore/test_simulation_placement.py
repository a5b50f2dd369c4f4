"""Particles keep apart, inside, and off what is not free."""

import numpy as np
from scipy.spatial.distance import pdist

from topazcore.simulation.placement import place_particles


def anywhere(xy: np.ndarray) -> bool:
    return True


def test_centres_are_inside_and_apart():
    centres = place_particles(60, 1000, 50.0, anywhere, np.random.default_rng(0))
    assert centres.shape == (60, 2)
    assert centres.min() >= 0 and centres.max() <= 999
    assert pdist(centres).min() >= 50


def test_some_of_them_touch():
    centres = place_particles(60, 2000, 50.0, anywhere, np.random.default_rng(0))
    gaps = np.sort(np.hypot(*(centres[:, None] - centres).transpose(2, 0, 1)), axis=1)[:, 1]
    assert (gaps < 65).mean() > 0.3


def test_the_rest_is_left_out_where_there_is_no_room():
    centres = place_particles(100, 100, 60.0, anywhere, np.random.default_rng(0))
    assert 1 <= len(centres) <= 8


def test_what_is_not_free_stays_empty():
    centres = place_particles(40, 1000, 20.0, lambda xy: xy[0] < 300, np.random.default_rng(0))
    assert len(centres) == 40 and centres[:, 0].max() < 300


def test_none_asked_for_is_none():
    assert place_particles(0, 1000, 50.0, anywhere, np.random.default_rng(0)).shape == (0, 2)
