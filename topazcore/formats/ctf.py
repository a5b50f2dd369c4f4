"""What a CTF estimation says of micrographs, out of RELION's `micrographs_ctf.star` or any STAR with its columns.

Read are files before and after RELION 3.1 (optics block first). It keeps defocus, resolution and figure of merit;
constants of the microscope are passed over. It knows no project: names are matched by `topazcore.coordinates`.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from topazcore.errors import CoordinateError
from topazcore.formats import star
from topazcore.formats.base import Source, kind_of, shown
from topazcore.formats.relion import MICROGRAPH

DEFOCUS_U, DEFOCUS_V, ANGLE = "_rlnDefocusU", "_rlnDefocusV", "_rlnDefocusAngle"
RESOLUTION, FIGURE_OF_MERIT = "_rlnCtfMaxResolution", "_rlnCtfFigureOfMerit"
_LARGEST = 1e7


@dataclass(frozen=True)
class Ctf:
    """The estimate of one micrograph; None where the file has no number.

    Args:
        defocus_u_angstrom, defocus_v_angstrom: along the two axes, positive for underfocus.
        angle_degrees: of the first axis.
        resolution_angstrom: up to where the fit holds.
        figure_of_merit: of the estimation program, without a unit.
    """

    defocus_u_angstrom: float
    defocus_v_angstrom: float
    angle_degrees: float | None = None
    resolution_angstrom: float | None = None
    figure_of_merit: float | None = None

    @property
    def defocus_angstrom(self) -> float:
        """The mean of the two axes."""
        return (self.defocus_u_angstrom + self.defocus_v_angstrom) / 2


@dataclass(frozen=True)
class CtfRows:
    """`path` of each micrograph as the file writes it, and its estimate; `failed` are rows without a defocus."""

    path: Sequence[str]
    ctf: Sequence[Ctf]
    failed: int = 0

    def __len__(self) -> int:
        return len(self.path)


def parse_ctf(name: str, data: bytes) -> CtfRows:
    """Read the estimates of a file called `name`.

    Several rows of one micrograph, as in a STAR of particles, are one: their mean. A row whose defocus is nan or
    infinite, as failed fits leave it, is counted and left out.

    Raises:
        CoordinateError: not a STAR, no such columns (those found are listed), or a row that cannot be read.
    """
    source = Source(name, data, lambda _: b"")
    if not star.recognises(data):
        raise CoordinateError(f"{shown(name)} holds {kind_of(data)}", "a STAR with the CTF of micrographs",
                              "choose micrographs_ctf.star of a CTF estimation")  # fmt: skip
    tables = star.parse(source)
    table = next((each for each in tables if {MICROGRAPH, DEFOCUS_U} <= set(each.tags)), None)
    if table is None:
        tags = ", ".join(tag for each in tables for tag in each.tags)
        raise CoordinateError(
            f"{shown(name)}: no CTF of micrographs; its columns are {shown(tags, 400) or 'none'}",
            f"columns {MICROGRAPH} and {DEFOCUS_U}",
            "choose micrographs_ctf.star of a CTF estimation",
        )
    return _read(source, table)


def _read(source: Source, table: star.Table) -> CtfRows:
    place = {tag: column for column, tag in enumerate(table.tags)}
    found: dict[str, list[list[float]]] = {}
    failed = 0
    for line, row in table.rows(source):
        values = [_number(source, line, tag, row[place[tag]]) if tag in place else math.nan
                  for tag in (DEFOCUS_U, DEFOCUS_V, ANGLE, RESOLUTION, FIGURE_OF_MERIT)]  # fmt: skip
        if DEFOCUS_V not in place:
            values[1] = values[0]
        if not (math.isfinite(values[0]) and math.isfinite(values[1])):
            failed += 1
            continue
        found.setdefault(_text(source, line, row[place[MICROGRAPH]]), []).append(values)
    return CtfRows(list(found), [_mean(rows) for rows in found.values()], failed)


def _mean(rows: list[list[float]]) -> Ctf:
    """One estimate of all rows of a micrograph; the angle is that of the first."""
    columns = np.array(rows).T
    u, v, _, resolution, merit = (
        float(column[np.isfinite(column)].mean()) if np.isfinite(column).any() else None for column in columns
    )
    angle = rows[0][2] if math.isfinite(rows[0][2]) else None
    return Ctf(u, v, angle, resolution if resolution and resolution > 0 else None, merit)


def _text(source: Source, line: int, raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise source.error(line, f"a name that is not UTF-8: {shown(raw)}", "UTF-8 text") from None


def _number(source: Source, line: int, tag: str, raw: bytes) -> float:
    """A number; nan for nan and infinite ones."""
    try:
        value = float(raw) if b"_" not in raw else None
    except ValueError:
        value = None
    if value is None or _LARGEST < abs(value) < math.inf:
        raise source.error(line, f"{tag} is {shown(raw)}", f"a number within ±{_LARGEST:,.0f}")
    return value if math.isfinite(value) else math.nan
