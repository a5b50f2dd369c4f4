"""Topaz's table: any order of columns, names that stay text."""

import numpy as np
import pytest

from topazcore.coordinates import Coordinates
from topazcore.errors import CoordinateError
from topazcore.formats import format_coordinates, parse_coordinates

HEADER = "image_name\tx_coord\ty_coord\tscore\n"


def read(text: str | bytes) -> Coordinates:
    return parse_coordinates("picks.txt", text if isinstance(text, bytes) else text.encode())


def test_rows_and_scores_are_read():
    found = read(HEADER + "0066\t12.9\t3\t-1.5\na.b\t0\t1\t2\n")
    assert list(found.micrograph) == ["0066", "a.b"]
    assert found.xy.tolist() == [[12.9, 3], [0, 1]]
    assert found.score.tolist() == [-1.5, 2]


def test_columns_may_come_in_any_order_and_others_are_passed_over():
    found = read("y_coord\tdiameter\timage_name\tx_coord\n2\t30\t0001\t1\n")
    assert (found.names(), found.xy.tolist(), np.isnan(found.score).all()) == (["0001"], [[1, 2]], True)


@pytest.mark.parametrize("name", ["0066", "1e5", "nan", "=1+1", "-cmd", "a b", "TRUE"])
def test_a_name_is_always_text(name):
    assert read(f"{HEADER}{name}\t1\t2\t3\n").names() == [name]


def test_an_empty_score_is_none():
    assert np.isnan(read(HEADER + "a\t1\t2\t\n").score).all()


@pytest.mark.parametrize(
    "data",
    [
        (HEADER + "a\t1\t2\t3\n").replace("\n", "\r\n").encode(),
        ("\ufeff" + HEADER + "a\t1\t2\t3").encode(),
        (HEADER + "a\t1\t2\t3\n\n").encode("utf-16"),
        (HEADER + '"a"\t"1"\t2\t3\n').encode(),
        (HEADER.upper() + "a\t1\t2\t3\n").encode(),
    ],
    ids=["CRLF", "BOM", "UTF-16", "quoted", "capitals"],
)
def test_what_spreadsheets_make_of_it_is_read(data):
    found = read(data)
    assert (found.names(), found.xy.tolist(), found.score.tolist()) == (["a"], [[1, 2]], [3])


def test_a_header_alone_is_no_coordinates():
    assert len(read(HEADER)) == 0


@pytest.mark.parametrize(
    "header",
    [
        "image_name\tx\ty",
        "image_name x_coord y_coord",
        "x_coord\ty_coord",
        "image_name\tx_coord\tx_coord\ty_coord",
    ],
)
def test_missing_columns_are_refused_with_those_found(header):
    with pytest.raises(CoordinateError) as raised:
        read(header + "\na\t1\t2\n")
    assert "its columns are" in raised.value.found
    assert header.split()[0] in raised.value.found


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ("a\t1\t2", "3 values"),
        ("a\t1\t2\t3\t4", "5 values"),
        ("a\t\t2\t3", "x is missing"),
        ("a\t1\tnan\t3", "y is nan"),
        ("a\t1e308\t2\t3", "x is 1e308"),
        ("a\t1\t2\thigh", "score is high"),
        ("\t1\t2\t3", "no micrograph name"),
        ("a\t1,5\t2\t3", "x is 1,5"),
        ("a\0\t1\t2\t3", "NUL"),
        ("x" * 10_000_000, "1 values"),
        ('"' + "x" * 10_000_000 + '"\t1\t2\t3', "a micrograph name of 10000002 bytes"),
    ],
)
def test_a_bad_row_is_named_with_its_line_and_nothing_is_read(row, found):
    with pytest.raises(CoordinateError, match="line 3: ") as raised:
        read(f"{HEADER}a\t1\t2\t3\n{row}\na\t1\t2\t3\n")
    assert found in raised.value.found


def test_it_is_written_with_scores_only_where_there_are_any():
    some = Coordinates(["0066", "a"], [12.9, 1], [3, 0.001], [0.5, np.nan])
    assert format_coordinates("x.txt", some).decode() == HEADER + "0066\t12.9\t3.0\t0.5\na\t1.0\t0.001\t\n"
    none = Coordinates(["a"], [1], [2])
    assert format_coordinates("x.tsv", none).decode() == "image_name\tx_coord\ty_coord\na\t1.0\t2.0\n"


@pytest.mark.parametrize("name", ["a\tb", "a\nb", "a\rb"])
def test_a_name_that_would_break_the_table_is_refused(name):
    with pytest.raises(CoordinateError, match="line break or tab"):
        format_coordinates("x.txt", Coordinates([name], [1], [2]))
