"""What lies on the grid covers what it says, darkens it, and keeps particles off."""

import numpy as np
import pytest

from topazcore.simulation.particles import make_particle
from topazcore.simulation.scene import Scene, add_aggregates, add_carbon, add_gold, add_ice


@pytest.fixture
def scene() -> Scene:
    return Scene(size_px=512, margin_px=96, pixel_size_angstrom=2.0)


def test_an_empty_scene_is_free_everywhere_and_lets_all_electrons_through(scene):
    assert scene.density.shape == scene.transmission.shape == (704, 704)
    assert scene.is_free(np.array([3.0, 4.0]), clearance_px=1000)
    assert not scene.density.any() and (scene.transmission == 1).all()


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_carbon_covers_its_share_is_darker_and_has_grain(scene, share):
    add_carbon(scene, share, np.random.default_rng(0))
    transmission = scene.micrograph(scene.transmission)
    film = transmission < 0.975
    assert film.mean() == pytest.approx(share, abs=0.02)
    assert scene.micrograph(scene.density)[film].std() > 0.1
    assert scene.micrograph(scene.density)[~film].std() < 0.1


def test_particles_keep_off_the_carbon(scene):
    add_carbon(scene, 0.5, np.random.default_rng(0))
    film = scene.micrograph(scene.transmission) < 0.975
    rows, columns = np.mgrid[:512:16, :512:16]
    for x, y in zip(columns.ravel(), rows.ravel(), strict=True):
        if scene.is_free(np.array([x, y]), clearance_px=5):
            assert not film[y, x]


def test_gold_is_nearly_opaque_and_blocks(scene):
    add_gold(scene, 5, np.random.default_rng(0))
    assert scene.micrograph(scene.transmission).min() == pytest.approx(0.3, abs=0.25)
    assert len(scene.obstacles) == 5
    y, x = np.argwhere(scene.micrograph(scene.transmission) < 0.35)[0]
    assert not scene.is_free(np.array([x, y]), clearance_px=1)


def test_ice_is_darker_than_its_surroundings_and_blocks(scene):
    add_ice(scene, 2, np.random.default_rng(1))
    dark = scene.micrograph(scene.transmission) < 0.95
    assert 0.01 < dark.mean() < 0.7
    for y, x in np.argwhere(dark)[::500]:
        assert not scene.is_free(np.array([x, y]), clearance_px=1)


def test_aggregates_hold_many_particles_in_little_room_and_block(scene):
    particle = make_particle("globule", 100.0)
    add_aggregates(scene, 1, particle, np.random.default_rng(0))
    y, x = np.unravel_index(scene.micrograph(scene.density).argmax(), (512, 512))
    assert not scene.is_free(np.array([x, y]), clearance_px=1)
    assert (scene.transmission == 1).all()


@pytest.mark.parametrize("place", [(0.0, 0.0), (511.0, 200.0), (-90.0, 600.0)])
def test_a_window_is_cut_at_the_border_and_measures_from_its_place(scene, place):
    (rows, columns), dx, dy = scene.window(np.array(place), 60)
    assert scene.density[rows, columns].shape == (dy.shape[0], dx.shape[1])
    assert dx[0, 0] == pytest.approx((columns.start - 96 - place[0]) * 2.0)
    assert dy[0, 0] == pytest.approx((rows.start - 96 - place[1]) * 2.0)
