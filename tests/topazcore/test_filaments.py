"""Filaments as geometry: particles along them, pairs out of rows, distances."""

import numpy as np
import pytest

from topazcore.coordinates import Coordinates
from topazcore.errors import CoordinateError
from topazcore.filaments import (
    Filaments,
    distance_to,
    filaments_of,
    particles,
    points_along,
    spacing_px,
    start_end_pairs,
)


def filaments(*lines: tuple[str, list]) -> Filaments:
    names = np.empty(len(lines), dtype=object)
    names[:] = [name for name, _ in lines]
    return Filaments(names, np.array([ends for _, ends in lines], float).reshape(-1, 2, 2))


@pytest.mark.parametrize(
    ("ends", "spacing", "expected"),
    [
        ([[0, 0], [10, 0]], 5, [[0, 0], [5, 0], [10, 0]]),
        ([[10, 0], [0, 0]], 4, [[10, 0], [6, 0], [2, 0]]),
        ([[1, 1], [4, 5]], 2.5, [[1, 1], [2.5, 3], [4, 5]]),
        ([[0, 0], [0, 9.9]], 10, [[0, 0]]),
        ([[0, 0], [0, 0.3]], 0.1, [[0, 0], [0, 0.1], [0, 0.2], [0, 0.3]]),
    ],
)
def test_the_first_particle_stands_at_the_start_and_the_others_at_the_spacing(ends, spacing, expected):
    assert points_along(np.array(ends), spacing) == pytest.approx(np.array(expected))


def test_a_spacing_is_at_least_a_pixel():
    assert (spacing_px(40, 2), spacing_px(1, 5)) == (20, 1)


def test_particles_carry_the_number_of_their_tube_on_each_micrograph():
    lines = filaments(("a", [[0, 0], [10, 0]]), ("b", [[0, 5], [4, 5]]), ("a", [[0, 9], [0, 19]]))
    found = particles(lines, 10)
    assert list(found.micrograph) == ["a", "a", "b", "a", "a"]
    assert found.tube.tolist() == [1, 1, 1, 2, 2]
    assert found.xy.tolist() == [[0, 0], [10, 0], [0, 5], [0, 9], [0, 19]]
    assert len(particles(Filaments.empty(), 10)) == 0


def test_each_two_rows_of_a_micrograph_are_a_filament():
    """Rows of two micrographs may alternate: the order counts within each."""
    rows = Coordinates(["a", "b", "a", "b", "a", "a"], [0, 100, 1, 101, 2, 3], [0.0] * 6)
    found = filaments_of(rows)
    assert list(found.micrograph) == ["a", "b", "a"]
    assert found.ends[:, :, 0].tolist() == [[0, 1], [100, 101], [2, 3]]


def test_two_micrographs_of_one_name_in_two_folders_do_not_share_a_filament():
    rows = Coordinates(["a", "a"], [0, 1], [0, 1], path=["x/a.mrc", "y/a.mrc"])
    with pytest.raises(CoordinateError, match=r"1 rows on x/a\.mrc"):
        filaments_of(rows)


def test_of_numbered_tubes_the_first_and_last_row_are_the_ends():
    rows = Coordinates(["a"] * 5, [0, 50, 5, 55, 10], [0.0] * 5, tube=[1, 2, 1, 2, 1])
    assert filaments_of(rows).ends[:, :, 0].tolist() == [[0, 10], [50, 55]]


def test_an_odd_number_of_ends_is_told_with_the_micrograph():
    with pytest.raises(CoordinateError, match=r"3 rows on a: an odd number of filament ends"):
        filaments_of(Coordinates(["a"] * 3, [0, 1, 2], [0, 0, 0]))


def test_a_tube_of_one_segment_has_no_ends():
    with pytest.raises(CoordinateError, match="tube 2 on a with a single row"):
        filaments_of(Coordinates(["a"] * 3, [0, 1, 2], [0, 0, 0], tube=[1, 1, 2]))


def test_pairs_and_back_are_the_same():
    lines = filaments(("a", [[0, 0], [10, 0]]), ("b", [[7, 5], [4, 5]]), ("a", [[0, 9], [0, 19]]))
    back = filaments_of(start_end_pairs(lines))
    assert list(back.micrograph) == ["a", "b", "a"] and back.ends.tolist() == lines.ends.tolist()


def test_the_distance_is_that_to_the_line_between_the_ends():
    points = np.array([[5, 3], [-4, 3], [13, -4], [2, 0]], float)
    assert distance_to(np.array([[0, 0], [10, 0]]), points).tolist() == [3, 5, 5, 0]
