"""Operations on labels, filaments and exclusions: what each is, whether it makes sense, and what it does to the tables.

The operations are append-only and each has an id, so a retry is harmless; the tables are what they amount to. All
three share one space of ids and one count of revisions, so undo and merge are the same for all. It works
inside the caller's transaction and never guesses: an operation that cannot be applied is refused with the reason, and
the others of its batch are applied.
"""

import json
import math
import sqlite3
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field

from topazcore.errors import CoordinateError, PeridotError

from .errors import NotFoundError

Outline = list[list[float]]
"""Corners of a polygon as [x, y], px of the full-size micrograph; inside is what `topazcore.exclusions` says."""

FEWEST_CORNERS, MOST_CORNERS = 3, 2000

Ends = list[list[float]]
"""Start and end of a filament as [x, y], px of the full-size micrograph, both on it."""

SHORTEST_FILAMENT_PX = 1.0

TABLES = ("label", "filament", "exclusion")

Thing = tuple
"""x, y, label, source of a label; ends and source of a filament; the outline of an exclusion."""


@dataclass(frozen=True)
class Operation:
    """One change of one label, filament or exclusion; x, y, ends and outline in px of the full-size micrograph."""

    op_id: str
    kind: str
    pick_id: str
    x: float | None = None
    y: float | None = None
    label: str | None = None
    source: str | None = None
    outline: Outline | None = None
    ends: Ends | None = None

    def as_dict(self) -> dict:
        """As it goes over the wire: only what is given."""
        return {name: value for name, value in asdict(self).items() if value is not None}


@dataclass
class Applied:
    """What became of a batch: `changes` is news for the others, the rest answers its sender.

    `repeated` are those of `applied` that an earlier batch had brought, whose answer was lost.
    """

    revision: int
    applied: list[str] = field(default_factory=list)
    repeated: list[str] = field(default_factory=list)
    refused: list[tuple[str, PeridotError]] = field(default_factory=list)
    changes: list[Operation] = field(default_factory=list)


def micrograph_row(connection: sqlite3.Connection, micrograph: int) -> tuple[int, int, int]:
    """Label revision, height and width of a micrograph."""
    query = "SELECT label_revision, height, width FROM micrograph WHERE id = ?"
    row = connection.execute(query, (micrograph,)).fetchone()
    if row is None:
        raise NotFoundError(f"no micrograph {micrograph}", "the id of a micrograph of this project")
    return tuple(row)


def apply_batch(
    connection: sqlite3.Connection,
    micrograph: int,
    operations: Iterable[Operation],
    client: str,
    who: str = "",
) -> Applied:
    """Apply operations inside the caller's transaction; the revision grows by one if anything changed.

    Args:
        client: the page, `who` the name of the person at it.
    """
    revision, height, width = micrograph_row(connection, micrograph)
    result = Applied(revision)
    for operation in operations:
        if is_known(connection, operation.op_id):
            result.applied.append(operation.op_id)
            result.repeated.append(operation.op_id)
        elif error := problem(operation, height, width):
            result.refused.append((operation.op_id, error))
        else:
            append(connection, micrograph, operation, client, who)
            perform(connection, micrograph, operation)
            result.applied.append(operation.op_id)
            result.changes.append(operation)
    if result.changes:
        result.revision += 1
        change = "UPDATE micrograph SET label_revision = ? WHERE id = ?"
        connection.execute(change, (result.revision, micrograph))
    return result


def is_known(connection: sqlite3.Connection, op_id: str) -> bool:
    """Whether an operation has been applied before."""
    return connection.execute("SELECT 1 FROM operation WHERE op_id = ?", (op_id,)).fetchone() is not None


def problem(operation: Operation, height: int, width: int) -> PeridotError | None:
    """Why an operation can never be applied, or None."""
    if operation.outline is not None:
        return problem_of_exclusion(operation, height, width)
    if operation.ends is not None:
        return problem_of_filament(operation, height, width)
    if operation.kind == "remove":
        return None
    if error := problem_of_place(operation.x, operation.y, height, width):
        return error
    if operation.kind == "add" and (operation.label is None or operation.source is None):
        return CoordinateError("a label without its kind or source", "label and source")
    return None


def problem_of_place(x: float | None, y: float | None, height: int, width: int) -> PeridotError | None:
    """Why nothing can lie at a place, or None."""
    if x is None or y is None or not (math.isfinite(x) and math.isfinite(y)):
        return CoordinateError("a position that is no number", "finite x and y in pixels")
    if not (-0.5 <= x < width - 0.5 and -0.5 <= y < height - 0.5):
        return CoordinateError(f"a position ({x:.6g}, {y:.6g}) outside the micrograph",
                               f"inside {width} x {height} pixels")  # fmt: skip
    return None


