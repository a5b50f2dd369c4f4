"""The facade: formats by extension, content that disagrees, names made to cause trouble, size."""

import errno
import re

import numpy as np
import pytest

from topazcore import files
from topazcore.coordinates import Coordinates
from topazcore.errors import CoordinateError
from topazcore.formats import (
    files_named_by,
    format_coordinates,
    parse_coordinates,
    read_coordinates,
    write_coordinates,
)

STAR = b"data_\nloop_\n_rlnCoordinateX\n_rlnCoordinateY\n1 2\n"
TABLE = b"image_name\tx_coord\ty_coord\na\t1\t2\n"

EVIL_NAMES = [
    "<img src=x onerror=alert(1)>",
    "it's",
    '"quoted"',
    "both ' and \"",
    "=HYPERLINK(1)",
    "\u202egnp.exe",
    "Gr\u00f6\u00dfe",
    "Gro\u0308\u00dfe",
    "a\u2028b\u00a0c\x85d",
    "x" * 3000,
    "; DROP TABLE label",
    "-999",
    "data_",
    "loop_",
    "_tag",
    "#comment",
]


@pytest.mark.parametrize("name", ["picks.csv", "picks", ".star", "picks.star.bak", "picks.exe"])
def test_an_unknown_extension_is_refused_with_the_known_ones(name):
    with pytest.raises(CoordinateError) as raised:
        parse_coordinates(name, STAR)
    assert ".star (STAR)" in raised.value.expected
    assert ".txt/.tsv/.tab (Topaz table)" in raised.value.expected


@pytest.mark.parametrize("name", ["A.STAR", "b.Star"])
def test_capitals_in_the_extension_do_not_matter(name):
    assert len(parse_coordinates(name, STAR)) == 1


@pytest.mark.parametrize(
    ("name", "data", "found", "expected"),
    [
        ("a.txt", STAR, "a STAR", "a Topaz table"),
        ("a.star", TABLE, "a Topaz table", "a STAR"),
        ("a.star", b"\x89PNG\r\n\x1a\n", "a PNG image", "a STAR"),
        ("a.txt", b"\0" * 208 + b"MAP " + b"\0" * 812, "an MRC image", "a Topaz table"),
        ("a.txt", b'{"boxes": []}', "JSON", "a Topaz table"),
        ("a.star", b"\x93NUMPY\x01\0", "a cryoSPARC", "a STAR"),
        ("a.star", b"1 2 3\n", "other text", "a STAR"),
        ("a.star", b"# a comment\n", "other text", "a STAR"),
    ],
)
def test_content_of_another_kind_is_named_with_the_kind_that_was_expected(name, data, found, expected):
    with pytest.raises(CoordinateError) as raised:
        parse_coordinates(name, data)
    assert found in raised.value.found
    assert expected in raised.value.expected


@pytest.mark.parametrize("name", ["a.star", "a.txt"])
@pytest.mark.parametrize("data", [b"", b"\n \n"])
def test_an_empty_file_says_so(name, data):
    with pytest.raises(CoordinateError, match="is empty: 0 coordinates"):
        parse_coordinates(name, data)


@pytest.mark.parametrize("name", ["x.star", "x.txt"])
@pytest.mark.parametrize("micrograph", EVIL_NAMES)
def test_names_made_to_cause_trouble_survive(name, micrograph):
    found = parse_coordinates(name, format_coordinates(name, Coordinates([micrograph], [1.5], [2.5], [0.5])))
    assert list(found.path) == [micrograph]
    assert (found.xy.tolist(), found.score.tolist()) == ([[1.5, 2.5]], [0.5])


@pytest.mark.parametrize("name", ["x.star", "x.txt"])
@pytest.mark.parametrize("micrograph", ["a\nb", "a\rb", "\udce9"])
def test_names_that_no_text_file_can_hold_are_refused(tmp_path, name, micrograph):
    with pytest.raises(CoordinateError, match="micrograph name"):
        write_coordinates(tmp_path / name, Coordinates([micrograph], [1], [2]))
    assert list(tmp_path.iterdir()) == []


def test_a_message_never_carries_control_characters():
    with pytest.raises(CoordinateError) as raised:
        parse_coordinates("x.star", STAR + b"\x1b[31m\x07 2\n")
    assert raised.value.found.isprintable()


@pytest.mark.parametrize("name", ["x.star", "x.txt"])
def test_no_coordinates_make_a_valid_file(name):
    assert len(parse_coordinates(name, format_coordinates(name, Coordinates.empty()))) == 0


def test_a_file_that_is_not_there_or_is_a_folder_is_refused(tmp_path):
    (tmp_path / "folder.star").mkdir()
    for name in ("missing.star", "folder.star"):
        with pytest.raises(CoordinateError, match=re.escape(name)):
            read_coordinates(tmp_path / name)


def test_an_index_without_its_files_is_refused():
    index = b"data_coordinate_files\nloop_\n_rlnMicrographName\n_rlnMicrographCoordinates\na.mrc a_autopick.star\n"
    assert files_named_by("index.star", index) == ["a_autopick.star"]
    assert files_named_by("x.star", STAR) == files_named_by("x.txt", TABLE) == []
    with pytest.raises(CoordinateError, match=r"a_autopick\.star"):
        parse_coordinates("index.star", index)


def test_a_full_disk_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "picks.star"
    write_coordinates(path, Coordinates(["a"], [1], [2]))
    old = path.read_bytes()

    def full(_descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_coordinates(path, Coordinates(["a"], [3], [4]))
    assert path.read_bytes() == old
    assert [entry.name for entry in tmp_path.iterdir()] == ["picks.star"]


@pytest.mark.parametrize("name", ["x.star", "x.txt"])
def test_a_million_rows_pass_and_share_their_names(name):
    rows = 1_000_000
    line = "m{0}.mrc\t{1}.5\t2\n" if name == "x.txt" else "m{0}.mrc {1}.5 2\n"
    head = (
        TABLE.split(b"a\t")[0]
        if name == "x.txt"
        else STAR.replace(b"_rlnCoordinateX", b"_rlnMicrographName\n_rlnCoordinateX").split(b"1 2")[0]
    )
    block = "".join(line.format(number % 10, number) for number in range(1000)).encode()
    found = parse_coordinates(name, head + block * (rows // 1000))
    assert len(found) == rows
    assert found.x[-1] == 999.5
    assert len({id(text) for text in found.micrograph}) == 10
    assert np.isnan(found.score).all()
