"""What every coordinate file format shares: its description, its source, and careful reading of text.

Readers take bytes, so that a file on disk and an upload go the same way. They never return half a file:
the first row that cannot be read ends with a CoordinateError that names its line.
"""

import codecs
import math
from array import array
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from topazcore.coordinates import Coordinates, micrograph_name
from topazcore.errors import CoordinateError

LARGEST_COORDINATE_PX = 1e6
LONGEST_NAME = 4096
_LARGEST_TUBE = 1e9

_SIGNATURES = (
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"II*\0", "a TIFF image"),
    (b"MM\0*", "a TIFF image"),
    (b"\x93NUMPY", "a cryoSPARC or numpy table"),
    (b"\x95CSDAT", "a compressed cryoSPARC table"),
    (b"PK\x03\x04", "a zip archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"SQLite format 3", "an SQLite database"),
    (b"{", "JSON"),
)


@dataclass(frozen=True)
class Source:
    """One coordinate file as bytes.

    Args:
        name: its file name, for messages and where the format takes the micrograph from it.
        data: its content.
        named: gives the bytes of another file that this one names by a relative path (an index does);
            raises CoordinateError if there is none.
    """

    name: str
    data: bytes
    named: Callable[[str], bytes]

    def error(
        self, line: int, found: str, expected: str, action: str = "nothing was read"
    ) -> CoordinateError:
        return CoordinateError(f"{shown(self.name)}, line {line}: {found}", expected, action)


@dataclass(frozen=True)
class CoordinateFormat:
    """One format: how it is called, recognised, read and written.

    Args:
        name: as a person calls it: "STAR".
        extensions: lower case, with the dot.
        recognises: whether bytes look like this format, whatever the file is called.
        parse: reads a `Source`.
        render: writes coordinates, given the micrographs' paths by name and the pixel size in Å or None.
    """

    name: str
    extensions: tuple[str, ...]
    recognises: Callable[[bytes], bool]
    parse: Callable[[Source], Coordinates]
    render: Callable[[Coordinates, Mapping[str, str], float | None], bytes]


class Columns:
    """Rows gathered one by one into the columns of `Coordinates`; equal names share one string.

    Args:
        source: for the messages.
        no_score: a number that stands for "no score" in this format.
    """

    def __init__(self, source: Source, no_score: float = math.nan):
        self._source, self._no_score = source, no_score
        self._texts: dict[bytes, str] = {}
        self._paths: list[str] = []
        self._x, self._y, self._score = array("d"), array("d"), array("d")
        self._tube = array("q")

    def add(
        self, line: int, path: bytes, x: bytes, y: bytes, score: bytes | None, tube: bytes | None = None
    ) -> None:
        """One row of the file as its raw values; raises CoordinateError with `line`."""
        text = self._texts.get(path)
        if text is None:
            text = self._texts[path] = self._text(line, path)
        self._paths.append(text)
        self._x.append(self._number(line, "x", x, LARGEST_COORDINATE_PX))
        self._y.append(self._number(line, "y", y, LARGEST_COORDINATE_PX))
        value = math.nan if score is None else self._number(line, "score", score, math.inf)
        self._score.append(math.nan if value == self._no_score else value)
        self._tube.append(0 if tube is None else self._tube_number(line, tube))

    def coordinates(self) -> Coordinates:
        names = {path: micrograph_name(path) for path in self._texts.values()}
        return Coordinates(
            [names[path] for path in self._paths],
            *(np.array(values) for values in (self._x, self._y, self._score)),
            self._paths,
            np.array(self._tube, dtype=np.int64),
        )

    def _tube_number(self, line: int, raw: bytes) -> int:
        value = self._number(line, "tube", raw, _LARGEST_TUBE)
        if value < 0 or not value.is_integer():
            raise self._source.error(line, f"tube {shown(raw)}", "a whole number from 0")
        return int(value)

    def _text(self, line: int, raw: bytes) -> str:
        if len(raw) > LONGEST_NAME:
            raise self._source.error(
                line, f"a micrograph name of {len(raw)} bytes", f"at most {LONGEST_NAME}"
            )
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError:
            raise self._source.error(line, f"a name that is not UTF-8: {shown(raw)}", "UTF-8 text") from None
        if not micrograph_name(text).strip():
            raise self._source.error(line, "no micrograph name", "the name of a micrograph")
        return text

    def _number(self, line: int, column: str, raw: bytes, limit: float) -> float:
        try:
            value = math.nan if b"_" in raw else float(raw)
        except ValueError:
            value = math.nan
        if not -limit <= value <= limit or math.isinf(value):
            expected = "a finite number" if math.isinf(limit) else f"a number within ±{limit:,.0f} px"
            raise self._source.error(line, f"{column} is {shown(raw) or 'missing'}", expected)
        return value


def shown(value: str | bytes, limit: int = 60) -> str:
    """A value as it may stand in a message: printable, on one line, never long."""
    text = value[: 4 * limit].decode("utf-8", "replace") if isinstance(value, bytes) else value
    text = "".join(letter if letter.isprintable() else "\ufffd" for letter in text[: limit + 1])
    return text if len(text) <= limit else text[:limit] + "…"


def one_line(name: str, forbidden: str) -> str:
    """`name` itself, if it can stand on one line of a UTF-8 file without any of `forbidden`.

    Raises:
        CoordinateError: it cannot.
    """
    if any(letter in name for letter in forbidden):
        raise CoordinateError(
            f"micrograph name {shown(name)!r} with a line break or tab", "a name on one line", "rename it"
        )
    if any("\ud800" <= letter <= "\udfff" for letter in name):
        raise CoordinateError(f"micrograph name {shown(name)!r} that is not UTF-8", "UTF-8 text", "rename it")
    return name


def plain_text(source: Source) -> bytes:
    """The content as UTF-8 bytes with line feeds, without a byte order mark.

    Raises:
        CoordinateError: bytes that no text file holds.
    """
    data = source.data
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            data = data.decode("utf-16").encode("utf-8")
        except UnicodeError:
            raise CoordinateError(f"{shown(source.name)}: broken UTF-16 text", "UTF-8 text") from None
    data = data.removeprefix(codecs.BOM_UTF8)
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    zero = data.find(b"\0")
    if zero >= 0:
        line = data.count(b"\n", 0, zero) + 1
        raise source.error(line, "a NUL byte", "plain text", "check that the file was not damaged")
    return data


def kind_of(data: bytes) -> str:
    """What bytes are that no coordinate format recognises, in words."""
    head = data[:4096].lstrip(b" \t\r\n")
    for signature, kind in _SIGNATURES:
        if head.startswith(signature):
            return kind
    if not data.strip():
        return "an empty file"
    if data[208:212] == b"MAP ":
        return "an MRC image"
    return "a binary file" if b"\0" in data[:4096] else "other text"
