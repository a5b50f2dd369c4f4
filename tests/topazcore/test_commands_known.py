"""Exclusions out of a file, under the names of the given micrographs."""

import json

import pytest

from topazcore.commands.known import exclusions_on
from topazcore.errors import CoordinateError

PATHS = {"a": "grid/a.mrc", "b": "grid/b.mrc"}
CORNERS = [[0, 0], [10, 0.5], [0, 10]]
TRIANGLE = ((0.0, 0.0), (10.0, 0.5), (0.0, 10.0))


@pytest.fixture
def read(tmp_path):
    def write_and_read(text: str):
        (tmp_path / "e.json").write_text(text, encoding="utf-8")
        return exclusions_on(tmp_path / "e.json", PATHS)

    return write_and_read


@pytest.mark.parametrize("name", ["a", "a.mrc", "grid/a.mrc"])
def test_names_find_their_micrograph_as_those_of_coordinates_do(read, name):
    assert read(json.dumps({name: [CORNERS, CORNERS]})) == {"a": (TRIANGLE, TRIANGLE)}


def test_two_names_of_one_micrograph_join(read):
    assert read(json.dumps({"a": [CORNERS], "a.mrc": [CORNERS]})) == {"a": (TRIANGLE, TRIANGLE)}


def test_those_on_other_micrographs_are_told(read, capsys):
    assert read(json.dumps({"a": [CORNERS], "z": [CORNERS]})) == {"a": (TRIANGLE,)}
    assert "left out: 1 exclusions on z" in capsys.readouterr().err


def test_no_exclusions_are_none(read):
    assert read("{}") == {}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("junk", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "another form"),
        ('{"a": 3}', "another form"),
        ('{"z": []}', r"exclusions on z in e\.json"),
        ('{"a": [[0, 1, 2]]}', "exclusion 1 on a"),
        ('{"a": [[[0, 1], [2, 3]]]}', "three or more corners"),
        ('{"a": [[[0, 1], [2, 3], [NaN, 0]]]}', "finite numbers"),
    ],
)
def test_another_content_says_what_was_found(read, text, said):
    with pytest.raises(CoordinateError, match=said):
        read(text)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(CoordinateError, match=r"e\.json"):
        exclusions_on(tmp_path / "e.json", PATHS)
