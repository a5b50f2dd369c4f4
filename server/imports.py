"""Coordinate files in as labels or filaments, and the CTF of micrographs: read as a whole, checked row by row,
planned before anything is changed.

It reads no database and stores nothing: the route does what the plan says, in one transaction. It never guesses:
rows that cannot be used are counted by reason, and a file that cannot be read spoils the whole import.
"""

import io
import zipfile
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from topazcore.coordinates import Coordinates, assign, micrograph_name
from topazcore.errors import CoordinateError, SettingsError
from topazcore.filaments import Filaments, filaments_of
from topazcore.formats import files_named_by, parse_coordinates
from topazcore.formats.ctf import CtfRows, parse_ctf

from .operations import SHORTEST_FILAMENT_PX

DUPLICATE_PX = 0.5
UNPACKED_BYTES = 512 * 2**20
_FEW = 10
_BROKEN_ZIP = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError)

Upload = tuple[str, bytes]


@dataclass(frozen=True)
class Frame:
    """A micrograph as far as coordinates need it; `path` is relative to the project, with forward slashes."""

    name: str
    path: str
    width: int
    height: int


@dataclass(frozen=True)
class ImportPlan:
    """What an import would do.

    Args:
        labels: the rows to add as positive labels or as filaments, under the project's names, in full-size px; or the
            CTF of micrographs, `path` being their names.
        total: rows in all files; of filaments all counts are of filaments.
        matched: rows by micrograph of the project.
        unmatched: rows by name that no micrograph has.
        ambiguous: rows by name that several micrographs share.
        outside: matched rows outside of their micrograph.
        duplicates: rows within half a pixel of an existing label or of an earlier row.
        rows: what they are: "particles", "filaments" or "ctf".
        hint: why the numbers look as if the file was in other pixels, or None.
    """

    labels: Coordinates | Filaments | CtfRows
    total: int
    matched: dict[str, int]
    unmatched: dict[str, int]
    ambiguous: dict[str, int]
    outside: int
    duplicates: int
    hint: str | None
    rows: str = "particles"

    def report(self, applied: bool) -> dict:
        """The answer of the import route; `imported` is what an applied plan adds."""
        counts = {name: value for name, value in vars(self).items() if name != "labels"}
        return {**counts, "imported": len(self.labels), "applied": applied}


def _scaled_rows(files: Sequence[Upload], scale: float) -> Coordinates:
    if not 0 < scale < np.inf:
        raise SettingsError(f"scale {scale:g}", "a number above 0")
    return read_uploads(files).scaled(scale)


def plan_import(
    files: Sequence[Upload], frames: Sequence[Frame], existing: Coordinates, scale: float = 1.0
) -> ImportPlan:
    """Read uploaded files and decide what each row becomes.

    Args:
        files: name and content of each upload; an index finds the files that it names among them.
        existing: labels of the project.
        scale: x and y are multiplied by it.

    Raises:
        CoordinateError: a file that cannot be read (nothing is planned), or rows of which no name matches.
    """
    read = _scaled_rows(files, scale)
    assigned = assign(read, {frame.name: frame.path for frame in frames})
    matched = assigned.coordinates
    if len(read) and not len(matched):
        raise _no_match(read, frames)
    inside = _is_inside(matched, frames)
    fresh = matched.select(inside)
    labels = fresh.select(~is_duplicate(fresh, existing))
    return ImportPlan(
        labels=labels,
        total=len(read),
        matched={name: len(rows) for name, rows in matched.rows_by_micrograph().items()},
        unmatched=assigned.unmatched,
        ambiguous=assigned.ambiguous,
        outside=int((~inside).sum()),
        duplicates=len(fresh) - len(labels),
        hint=_hint(matched, inside, frames),
    )