def problem_of_filament(operation: Operation, height: int, width: int) -> PeridotError | None:
    """Why an operation with the ends of a filament can never be applied, or None."""
    ends = operation.ends or []
    if operation.kind == "remove" or (operation.x, operation.y, operation.label) != (None,) * 3:
        return CoordinateError("ends beside something else", "ends alone, to add or move a filament")
    if operation.kind == "add" and operation.source is None:
        return CoordinateError("a filament without its source", "source")
    if len(ends) != 2:
        return CoordinateError(f"a filament with {len(ends)} ends", "its start and its end")
    for x, y in ends:
        if error := problem_of_place(x, y, height, width):
            return error
    if math.dist(*ends) < SHORTEST_FILAMENT_PX:
        return CoordinateError("a filament whose ends lie at one place",
                               f"at least {SHORTEST_FILAMENT_PX:g} px between them")  # fmt: skip
    return None


def problem_of_exclusion(operation: Operation, height: int, width: int) -> PeridotError | None:
    """Why an operation with an outline can never be applied, or None.

    Corners may lie beyond the edge, as when a corner of the micrograph is cut off, by the micrograph's size at most.
    """
    outline = operation.outline or []
    if (
        operation.kind != "add"
        or (operation.x, operation.y, operation.label, operation.source, operation.ends) != (None,) * 5
    ):
        return CoordinateError("an outline beside something else", "an outline alone, to add an exclusion")
    if not FEWEST_CORNERS <= len(outline) <= MOST_CORNERS:
        return CoordinateError(f"an exclusion with {len(outline)} corners",
                               f"{FEWEST_CORNERS} to {MOST_CORNERS} corners")  # fmt: skip
    for x, y in outline:
        if not (-width <= x <= 2 * width and -height <= y <= 2 * height):
            return CoordinateError(f"a corner ({x:.6g}, {y:.6g}) far outside the micrograph",
                                   f"on the {width} x {height} pixels or near them")  # fmt: skip
    return None


def append(
    connection: sqlite3.Connection, micrograph: int, operation: Operation, client: str, who: str
) -> None:
    """Write an operation to the log."""
    outline, ends = (line and as_text(line) for line in (operation.outline, operation.ends))
    values = (operation.op_id, micrograph, operation.kind, operation.pick_id, operation.x, operation.y,
              operation.label, operation.source, outline, ends, client, who, time.time())  # fmt: skip
    connection.execute(
        "INSERT INTO operation"
        " (op_id, micrograph, kind, pick_id, x, y, label, source, outline, ends, client, who, time)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        values,
    )


def as_text(line: Outline | Ends) -> str:
    """An outline, or the ends of a filament, as a column holds them."""
    return json.dumps(line, allow_nan=False, separators=(",", ":"))


def perform(connection: sqlite3.Connection, micrograph: int, operation: Operation) -> None:
    """Bring the tables up to date; a move or removal of what is gone does nothing."""
    key = (micrograph, operation.pick_id)
    if operation.kind == "move" and operation.ends is not None:
        change = "UPDATE filament SET ends = ? WHERE micrograph = ? AND pick_id = ?"
        connection.execute(change, (as_text(operation.ends), *key))
        return
    if operation.kind == "move":
        connection.execute(
            "UPDATE label SET x = ?, y = ? WHERE micrograph = ? AND pick_id = ?",
            (operation.x, operation.y, *key),
        )
        return
    for table in TABLES:
        connection.execute(f"DELETE FROM {table} WHERE micrograph = ? AND pick_id = ?", key)
    if operation.kind == "add":
        add(connection, key, operation)


def add(connection: sqlite3.Connection, key: tuple[int, str], operation: Operation) -> None:
    """Put in what an operation adds; nothing has its id any more."""
    if operation.outline is not None:
        connection.execute("INSERT INTO exclusion VALUES (?, ?, ?)", (*key, as_text(operation.outline)))
        return
    if operation.ends is not None:
        values = (*key, as_text(operation.ends), operation.source)
        connection.execute("INSERT INTO filament VALUES (?, ?, ?, ?)", values)
        return
    connection.execute(
        "INSERT INTO label VALUES (?, ?, ?, ?, ?, ?)",
        (*key, operation.x, operation.y, operation.label, operation.source),
    )


def replayed(log: Iterable[sqlite3.Row]) -> dict[int, dict[str, Thing]]:
    """What a log amounts to: micrograph -> id -> `Thing`."""
    state: dict[int, dict[str, Thing]] = {}
    for row in log:
        present = state.setdefault(row["micrograph"], {})
        name = row["pick_id"]
        if row["kind"] == "remove":
            present.pop(name, None)
        elif row["kind"] == "move":
            moved(present, name, row)
        elif row["outline"] is not None:
            present[name] = (json.loads(row["outline"]),)
        elif row["ends"] is not None:
            present[name] = (json.loads(row["ends"]), row["source"])
        else:
            present[name] = (row["x"], row["y"], row["label"], row["source"])
    return state


def moved(present: dict[str, Thing], name: str, row: sqlite3.Row) -> None:
    """Move what has the name, if it is there and is what the row speaks of."""
    before = present.get(name, ())
    if row["ends"] is not None and len(before) == 2:
        present[name] = (json.loads(row["ends"]), before[1])
    elif row["ends"] is None and len(before) == 4:
        present[name] = (row["x"], row["y"], *before[2:])
