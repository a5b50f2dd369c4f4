"""The STAR syntax by itself: tables, rows, quotes, and the line of whatever is wrong."""

import pytest
from gemmi import cif

from topazcore.errors import CoordinateError
from topazcore.formats import star
from topazcore.formats.base import Source


def source(text: str | bytes) -> Source:
    data = text.encode() if isinstance(text, str) else text
    return Source("x.star", data, named=lambda name: pytest.fail(f"{name} was asked for"))


def rows(text: str | bytes) -> list[tuple[str, list[str], list[list[bytes]]]]:
    """Block, tags and rows of each table."""
    given = source(text)
    return [(table.block, table.tags, [row for _, row in table.rows(given)]) for table in star.parse(given)]


LOOP = "data_\n\nloop_\n_a #1\n_b #2\n"


def test_a_loop_is_a_table():
    assert rows(LOOP + "1 2\n3 4\n") == [("", ["_a", "_b"], [[b"1", b"2"], [b"3", b"4"]])]


def test_each_block_and_loop_is_a_table_of_its_own():
    text = "# version 30001\ndata_optics\nloop_\n_a\n1\n2\n\ndata_particles\nloop_\n_b\n3\nloop_\n_c\n4\n"
    assert rows(text) == [
        ("optics", ["_a"], [[b"1"], [b"2"]]),
        ("particles", ["_b"], [[b"3"]]),
        ("particles", ["_c"], [[b"4"]]),
    ]


def test_single_values_are_a_table_of_one_row():
    assert rows("data_general\n_a 5\n_b 'x y'\n") == [("general", ["_a", "_b"], [[b"5", b"x y"]])]


def test_a_loop_without_rows_is_an_empty_table():
    assert rows(LOOP) == [("", ["_a", "_b"], [])]
    assert rows(LOOP + "\n\ndata_next\n") == [("", ["_a", "_b"], [])]


@pytest.mark.parametrize(
    ("line", "values"),
    [
        ("  1\t 2  ", [b"1", b"2"]),
        ("'a b' 2", [b"a b", b"2"]),
        ('"a \'b" 2', [b"a 'b", b"2"]),
        ("o'neil.mrc 2", [b"o'neil.mrc", b"2"]),
        ("'oneil.mrc 2", [b"'oneil.mrc", b"2"]),
        ("'it's' 2", [b"it's", b"2"]),
        ("a#b.mrc 2 # said", [b"a#b.mrc", b"2"]),
        ('"" 2', [b"", b"2"]),
        ("data_x.mrc 2", [b"data_x.mrc", b"2"]),
        ("[x].mrc $2", [b"[x].mrc", b"$2"]),
        ("a\u00a0b\u2028c 2", ["a\u00a0b\u2028c".encode(), b"2"]),
    ],
)
def test_values_of_a_row(line, values):
    assert rows(LOOP + line + "\n") == [("", ["_a", "_b"], [values])]


@pytest.mark.parametrize(
    "text",
    [
        LOOP.replace("\n", "\r\n") + "1 2\r\n3 4\r\n",
        LOOP.replace("\n", "\r") + "1 2\r3 4\r",
        "\ufeff" + LOOP + "1 2\n3 4\n",
        (LOOP + "1 2\n3 4").encode("utf-16"),
        LOOP + "1 2\n\n  \n# said\n3 4",
        "DATA_\nLOOP_\n_a\n_b\n1 2\n3 4\n",
    ],
    ids=["CRLF", "CR", "BOM", "UTF-16", "blank lines and comments", "capitals"],
)
def test_line_ends_marks_and_blank_lines_do_not_matter(text):
    assert rows(text) == [("", ["_a", "_b"], [[b"1", b"2"], [b"3", b"4"]])]


@pytest.mark.parametrize(
    ("text", "line", "found"),
    [
        (LOOP + "1 2\n3\n", 7, "1 values"),
        (LOOP + "1 2\n3\n4 5\n6\n", 7, "1 values"),
        (LOOP + "1 2 3\n", 6, "3 values"),
        (LOOP + "1 2\n3\0 4\n", 7, "NUL"),
        (LOOP + ";\nx\n;\n2\n", 6, "1 values"),
        (LOOP + "x" * 10_000_000 + "\n", 6, "1 values"),
        ("loop_\n_a\n1\n", 1, "loop_"),
        ("data_\n5\n", 2, "5"),
        ("data_\nloop_\n_a\n_a\n1 2\n", 4, "_a a second time"),
        ("data_\nloop_\n_a\n".encode("utf-16-le"), 1, "NUL"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(text, line, found):
    with pytest.raises(CoordinateError) as raised:
        rows(text)
    assert f"line {line}: " in raised.value.found
    assert found in raised.value.found
    assert len(str(raised.value)) < 300


def test_broken_utf_16_is_refused():
    with pytest.raises(CoordinateError, match="UTF-16"):
        rows(b"\xff\xfed\0a\0\x00\xd8")


@pytest.mark.parametrize(
    "text",
    [
        "a",
        "a b",
        "",
        "_a",
        "#a",
        "a#b",
        "data_x",
        "loop_",
        ";",
        "[a]",
        "it's",
        "'a",
        '"a b',
        "'\"",
        "é ü",
        "x;y",
    ],
)
def test_what_is_quoted_reads_back_the_same_here_and_in_another_reader(text):
    written = star.render("", ["_a", "_b"], [[star.quoted(text), "2"]])
    assert rows(written)[0][2] == [[text.encode(), b"2"]]
    if text.isascii():  # a strict CIF reader takes ASCII only
        assert [cif.as_string(value) for value in cif.read_string(written)[0].find_values("_a")] == [text]


@pytest.mark.parametrize("text", ["a\nb", "a\rb", "a\0b", 'a\' "b" c', "\udcff"])
def test_what_cannot_be_quoted_is_refused(text):
    with pytest.raises(CoordinateError, match="name"):
        star.quoted(text)