def plan_filaments(
    files: Sequence[Upload], frames: Sequence[Frame], existing: Filaments, scale: float = 1.0
) -> ImportPlan:
    """As `plan_import`, for the filaments that the files' rows mean (`topazcore.filaments.filaments_of`).

    A filament is outside if either end is; a duplicate has both ends within half a pixel of an existing one's.
    """
    rows = _scaled_rows(files, scale)
    read = filaments_of(rows)
    numbers = np.arange(len(read))
    assigned = assign(
        Coordinates(read.micrograph, numbers, np.zeros(len(read)), path=read.path),
        {frame.name: frame.path for frame in frames},
    )
    found = assigned.coordinates
    if len(read) and not len(found):
        raise _no_match(rows, frames)
    matched = Filaments(found.micrograph, read.ends[found.x.astype(int)])
    ends = [Coordinates(found.micrograph, *matched.ends[:, which].T) for which in (0, 1)]
    inside = _is_inside(ends[0], frames) & _is_inside(ends[1], frames)
    fresh = matched.select(inside & (np.hypot(*(ends[1].xy - ends[0].xy).T) >= SHORTEST_FILAMENT_PX))
    filaments = fresh.select(~_is_same_filament(fresh, existing))
    return ImportPlan(
        labels=filaments,
        total=len(read),
        matched={name: len(each) for name, each in matched.rows_by_micrograph().items()},
        unmatched=assigned.unmatched,
        ambiguous=assigned.ambiguous,
        outside=int((~inside).sum()),
        duplicates=int(inside.sum()) - len(filaments),
        hint=_hint(Coordinates.concat(ends), np.concatenate([inside, inside]), frames),
        rows="filaments",
    )


def plan_ctf(files: Sequence[Upload], frames: Sequence[Frame]) -> ImportPlan:
    """As `plan_import`, for files with the CTF of micrographs; counts are of micrographs, of each the last row holds.

    `outside` counts rows without a defocus, as failed fits leave them.
    """
    read = [parse_ctf(*entry) for upload in files for entry in unpacked(*upload)]
    paths = [path for each in read for path in each.path]
    numbers, nowhere = np.arange(len(paths), dtype=float), np.zeros(len(paths))
    names = [micrograph_name(path) for path in paths]
    rows = Coordinates(names, numbers, nowhere, path=paths)
    assigned = assign(rows, {frame.name: frame.path for frame in frames})
    found = assigned.coordinates
    if len(rows) and not len(found):
        raise _no_match(rows, frames, "rows")
    all_ctf = [ctf for each in read for ctf in each.ctf]
    last = {name: all_ctf[int(row)] for name, row in zip(found.micrograph, found.x, strict=True)}
    failed = sum(each.failed for each in read)
    return ImportPlan(
        labels=CtfRows(list(last), list(last.values())),
        total=len(rows) + failed,
        matched={name: len(each) for name, each in found.rows_by_micrograph().items()},
        unmatched=assigned.unmatched,
        ambiguous=assigned.ambiguous,
        outside=failed,
        duplicates=len(found) - len(last),
        hint=None,
        rows="ctf",
    )


def read_uploads(files: Sequence[Upload]) -> Coordinates:
    """All rows of the uploaded files, those of zip archives among them.

    A file that an index names is read through the index alone: so it is counted once, under the index's name.

    Raises:
        CoordinateError: the first file that cannot be read.
    """
    files = [entry for upload in files for entry in unpacked(*upload)]
    find = _finder(files)
    indexed = {find(named)[0] for name, data in files for named in files_named_by(name, data)}
    return Coordinates.concat(
        parse_coordinates(name, data, lambda path: find(path)[1])
        for name, data in files
        if name not in indexed
    )


def unpacked(name: str, data: bytes) -> list[Upload]:
    """The files of a zip archive, or the file itself. Nothing is written to the disk.

    Raises:
        CoordinateError: a broken, locked or far too large archive.
    """
    if not name.lower().endswith(".zip"):
        return [(name, data)]
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = [entry for entry in archive.infolist() if not _is_clutter(entry)]
            size = sum(entry.file_size for entry in entries)
            if size > UNPACKED_BYTES:
                raise CoordinateError(f"{name[:60]} unpacks to {size} bytes", f"at most {UNPACKED_BYTES}")
            return [(entry.filename, archive.read(entry)) for entry in entries]
    except _BROKEN_ZIP:
        raise CoordinateError(
            f"{name[:60]} cannot be unpacked", "a whole zip archive without a password"
        ) from None


def is_duplicate(rows: Coordinates, existing: Coordinates) -> np.ndarray:
    """`(n,)` bool: rows within `DUPLICATE_PX` of an existing label or of an earlier row that is none."""
    tables = existing.by_micrograph()
    duplicate = np.zeros(len(rows), dtype=bool)
    for name, numbers in rows.rows_by_micrograph().items():
        taken = _Places()
        for x, y in tables.get(name, Coordinates.empty()).xy.tolist():
            taken.take(x, y)
        duplicate[numbers] = [not taken.take(x, y) for x, y in rows.xy[numbers].tolist()]
    return duplicate


