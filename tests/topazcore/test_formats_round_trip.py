"""Whatever is written reads back the same: names, order, every digit."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from topazcore.coordinates import Coordinates
from topazcore.errors import CoordinateError
from topazcore.formats import (
    format_coordinates,
    parse_coordinates,
    read_coordinates,
    relion_files,
    write_relion,
)

pixels = st.floats(-1e6, 1e6)
scores = st.one_of(
    st.just(np.nan), st.floats(allow_nan=False, allow_infinity=False).filter(lambda s: s != -999)
)
# One line, not blank, no separators of folders; the quotes of STAR cannot hold both kinds before a blank.
letters = st.characters(codec="utf-8", exclude_characters='\n\r\0\t"/\\')
names = st.text(letters, min_size=1, max_size=12).filter(lambda name: name.strip() and name == name.strip())


@st.composite
def tables(draw) -> Coordinates:
    rows = draw(st.lists(st.tuples(names, pixels, pixels, scores), max_size=20))
    return Coordinates(*([row[column] for row in rows] for column in range(4)))


def same(found: Coordinates, given: Coordinates) -> bool:
    return list(found.path) == list(given.path) and all(
        np.array_equal(getattr(found, name), getattr(given, name), equal_nan=True)
        for name in ("x", "y", "score")
    )


@pytest.mark.parametrize(("name", "pixel_size"), [("x.star", None), ("x.star", 1.35), ("x.txt", None)])
@given(given_table=tables())
@settings(max_examples=150, deadline=None)
def test_one_file_holds_every_row_in_order(name, pixel_size, given_table):
    data = format_coordinates(name, given_table, pixel_size_angstrom=pixel_size)
    assert same(parse_coordinates(name, data), given_table)


@given(given_table=tables())
@settings(max_examples=100, deadline=None)
def test_relion_files_hold_every_row_of_every_micrograph(given_table):
    paths = {name: f"Micrographs/{number}.mrc" for number, name in enumerate(given_table.names())}
    files = relion_files(given_table, paths)
    found = parse_coordinates("autopick.star", files["autopick.star"], files.__getitem__)
    for name, path in paths.items():
        rows, expected = found.select(found.path == path), given_table.of(name)
        assert np.array_equal(rows.xy, expected.xy)
        assert np.array_equal(rows.score, expected.score, equal_nan=True)
    assert len(found) == len(given_table)


SPLICES = [
    b'"',
    b"'",
    b"\n",
    b"\t",
    b"\0",
    b"#",
    b"_",
    b"\xff",
    b"data_",
    b"loop_\n",
    b"\r",
    b"\x85",
    b"9" * 400,
    b"\xff\xfe",
]


@pytest.mark.parametrize("name", ["x.star", "x.txt"])
@given(given_table=tables(), where=st.lists(st.tuples(st.floats(0, 1), st.sampled_from(SPLICES)), max_size=4))
@settings(max_examples=150, deadline=None)
def test_a_damaged_file_is_read_or_refused_with_a_printable_reason(name, given_table, where):
    data = format_coordinates(name, given_table)
    for place, splice in where:
        cut = int(place * len(data))
        data = data[:cut] + splice + data[cut:]
    try:
        parse_coordinates(name, data)
    except CoordinateError as error:
        assert str(error).isprintable()


def test_from_format_to_format_nothing_moves(tmp_path):
    given_table = Coordinates(
        ["0066", "a.b", "0066"], [12.9, 0.01, 4095.49], [0.1, 1 / 3, -0.5], [1.5, -2, 0]
    )
    (tmp_path / "relion").mkdir()
    write_relion(tmp_path / "relion", given_table, {"0066": "m/0066.mrc", "a.b": "m/a.b.mrc"})
    table = read_coordinates(tmp_path / "relion" / "autopick.star")
    for name in ("x.txt", "x.star"):
        table = parse_coordinates(name, format_coordinates(name, table))
    assert table.of("0066").xy.tolist() == given_table.of("0066").xy.tolist()
    assert table.of("a.b").xy.tolist() == given_table.of("a.b").xy.tolist()
    assert table.of("0066").score.tolist() == [1.5, 0]
