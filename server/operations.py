"""Operations on labels and exclusions: what each is, whether it makes sense, and what it does to the tables.

The operations are append-only and each has an id, so a retry is harmless; the tables are what they amount to. Labels
and exclusions share one space of ids and one count of revisions, so undo and merge are the same for both. It works
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


@dataclass(frozen=True)
class Operation:
    """One change of one label or exclusion; x, y and the outline in px of the full-size micrograph."""

    op_id: str
    kind: str
    pick_id: str
    x: float | None = None
    y: float | None = None
    label: str | None = None
    source: str | None = None
    outline: Outline | None = None

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
    if operation.kind == "remove":
        return None
    x, y = operation.x, operation.y
    if x is None or y is None or not (math.isfinite(x) and math.isfinite(y)):
        return CoordinateError("a position that is no number", "finite x and y in pixels")
    if not (-0.5 <= x < width - 0.5 and -0.5 <= y < height - 0.5):
        return CoordinateError(f"a position ({x:.6g}, {y:.6g}) outside the micrograph",
                               f"inside {width} x {height} pixels")  # fmt: skip
    if operation.kind == "add" and (operation.label is None or operation.source is None):
        return CoordinateError("a label without its kind or source", "label and source")
    return None


def problem_of_exclusion(operation: Operation, height: int, width: int) -> PeridotError | None:
    """Why an operation with an outline can never be applied, or None.

    Corners may lie beyond the edge, as when a corner of the micrograph is cut off, by the micrograph's size at most.
    """
    outline = operation.outline or []
    if (
        operation.kind != "add"
        or (operation.x, operation.y, operation.label, operation.source) != (None,) * 4
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
    outline = operation.outline and as_text(operation.outline)
    values = (operation.op_id, micrograph, operation.kind, operation.pick_id, operation.x, operation.y,
              operation.label, operation.source, outline, client, who, time.time())  # fmt: skip
    connection.execute(
        "INSERT INTO operation"
        " (op_id, micrograph, kind, pick_id, x, y, label, source, outline, client, who, time)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        values,
    )


def as_text(outline: Outline) -> str:
    """An outline as a column holds it."""
    return json.dumps(outline, allow_nan=False, separators=(",", ":"))


def perform(connection: sqlite3.Connection, micrograph: int, operation: Operation) -> None:
    """Bring the tables up to date; a move or removal of what is gone does nothing."""
    key = (micrograph, operation.pick_id)
    if operation.kind == "move":
        connection.execute(
            "UPDATE label SET x = ?, y = ? WHERE micrograph = ? AND pick_id = ?",
            (operation.x, operation.y, *key),
        )
        return
    for table in ("label", "exclusion"):
        connection.execute(f"DELETE FROM {table} WHERE micrograph = ? AND pick_id = ?", key)
    if operation.kind == "add":
        add(connection, key, operation)


def add(connection: sqlite3.Connection, key: tuple[int, str], operation: Operation) -> None:
    """Put in what an operation adds; nothing has its id any more."""
    if operation.outline is not None:
        connection.execute("INSERT INTO exclusion VALUES (?, ?, ?)", (*key, as_text(operation.outline)))
        return
    connection.execute(
        "INSERT INTO label VALUES (?, ?, ?, ?, ?, ?)",
        (*key, operation.x, operation.y, operation.label, operation.source),
    )


def replayed(log: Iterable[sqlite3.Row]) -> dict[int, dict[str, tuple]]:
    """What a log amounts to: micrograph -> id -> x, y, label, source of a label; the outline of an exclusion."""
    state: dict[int, dict[str, tuple]] = {}
    for row in log:
        present = state.setdefault(row["micrograph"], {})
        name = row["pick_id"]
        if row["kind"] == "remove":
            present.pop(name, None)
        elif row["kind"] == "move":
            if len(present.get(name, ())) == 4:
                present[name] = (row["x"], row["y"], *present[name][2:])
        elif row["outline"] is not None:
            present[name] = (json.loads(row["outline"]),)
        else:
            present[name] = (row["x"], row["y"], row["label"], row["source"])
    return state
