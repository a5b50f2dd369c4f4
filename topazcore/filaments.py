"""Filaments: lines from a start to an end, and the particles that stand along them at a spacing.

Pure geometry in pixels of the full-size micrograph, and what a table of start-end pairs amounts to. It reads no file:
`topazcore.formats` does.
"""

import math
from dataclasses import dataclass, replace

import numpy as np

from topazcore.coordinates import Coordinates
from topazcore.errors import CoordinateError

SPACING_RANGE_ANGSTROM = (1.0, 10_000.0)
# Of a pixel's length: a last particle just at the end is not lost to rounding.
_ROUNDING = 1e-9
_CLOSEST_PX = 1.0


@dataclass(frozen=True, eq=False)
class Filaments:
    """Columns of equal length, one row a filament.

    Args:
        micrograph: `(n,)` micrograph names.
        ends: `(n, 2, 2)` float64, start and end as x, y in px of the full-size micrograph.
        path: `(n,)` the micrograph as the source wrote it; the name when left out.
    """

    micrograph: np.ndarray
    ends: np.ndarray
    path: np.ndarray | None = None

    def __post_init__(self):
        if self.path is None:
            object.__setattr__(self, "path", self.micrograph)

    def __len__(self) -> int:
        return len(self.ends)

    @classmethod
    def empty(cls) -> "Filaments":
        return cls(np.empty(0, object), np.empty((0, 2, 2)))

    def select(self, mask: np.ndarray) -> "Filaments":
        """The rows that a boolean mask or an index array chooses."""
        return Filaments(self.micrograph[mask], self.ends[mask], self.path[mask])

    def rows_by_micrograph(self) -> dict[str, np.ndarray]:
        """The row numbers of each micrograph, in order of first appearance."""
        rows: dict[str, list[int]] = {}
        for row, name in enumerate(self.micrograph):
            rows.setdefault(name, []).append(row)
        return {name: np.array(numbers) for name, numbers in rows.items()}


def spacing_px(spacing_angstrom: float, pixel_size_angstrom: float) -> float:
    """A spacing in px, at least one pixel."""
    return max(spacing_angstrom / pixel_size_angstrom, _CLOSEST_PX)


def default_spacing_angstrom(diameter_angstrom: float) -> float:
    """Half a diameter: as close as two picks can be, so a filament stands for as many particles as picking finds."""
    return diameter_angstrom / 2


def points_along(ends: np.ndarray, spacing: float) -> np.ndarray:
    """`(n, 2)` x, y of the particles along one filament: the first at its start, then one every `spacing` px."""
    start, end = np.asarray(ends, np.float64)
    length = math.hypot(*(end - start))
    steps = np.arange(math.floor(length / spacing + _ROUNDING) + 1) * spacing
    return start + steps[:, None] * ((end - start) / (length or 1.0))


def particles(filaments: Filaments, spacing: float) -> Coordinates:
    """The particles of filaments, one table; `tube` numbers the filaments of each micrograph from 1."""
    tubes = _tubes(filaments)
    tables = [points_along(ends, spacing) for ends in filaments.ends]
    counts = [len(table) for table in tables]
    xy = np.concatenate([np.empty((0, 2)), *tables])
    return Coordinates(
        np.repeat(filaments.micrograph, counts), xy[:, 0], xy[:, 1], tube=np.repeat(tubes, counts)
    )


def start_end_pairs(filaments: Filaments) -> Coordinates:
    """Two rows for each filament, its start and its end; `tube` as in `particles`."""
    xy = filaments.ends.reshape(-1, 2)
    return Coordinates(
        np.repeat(filaments.micrograph, 2), xy[:, 0], xy[:, 1], tube=np.repeat(_tubes(filaments), 2)
    )


def filaments_of(coordinates: Coordinates) -> Filaments:
    """The filaments that the rows of a file mean.

    Where every row has a tube number, the first and the last row of each tube of a micrograph are its ends: this reads
    pairs as well as extracted segments. Otherwise each two rows of a micrograph, in the file's order, are a start and
    an end, as RELION's manual picker writes them.

    Raises:
        CoordinateError: a micrograph with an odd number of rows, or a tube of a single one.
    """
    has_tubes = len(coordinates) > 0 and bool((coordinates.tube > 0).all())
    pairs: list[tuple[int, int]] = []
    for path, rows in replace(coordinates, micrograph=coordinates.path).rows_by_micrograph().items():
        pairs += _by_tube(coordinates.tube, rows, path) if has_tubes else _two_by_two(rows, path)
    numbers = np.array(sorted(pairs), dtype=int).reshape(-1, 2)
    starts = numbers[:, 0]
    return Filaments(coordinates.micrograph[starts], coordinates.xy[numbers], coordinates.path[starts])


def distance_to(ends: np.ndarray, xy: np.ndarray) -> np.ndarray:
    """`(n,)` distances in px from `(n, 2)` points to one filament."""
    start, end = np.asarray(ends, np.float64)
    along = end - start
    share = np.clip((xy - start) @ along / (along @ along or 1.0), 0.0, 1.0)
    return np.hypot(*(xy - start - share[:, None] * along).T)


def _tubes(filaments: Filaments) -> np.ndarray:
    tubes = np.zeros(len(filaments), dtype=np.int64)
    for rows in filaments.rows_by_micrograph().values():
        tubes[rows] = np.arange(1, len(rows) + 1)
    return tubes


def _two_by_two(rows: np.ndarray, path: str) -> list[tuple[int, int]]:
    if len(rows) % 2:
        raise CoordinateError(
            f"{len(rows)} rows on {path[:100]}: an odd number of filament ends",
            "a start and an end for each filament, one after the other",
            "check that the file holds start-end pairs, or import it as particles",
        )
    return [(int(start), int(end)) for start, end in rows.reshape(-1, 2)]


def _by_tube(tube: np.ndarray, rows: np.ndarray, path: str) -> list[tuple[int, int]]:
    found: dict[int, list[int]] = {}
    for row in rows:
        found.setdefault(int(tube[row]), []).append(int(row))
    for number, of_tube in found.items():
        if len(of_tube) == 1:
            raise CoordinateError(
                f"tube {number} on {path[:100]} with a single row",
                "its start and its end at least",
                "extract it with closer segments, or leave it out",
            )
    return [(of_tube[0], of_tube[-1]) for of_tube in found.values()]
