import json

import pytest

from topazcore.commands.exclusion_file import read_exclusions
from topazcore.errors import CoordinateError

PATHS = {"a": "grid/a.mrc", "b": "grid/b.mrc"}
TRIANGLE = [[0, 0], [10, 0.5], [0, 10]]


@pytest.mark.parametrize("name", ["a", "a.mrc", "grid/a.mrc"])
def test_names_find_their_micrograph_as_those_of_coordinates_do(tmp_path, name):
    (tmp_path / "e.json").write_text(json.dumps({name: [TRIANGLE, TRIANGLE]}), encoding="utf-8")
    triangle = ((0.0, 0.0), (10.0, 0.5), (0.0, 10.0))
    assert read_exclusions(tmp_path / "e.json", PATHS) == {"a": (triangle, triangle)}


def test_no_exclusions_are_none(tmp_path):
    (tmp_path / "e.json").write_text("{}", encoding="utf-8")
    assert read_exclusions(tmp_path / "e.json", PATHS) == {}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("junk", "no JSON"),
        ("[" * 100_000, "no JSON"),
        ("[]", "no object"),
        ('{"c": []}', "exclusions on c"),
        ('{"a": 3}', "no polygons"),
        ('{"a": [[0, 1, 2]]}', "no polygons"),
        ('{"a": [[[0, 1], [2, 3]]]}', "three or more corners"),
        ('{"a": [[[0, 1], [2, 3], [NaN, 0]]]}', "an exclusion on a"),
    ],
)
def test_another_content_says_what_was_found(tmp_path, text, said):
    (tmp_path / "e.json").write_text(text, encoding="utf-8")
    with pytest.raises(CoordinateError, match=said):
        read_exclusions(tmp_path / "e.json", PATHS)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(CoordinateError, match=r"e\.json cannot be read"):
        read_exclusions(tmp_path / "e.json", PATHS)
