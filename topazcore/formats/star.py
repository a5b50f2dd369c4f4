"""The STAR syntax, as the programs of the field write it: one row, one line. Knows no column names.

STAR is kin to the crystallographers' CIF, but what RELION, Warp and cryoSPARC exchange is stricter and freer
at once: a row is one line, and names may hold any UTF-8 letter. A CIF parser takes lines "1 2", "3", "4 5",
"6" for three good rows of two and refuses "é.mrc"; this reader does the opposite, and knows each row's line.

It never evaluates a value: all are bytes, unquoted.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from topazcore.errors import CoordinateError
from topazcore.formats.base import Source, one_line, plain_text, shown

_VALUE = re.compile(
    rb"""[ \t\f\v]* (?: (?P<comment>\#.*)
                  | (?P<quote>["']) (?P<quoted>.*?) (?P=quote) (?=[ \t\f\v]|$)
                  | (?P<bare>[^ \t\f\v]+) )""",
    re.VERBOSE,
)
_RESERVED = re.compile(r"""_|\#|;|["']|\[|\]|\$|(data_|loop_|save_|stop_|global_)""", re.IGNORECASE)


@dataclass
class Table:
    """One loop of a STAR file, or the single values of a block as one row.

    Args:
        block: the name after `data_`, often empty.
        tags: the column names with their leading underscore.
        first_line: line number, from 1, of `lines[0]`.
        lines: the rows as they stand in the file, blank lines among them.
    """

    block: str
    tags: list[str] = field(default_factory=list)
    first_line: int = 0
    lines: list[bytes] = field(default_factory=list)

    def rows(self, source: Source) -> Iterator[tuple[int, list[bytes]]]:
        """Line number and values of each row.

        Raises:
            CoordinateError: a row with more or fewer values than there are columns.
        """
        width = len(self.tags)
        for number, line in enumerate(self.lines, self.first_line):
            values = split(line)
            if len(values) == width:
                yield number, values
            elif values:
                raise source.error(number, f"{len(values)} values", f"{width}, one for each column")


def recognises(data: bytes) -> bool:
    """Whether bytes hold a block header as the first thing that is no comment."""
    for line in data[:65536].replace(b"\0", b"").splitlines():
        text = line.lstrip(b"\xef\xbb\xbf\xff\xfe").strip()
        if text and not text.startswith(b"#"):
            return text.lower().startswith(b"data_")
    return False


def split(line: bytes) -> list[bytes]:
    """The values of one line, without quotes and comments."""
    if b'"' not in line and b"'" not in line and b"#" not in line:
        return line.split()
    values = []
    for match in _VALUE.finditer(line):
        if match["comment"] is not None:
            break
        values.append(match["quoted"] if match["quote"] else match["bare"])
    return values


def parse(source: Source) -> list[Table]:
    """All tables of a file with at least one column, in their order.

    Raises:
        CoordinateError: text that is not STAR, with its line.
    """
    reader = _Reader(source)
    for number, line in enumerate(plain_text(source).split(b"\n"), 1):
        reader.take(number, line)
    return [table for table in reader.tables if table.tags]


class _Reader:
    """The three states of a STAR file: between tables, in the header of a loop, in its rows."""

    def __init__(self, source: Source):
        self.tables: list[Table] = []
        self._source = source
        self._block: str | None = None
        self._single: Table | None = None
        self._take = self._between

    def take(self, number: int, line: bytes) -> None:
        self._take(number, line)

    def _starts_something(self, line: bytes) -> bool:
        """Handle a block header or `loop_`, which end whatever was before them."""
        word = line.strip()
        if word[:5].lower() == b"data_" and len(word.split()) == 1:
            self._block = word[5:].decode("utf-8", "replace")
            self._single = None
            self._take = self._between
            return True
        if word.lower() == b"loop_" and self._block is not None:
            self._open_table()
            self._take = self._header
            return True
        return False

    def _open_table(self) -> Table:
        self.tables.append(Table(self._block or ""))
        return self.tables[-1]

    def _between(self, number: int, line: bytes) -> None:
        values = split(line)
        if not values or self._starts_something(line):
            return
        if self._block is None or not line.lstrip().startswith(b"_") or len(values) > 2:
            raise self._source.error(number, shown(line.strip()), "a STAR block (data_ and then loop_)")
        self._single_value(number, values)

    def _single_value(self, number: int, values: list[bytes]) -> None:
        """A `_tag value` pair: one more column of a table that has one row."""
        if self._single is None:
            self._single = self._open_table()
            self._single.first_line, self._single.lines = number, [b""]
        self._add_tag(number, self._single, values[0])
        value = values[1].decode("utf-8", "replace") if len(values) > 1 else ""
        self._single.lines[0] += b" " + quoted(value).encode()

    def _header(self, number: int, line: bytes) -> None:
        values = split(line)
        if not values or self._starts_something(line):
            return
        table = self.tables[-1]
        if line.lstrip().startswith(b"_"):  # a quoted value may start so, a bare one is a tag
            self._add_tag(number, table, values[0])
            return
        table.first_line = number
        self._take = self._rows
        self._rows(number, line)

    def _rows(self, number: int, line: bytes) -> None:
        if line[:1] in b"dDlL \t" and self._starts_something(line):
            return
        self.tables[-1].lines.append(line)

    def _add_tag(self, number: int, table: Table, tag: bytes) -> None:
        name = tag.decode("utf-8", "replace")
        if name in table.tags:
            raise self._source.error(number, f"column {shown(name)} a second time", "each column once")
        table.tags.append(name)


def quoted(text: str) -> str:
    """`text` as one STAR value: bare where that reads back the same, else in quotes.

    Raises:
        CoordinateError: a line break or NUL, or quotes that no quoting can hold.
    """
    text = one_line(text, forbidden="\n\r\0")
    if text and not re.search(r"[ \t\f\v]", text) and not _RESERVED.match(text) and "#" not in text:
        return text
    for quote in "\"'":
        if not re.search(quote + r"[ \t\f\v]", text):
            return f"{quote}{text}{quote}"
    raise CoordinateError(f"a name with both kinds of quotes: {shown(text)}", "at most one kind", "rename it")


def render(block: str, tags: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """One block with one loop; the values must be valid STAR values already."""
    header = "".join(f"{tag} #{column}\n" for column, tag in enumerate(tags, 1))
    body = "".join("\t".join(row) + "\n" for row in rows)
    return f"\ndata_{block}\n\nloop_\n{header}{body}\n"
