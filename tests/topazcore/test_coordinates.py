"""The table of coordinates, micrograph names, and finding the micrograph that a file means."""

import unicodedata

import numpy as np
import pytest

from topazcore.coordinates import Coordinates, assign, micrograph_name
from topazcore.errors import CoordinateError


def table(*rows) -> Coordinates:
    """Rows of path, x, y."""
    paths = [row[0] for row in rows]
    return Coordinates(
        [micrograph_name(path) for path in paths], [r[1] for r in rows], [r[2] for r in rows], path=paths
    )


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("0066", "0066"),
        ("0066.mrc", "0066"),
        ("a.b.mrc", "a.b"),
        ("a.b", "a.b"),
        ("grid_1.2", "grid_1.2"),
        ("Micrographs/x/0001.MRC", "0001"),
        ("C:\\data\\0001.tiff", "0001"),
        ("x.mrc.mrc", "x.mrc"),
        (".mrc", ".mrc"),
        ("../../x.mrc", "x"),
        ("=1+1.png", "=1+1"),
        ("<img onerror=alert(1)>.mrc", "<img onerror=alert(1)>"),
    ],
)
def test_a_name_loses_its_folder_and_a_known_image_extension_only(text, name):
    assert micrograph_name(text) == name


def test_a_table_holds_its_columns():
    found = Coordinates(["a", "b"], [1, 2], [3, 4])
    assert list(found.micrograph) == ["a", "b"]
    assert found.xy.tolist() == [[1, 3], [2, 4]]
    assert np.isnan(found.score).all()
    assert list(found.path) == ["a", "b"]


def test_names_are_always_text():
    found = Coordinates(np.array(["0066", "a"]), [1, 2], [3, 4])
    assert [type(name) for name in found.micrograph] == [str, str]


@pytest.mark.parametrize("x", [[1.0], [1.0, np.nan], [1.0, np.inf], [[1.0], [2.0]]])
def test_columns_that_do_not_fit_are_refused(x):
    with pytest.raises(CoordinateError):
        Coordinates(["a", "b"], x, [1.0, 2.0])


def test_rows_of_one_micrograph_and_of_each():
    found = table(("b", 1, 1), ("a", 2, 2), ("b", 3, 3))
    assert found.of("b").x.tolist() == [1, 3]
    assert found.names() == ["b", "a"]
    assert {name: rows.x.tolist() for name, rows in found.by_micrograph().items()} == {"b": [1, 3], "a": [2]}
    assert len(found.of("c")) == 0


def test_tables_are_joined_in_order_and_none_gives_an_empty_one():
    assert Coordinates.concat([table(("a", 1, 1)), table(("b", 2, 2))]).names() == ["a", "b"]
    assert len(Coordinates.concat([])) == 0


def test_scaling_multiplies_and_flipping_counts_rows_from_the_other_side():
    found = table(("a", 10, 4))
    assert found.scaled(4).xy.tolist() == [[40, 16]]
    assert found.flipped(100).xy.tolist() == [[10, 95]]


KNOWN = {
    "0001": "0001.mrc",
    "x/0002": "x/0002.mrc",
    "y/0002": "y/0002.mrc",
    "z.mrc": "z.mrc",
    "z.tif": "z.tif",
}


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("0001", "0001"),
        ("0001.mrc", "0001"),
        ("other/0001.tif", "0001"),
        ("Micrographs/y/0002.mrc", "y/0002"),
        ("x/0002", "x/0002"),
        ("z.tif", "z.tif"),
    ],
)
def test_a_path_finds_the_micrograph_that_it_means(path, name):
    assert assign(table((path, 1, 2)), KNOWN).coordinates.names() == [name]


@pytest.mark.parametrize("path", ["0002", "0002.mrc", "z"])
def test_a_name_that_several_share_is_ambiguous_and_never_guessed(path):
    result = assign(table((path, 1, 2), (path, 3, 4)), KNOWN)
    assert len(result.coordinates) == 0
    assert result.ambiguous == {micrograph_name(path): 2}


def test_the_longest_path_that_fits_wins():
    known = {"0001": "0001.mrc", "a/0001": "a/0001.mrc"}
    found = assign(table(("p/a/0001.mrc", 1, 1), ("p/0001.mrc", 2, 2), ("0001", 3, 3)), known).coordinates
    assert list(found.micrograph) == ["a/0001", "0001", "0001"]


def test_unknown_names_are_counted():
    result = assign(table(("0007", 1, 2), ("0001", 5, 6), ("0007", 3, 4)), KNOWN)
    assert result.unmatched == {"0007": 2}
    assert result.coordinates.x.tolist() == [5]


def test_accents_match_however_they_are_composed():
    name = "Größe"
    known = {name: unicodedata.normalize("NFD", name) + ".mrc"}
    assert assign(table((unicodedata.normalize("NFC", name), 1, 2)), known).coordinates.names() == [name]