def _is_same_filament(rows: Filaments, existing: Filaments) -> np.ndarray:
    """`(n,)` bool: rows with the ends of an existing filament or of an earlier row, in either order."""
    known, duplicate = existing.rows_by_micrograph(), np.zeros(len(rows), dtype=bool)
    for name, numbers in rows.rows_by_micrograph().items():
        taken = list(existing.ends[known[name]]) if name in known else []
        for number in numbers:
            ends = rows.ends[number]
            if taken:
                there = np.array(taken)
                off = [np.abs(there - each).max(axis=(1, 2)).min() for each in (ends, ends[::-1])]
                duplicate[number] = min(off) <= DUPLICATE_PX
            if not duplicate[number]:
                taken.append(ends)
    return duplicate


class _Places:
    """Points that keep their distance, in square cells of that distance: at most four in each."""

    def __init__(self):
        self._cells: dict[tuple[int, int], list[tuple[float, float]]] = {}

    def take(self, x: float, y: float) -> bool:
        """Add a point unless one is within `DUPLICATE_PX`; whether it was added."""
        column, row = int(x // DUPLICATE_PX), int(y // DUPLICATE_PX)
        around = ((column + i, row + j) for i in (-1, 0, 1) for j in (-1, 0, 1))
        for cell in around:
            for other_x, other_y in self._cells.get(cell, ()):
                if (x - other_x) ** 2 + (y - other_y) ** 2 <= DUPLICATE_PX**2:
                    return False
        self._cells.setdefault((column, row), []).append((x, y))
        return True


def _is_clutter(entry: zipfile.ZipInfo) -> bool:
    """Folders, and what macOS adds to its archives."""
    return entry.is_dir() or any(part.startswith((".", "__MACOSX")) for part in entry.filename.split("/"))


def _finder(files: Sequence[Upload]) -> Callable[[str], Upload]:
    """Finds the upload that an index means; browsers send file names without their folders."""
    names = [name for name, _ in files]

    def find(path: str) -> Upload:
        found = [place for place, name in enumerate(names) if name == path]
        found = found or [place for place, name in enumerate(names) if _base_name(name) == _base_name(path)]
        if len(found) != 1:
            raise CoordinateError(
                f"an index that names {path[:200]}, of which there are {len(found)} among the files",
                "exactly one",
                "choose the files that the index names together with it, or all of them as a zip",
            )
        return files[found[0]]

    return find


def _base_name(name: str) -> str:
    return name.replace("\\", "/").rsplit("/", 1)[-1]


def _no_match(read: Coordinates, frames: Sequence[Frame], what: str = "coordinates") -> CoordinateError:
    found = ", ".join(name[:60] for name in read.names()[:3])
    known = ", ".join(frame.name[:60] for frame in frames[:3]) or "none"
    return CoordinateError(
        f"{len(read)} {what}, none on a micrograph of this project: their names are {found} …",
        f"names such as {known}",
        "rename them in the file, or open the folder that they belong to",
    )


def _extent(coordinates: Coordinates, frames: Sequence[Frame]) -> np.ndarray:
    """`(n, 2)` width and height of the micrograph of each row."""
    sizes = {frame.name: (frame.width, frame.height) for frame in frames}
    return np.array([sizes[name] for name in coordinates.micrograph], dtype=float).reshape(-1, 2)


def _is_inside(coordinates: Coordinates, frames: Sequence[Frame]) -> np.ndarray:
    xy = coordinates.xy
    return ((xy >= -0.5) & (xy < _extent(coordinates, frames) - 0.5)).all(axis=1)


def _hint(matched: Coordinates, inside: np.ndarray, frames: Sequence[Frame]) -> str | None:
    """What a person should check when the rows do not fill their micrographs as picks do."""
    if len(matched) and 2 * inside.sum() < len(matched):
        return "most coordinates are outside: was the file made on a larger image? Then give a scale below 1."
    if len(matched) >= _FEW and (matched.xy < _extent(matched, frames) / 2).all():
        return (
            "all coordinates are in the upper left quarter: was the file made on a binned image? "
            "Then give its binning as scale."
        )
    return None
