"""Topaz's coordinate table: tab-separated text with a header line.

Columns `image_name x_coord y_coord [score] [diameter]` in any order; others are passed over. `image_name` is
the micrograph's name and always text. Coordinates are centres in pixels of *the image that Topaz was given*,
usually a downsampled one, and the file does not say which: the caller multiplies by that factor. The score is
the classifier's log-likelihood ratio. Layout after the program of Bepler et al., Nat Methods 16, 1153 (2019).
"""

import csv
from collections.abc import Iterator, Mapping

import numpy as np

from topazcore.coordinates import Coordinates
from topazcore.errors import CoordinateError
from topazcore.formats.base import Columns, CoordinateFormat, Source, one_line, plain_text, shown

NAME, X, Y, SCORE = b"image_name", b"x_coord", b"y_coord", b"score"


def recognises(data: bytes) -> bool:
    """Whether the first line is a header with any of Topaz's own columns."""
    header = data[:4096].replace(b"\0", b"").split(b"\n", 1)[0].lower()
    return any(column in header for column in (NAME, X, Y))


def parse(source: Source) -> Coordinates:
    """All rows of a table.

    Raises:
        CoordinateError: columns that are missing (those found are listed), or a row that cannot be read.
    """
    lines = plain_text(source).split(b"\n")
    position = _positions(source, lines[0])
    columns = Columns(source)
    for line, row in _rows(source, lines, width=len(_split(lines[0]))):
        score = row[position[SCORE]].strip() if SCORE in position else b""
        columns.add(line, row[position[NAME]], row[position[X]], row[position[Y]], score or None)
    return columns.coordinates()


def table(
    coordinates: Coordinates, micrograph_paths: Mapping[str, str], pixel_size_angstrom: float | None = None
) -> bytes:
    """The table in full-size pixels, with scores if any row has one.

    Names are written as Peridot knows them: the table has no place for paths or the pixel size.
    """
    scored = not np.isnan(coordinates.score).all()
    names = {name: _quoted(name) for name in coordinates.names()}
    columns = [[names[name] for name in coordinates.micrograph]]
    columns += [map(repr, values.tolist()) for values in (coordinates.x, coordinates.y)]
    header = [NAME, X, Y]
    if scored:
        header.append(SCORE)
        columns.append("" if score != score else repr(score) for score in coordinates.score.tolist())
    lines = ["\t".join(row) for row in zip(*columns, strict=True)]
    return "\n".join([b"\t".join(header).decode(), *lines, ""]).encode()


def _positions(source: Source, header: bytes) -> dict[bytes, int]:
    found = [column.strip().lower() for column in _split(header)]
    missing = [column for column in (NAME, X, Y) if column not in found]
    repeated = [column for column in (NAME, X, Y, SCORE) if found.count(column) > 1]
    if missing or repeated:
        raise CoordinateError(
            f"{shown(source.name)}: its columns are {shown(b', '.join(found), 400) or 'none'}",
            "image_name, x_coord and y_coord, each once, separated by tabs",
            "correct its first line",
        )
    return {column: found.index(column) for column in (NAME, X, Y, SCORE) if column in found}


def _rows(source: Source, lines: list[bytes], width: int) -> Iterator[tuple[int, list[bytes]]]:
    for number, line in enumerate(lines[1:], 2):
        if not line.strip():
            continue
        values = _split(line)
        if len(values) != width:
            raise source.error(number, f"{len(values)} values", f"{width}, one for each column")
        yield number, values


def _split(line: bytes) -> list[bytes]:
    """Values between tabs; quoted ones as spreadsheets write them."""
    if b'"' not in line:
        return line.split(b"\t")
    text = line.decode("utf-8", "surrogateescape")
    try:
        values = next(csv.reader([text], delimiter="\t"))
    except csv.Error:  # a quoted value beyond the reader's limit; the plain values say what is wrong with it
        return line.split(b"\t")
    return [value.encode("utf-8", "surrogateescape") for value in values]


def _quoted(name: str) -> str:
    name = one_line(name, forbidden="\t\n\r\0")
    return '"' + name.replace('"', '""') + '"' if '"' in name else name


FORMAT = CoordinateFormat("Topaz table", (".txt", ".tsv", ".tab"), recognises, parse, table)
