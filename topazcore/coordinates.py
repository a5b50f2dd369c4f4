"""The table of coordinates, and the rule for micrograph names.

Coordinates are centres in pixels of the full-size micrograph: x right, y down from the first stored row,
pixel centres at integers. A table never holds a value that is not finite, except the score of a row that
has none. This module reads no file: `topazcore.formats` does.
"""

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from topazcore.errors import CoordinateError

IMAGE_EXTENSIONS = (".mrc", ".mrcs", ".map", ".tif", ".tiff", ".png", ".jpg", ".jpeg", ".eer", ".dm3", ".dm4")


def without_extension(text: str) -> str:
    """`text` less one known image extension: "a.b.mrc" gives "a.b", "a.b" stays."""
    for extension in IMAGE_EXTENSIONS:
        if text.lower().endswith(extension) and len(text) > len(extension):
            return text[: -len(extension)]
    return text


def micrograph_name(text: str) -> str:
    """The name of a micrograph from what a file calls it: no folder, no *known image* extension.

    "Micrographs/a.b.mrc" gives "a.b"; "0066" keeps its zeros; "grid_1.2" keeps its dot. Windows folders
    count as folders too.
    """
    return without_extension(text.replace("\\", "/").rsplit("/", 1)[-1])


@dataclass(frozen=True, eq=False)
class Coordinates:
    """Columns of equal length, one row a centre.

    Args:
        micrograph: `(n,)` micrograph names, always text.
        x, y: `(n,)` float64, px of the full-size micrograph.
        score: `(n,)` float64, NaN where there is none; none at all when left out.
        path: `(n,)` the micrograph as the source wrote it, with folder and extension; the name when left out.
        tube: `(n,)` int64, the number of the helical tube on its micrograph, 0 where there is none.

    Raises:
        CoordinateError: columns of different lengths, or x, y that are not finite.
    """

    micrograph: np.ndarray
    x: np.ndarray
    y: np.ndarray
    score: np.ndarray | None = None
    path: np.ndarray | None = None
    tube: np.ndarray | None = None

    def __post_init__(self):
        count = len(self.x)
        score = np.full(count, np.nan) if self.score is None else self.score
        path = self.micrograph if self.path is None else self.path
        columns = {"micrograph": _texts(self.micrograph), "path": _texts(path)}
        for name, values in (("x", self.x), ("y", self.y), ("score", score)):
            columns[name] = np.asarray(values, dtype=np.float64)
        columns["tube"] = np.asarray(np.zeros(count) if self.tube is None else self.tube, dtype=np.int64)
        for name, values in columns.items():
            if values.shape != (count,):
                raise CoordinateError(
                    f"column {name} of shape {values.shape}", f"({count},), the length of x"
                )
            object.__setattr__(self, name, values)
        if not (np.isfinite(self.x).all() and np.isfinite(self.y).all()):
            raise CoordinateError("a coordinate that is NaN or infinite", "finite pixels")

    def __len__(self) -> int:
        return len(self.x)

    @classmethod
    def empty(cls) -> "Coordinates":
        return cls(np.empty(0, object), np.empty(0), np.empty(0))

    @classmethod
    def concat(cls, tables: Iterable["Coordinates"]) -> "Coordinates":
        """All rows of `tables`, in their order."""
        tables = [cls.empty(), *tables]
        columns = ("micrograph", "x", "y", "score", "path", "tube")
        return cls(*(np.concatenate([getattr(table, name) for table in tables]) for name in columns))

    @property
    def xy(self) -> np.ndarray:
        """`(n, 2)` float64 array of x, y in px."""
        return np.column_stack([self.x, self.y])

    def select(self, mask: np.ndarray) -> "Coordinates":
        """The rows that a boolean mask or an index array chooses."""
        columns = (self.micrograph, self.x, self.y, self.score, self.path, self.tube)
        return Coordinates(*(column[mask] for column in columns))

    def of(self, name: str) -> "Coordinates":
        """The rows of one micrograph."""
        return self.select(self.micrograph == name)

    def names(self) -> list[str]:
        """The micrographs, each once, in order of first appearance."""
        return list(dict.fromkeys(self.micrograph))

    def rows_by_micrograph(self) -> dict[str, np.ndarray]:
        """The row numbers of each micrograph, in order of first appearance."""
        rows: dict[str, list[int]] = {}
        for row, name in enumerate(self.micrograph):
            rows.setdefault(name, []).append(row)
        return {name: np.array(numbers) for name, numbers in rows.items()}

    def by_micrograph(self) -> dict[str, "Coordinates"]:
        """One table per micrograph, in order of first appearance."""
        return {name: self.select(rows) for name, rows in self.rows_by_micrograph().items()}

    def scaled(self, factor: float) -> "Coordinates":
        """x and y times `factor`: from the pixels of a binned image to those of the full-size one."""
        return replace(self, x=self.x * factor, y=self.y * factor)

    def flipped(self, height: int) -> "Coordinates":
        """y counted from the other side of an image of `height` rows."""
        return replace(self, y=height - 1 - self.y)

    def renamed(self, name_of: Callable[[str], str]) -> "Coordinates":
        """Every micrograph renamed by its `path`, each distinct path asked once."""
        names = {path: name_of(path) for path in dict.fromkeys(self.path)}
        return replace(self, micrograph=[names[path] for path in self.path])


