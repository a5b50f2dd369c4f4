"""Pseudo-proteins: as large as they say, centred, without symmetry, projected exactly."""

import numpy as np
import pytest

from topazcore.errors import SettingsError
from topazcore.simulation.particles import (
    PARTICLES,
    PseudoProtein,
    add_projection,
    make_particle,
    random_orientations,
)

EACH = pytest.mark.parametrize("name", sorted(PARTICLES))


def projection(particle: PseudoProtein, orientation: np.ndarray, pixel_size: float = 2.0) -> np.ndarray:
    canvas = np.zeros((200, 200), np.float32)
    add_projection(canvas, particle, orientation, (100, 100), pixel_size)
    return canvas


def radii(pixel_size: float = 2.0) -> np.ndarray:
    axis = (np.arange(200) - 100) * pixel_size
    return np.hypot(axis[:, None], axis)


@EACH
def test_nearly_all_density_lies_within_the_diameter_in_every_projection(name):
    particle = make_particle(name, 150.0)
    for orientation in random_orientations(20, np.random.default_rng(0)):
        image = projection(particle, orientation)
        assert image[radii() <= 75].sum() >= 0.975 * image.sum()


@EACH
def test_the_diameter_is_no_larger_than_the_particle(name):
    particle = make_particle(name, 150.0)
    orientations = random_orientations(40, np.random.default_rng(0))
    outside = [projection(particle, turn)[radii() > 55].sum() for turn in orientations]
    whole = projection(particle, np.eye(3)).sum()
    assert max(outside) > 0.1 * whole


@EACH
def test_the_centre_of_mass_is_at_the_given_place_to_a_hundredth_of_a_pixel(name):
    particle, place = make_particle(name, 150.0), np.array([71.3, 90.8])
    for orientation in random_orientations(5, np.random.default_rng(1)):
        canvas = np.zeros((180, 180), np.float32)
        add_projection(canvas, particle, orientation, place, 2.0)
        rows, columns = np.mgrid[:180, :180]
        found = np.array([(canvas * columns).sum(), (canvas * rows).sum()]) / canvas.sum(dtype=np.float64)
        np.testing.assert_allclose(found, place, atol=0.01)


@EACH
def test_every_projection_holds_the_same_mass(name):
    particle = make_particle(name, 150.0)
    masses = [projection(particle, turn).sum() for turn in random_orientations(10, np.random.default_rng(2))]
    np.testing.assert_allclose(masses, masses[0], rtol=1e-3)


@EACH
def test_no_half_turn_or_mirror_leaves_it_as_it_was(name):
    image = projection(make_particle(name, 150.0), np.eye(3))[1:, 1:]
    for other in (image[::-1], image[:, ::-1], image[::-1, ::-1], image.T, np.rot90(image)):
        assert np.corrcoef(image.ravel(), other.ravel())[0, 1] < 0.9


@EACH
def test_it_scales_with_the_diameter_and_nothing_else_changes(name):
    small, large = make_particle(name, 100.0), make_particle(name, 300.0)
    np.testing.assert_allclose(3 * small.centres_angstrom, large.centres_angstrom)
    assert 3 * small.sigma_angstrom == pytest.approx(large.sigma_angstrom)


def test_the_horseshoe_is_an_arc_from_one_side_and_a_stick_from_another():
    arc, stick = np.linalg.eigvalsh(np.cov(make_particle("horseshoe", 150.0).centres_angstrom.T))[[1, 0]]
    assert stick < 0.3 * arc


def test_one_gaussian_projects_to_its_formula():
    dot = PseudoProtein(np.zeros((1, 3)), 6.0, 20.0, peak=2.0)
    image = projection(dot, np.eye(3))
    np.testing.assert_allclose(image[100, 96:105], 2 * np.exp(-0.5 * (np.arange(-4, 5) / 3) ** 2), rtol=1e-5)


def test_orientations_are_rotations_without_a_favourite_direction():
    turns = random_orientations(4000, np.random.default_rng(3))
    np.testing.assert_allclose(np.linalg.det(turns), 1)
    assert np.abs(turns.mean(axis=0)).max() < 0.05


def test_an_unknown_particle_is_refused_with_the_known_ones():
    with pytest.raises(SettingsError, match="particle ferret; expected one of globule, horseshoe, stick"):
        make_particle("ferret", 100.0)