@dataclass(frozen=True)
class Assignment:
    """Coordinates under the names of known micrographs, and what found no micrograph.

    Args:
        coordinates: rows that belong to a known micrograph, under its name.
        unmatched: rows per name that no known micrograph has.
        ambiguous: rows per name that several known micrographs share.
    """

    coordinates: Coordinates
    unmatched: dict[str, int]
    ambiguous: dict[str, int]


def assign(coordinates: Coordinates, known: Mapping[str, str]) -> Assignment:
    """Give every row the name of the known micrograph that its source means.

    The file name without extension decides. Where several known micrographs share it, the folders decide,
    from the last one backwards as far as both paths go, then the extension. So "Micrographs/a/0001.mrc" finds
    "a/0001.mrc" among "a/0001.mrc" and "b/0001.mrc", while a bare "0001" is ambiguous there. Letters with
    accents match composed and decomposed.

    Args:
        coordinates: as read from a file.
        known: name to path of each micrograph, relative to the project, as text.
    """
    candidates = _by_file_stem(known)
    meant = {path: _meant(path, candidates) for path in dict.fromkeys(coordinates.path)}
    names = [meant[path] for path in coordinates.path]
    found = np.array([len(name) == 1 for name in names], dtype=bool)
    matched = replace(coordinates, micrograph=[name[0] if name else "" for name in names]).select(found)
    return Assignment(
        matched,
        _count(coordinates, np.array([len(name) == 0 for name in names], dtype=bool)),
        _count(coordinates, np.array([len(name) > 1 for name in names], dtype=bool)),
    )


def _texts(values) -> np.ndarray:
    """`(n,)` object array of str: rows share one string, so a long name costs nothing per row."""
    shared: dict[str, str] = {}
    texts = np.empty(len(values), dtype=object)
    texts[:] = [shared.setdefault(text, text) for text in map(str, values)]
    return texts


def _parts(path: str) -> tuple[list[str], str]:
    """Folders and file name from the last backwards, without extension, and the extension."""
    path = unicodedata.normalize("NFC", path.replace("\\", "/"))
    stem = without_extension(path)
    parts = [part for part in stem.split("/") if part not in ("", ".")]
    return parts[::-1], path[len(stem) :].lower()


def _by_file_stem(known: Mapping[str, str]) -> dict[str, list[tuple[str, list[str], str]]]:
    candidates: dict[str, list[tuple[str, list[str], str]]] = {}
    for name, path in known.items():
        parts, extension = _parts(str(path))
        candidates.setdefault(parts[0] if parts else "", []).append((name, parts, extension))
    return candidates


def _meant(path: str, candidates: dict[str, list[tuple[str, list[str], str]]]) -> list[str]:
    """Names of the micrographs that `path` can mean; folders decide first, then the extension."""
    parts, extension = _parts(path)
    found = candidates.get(parts[0] if parts else "", [])
    if len(found) > 1:
        found = [entry for entry in found if all(a == b for a, b in zip(parts, entry[1], strict=False))]
        whole = [entry for entry in found if len(entry[1]) <= len(parts)]
        longest = max((len(entry[1]) for entry in whole), default=0)
        found = [entry for entry in whole if len(entry[1]) == longest] or found
    if len(found) > 1 and extension:
        found = [entry for entry in found if entry[2] == extension]
    return [name for name, _, _ in found]


def _count(coordinates: Coordinates, mask: np.ndarray) -> dict[str, int]:
    counts: dict[str, int] = {}
    for name in coordinates.micrograph[mask]:
        counts[name] = counts.get(name, 0) + 1
    return counts
