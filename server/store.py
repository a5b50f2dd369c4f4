"""Labels, their operations and the project's settings in the database.

The operations are append-only and each has an id, so a retry is harmless; the labels are what they amount to.
What `apply` returns is on the disk. It never guesses: an operation that cannot be applied is refused with the
reason, and the others of its batch are applied.
"""

import json
import math
import secrets
import sqlite3
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field

from topazcore.errors import CoordinateError, PeridotError

from .database import Database
from .errors import NotFoundError

UNSET = {
    "pixel_size_angstrom": None,
    "diameter_angstrom": None,
    "expected_particles": None,
    "training": {},
    "view": {},
}


@dataclass(frozen=True)
class Operation:
    """One change of one label; x and y in px of the full-size micrograph."""

    op_id: str
    kind: str
    pick_id: str
    x: float | None = None
    y: float | None = None
    label: str | None = None
    source: str | None = None

    def as_dict(self) -> dict:
        """As it goes over the wire: only what is given."""
        return {name: value for name, value in asdict(self).items() if value is not None}


@dataclass
class Applied:
    """What became of a batch: `applied` and `refused` answer its sender, `changes` is news for the others."""

    revision: int
    applied: list[str] = field(default_factory=list)
    refused: list[tuple[str, PeridotError]] = field(default_factory=list)
    changes: list[Operation] = field(default_factory=list)


class Store:
    """The project's labels and settings."""

    def __init__(self, database: Database):
        self.database = database
        with database.writing() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO meta VALUES ('instance', ?), ('revision', '0'), ('settings', '{}')",
                (secrets.token_hex(6),),
            )
        with database.reading() as connection:
            self.instance = read_meta(connection, "instance")

    def settings(self) -> tuple[int, dict]:
        """The project's revision and settings of one moment; None where a setting is not given."""
        with self.database.reading() as connection:
            revision, given = read_meta(connection, "revision"), read_meta(connection, "settings")
        return int(revision), {**UNSET, **json.loads(given)}

    def change_settings(self, changes: dict) -> int:
        """Set or clear (None) some settings; returns the new revision."""
        with self.database.writing() as connection:
            settings = {**json.loads(read_meta(connection, "settings")), **changes}
            kept = {name: value for name, value in settings.items() if value is not None}
            revision = int(read_meta(connection, "revision")) + 1
            write_meta(connection, "settings", json.dumps(kept, allow_nan=False))
            write_meta(connection, "revision", str(revision))
        return revision

    def labels(self, micrograph: int) -> tuple[int, list[dict]]:
        """The revision of a micrograph's labels and the labels, of one moment."""
        with self.database.reading() as connection:
            revision, _, _ = micrograph_row(connection, micrograph)
            rows = connection.execute(
                "SELECT pick_id AS id, x, y, label, source FROM label WHERE micrograph = ? ORDER BY pick_id",
                (micrograph,),
            )
            return revision, [dict(row) for row in rows]

    def all_labels(self) -> list[dict]:
        """Every label of every micrograph, of one moment."""
        with self.database.reading() as connection:
            rows = connection.execute(
                "SELECT micrograph, x, y, label FROM label ORDER BY micrograph, pick_id"
            )
            return [dict(row) for row in rows]

    def counts(self) -> dict[int, dict[str, int]]:
        """Number of positive and negative labels of each micrograph that has any."""
        counts: dict[int, dict[str, int]] = {}
        with self.database.reading() as connection:
            query = "SELECT micrograph, label, count(*) FROM label GROUP BY micrograph, label"
            for micrograph, label, count in connection.execute(query):
                counts.setdefault(micrograph, {"positive": 0, "negative": 0})[label] = count
        return counts

    def apply(self, micrograph: int, operations: Iterable[Operation], client: str = "") -> Applied:
        """Apply a batch in one transaction; when this returns, it is on the disk.

        Raises:
            NotFoundError: no such micrograph.
            StorageError: nothing of the batch was kept.
        """
        return self.apply_all({micrograph: operations}, client)[micrograph]

    def apply_all(self, batches: dict[int, Iterable[Operation]], client: str = "") -> dict[int, Applied]:
        """Apply a batch per micrograph, all in one transaction; see `apply`."""
        with self.database.writing() as connection:
            return {
                micrograph: apply_batch(connection, micrograph, operations, client)
                for micrograph, operations in batches.items()
            }

    def replay(self) -> dict[int, dict[str, tuple[float, float, str, str]]]:
        """What the log of operations amounts to, worked out anew: micrograph -> id -> x, y, label, source."""
        state: dict[int, dict[str, tuple]] = {}
        with self.database.reading() as connection:
            for row in connection.execute("SELECT * FROM operation ORDER BY seq"):
                labels = state.setdefault(row["micrograph"], {})
                name = row["pick_id"]
                if row["kind"] == "add":
                    labels[name] = (row["x"], row["y"], row["label"], row["source"])
                elif row["kind"] == "remove":
                    labels.pop(name, None)
                elif name in labels:
                    labels[name] = (row["x"], row["y"], *labels[name][2:])
        return state


def read_meta(connection: sqlite3.Connection, name: str) -> str:
    """One value of the project's own table."""
    return connection.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()[0]


def write_meta(connection: sqlite3.Connection, name: str, value: str) -> None:
    """Set one value of the project's own table."""
    connection.execute("UPDATE meta SET value = ? WHERE name = ?", (value, name))


def micrograph_row(connection: sqlite3.Connection, micrograph: int) -> tuple[int, int, int]:
    """Label revision, height and width of a micrograph."""
    query = "SELECT label_revision, height, width FROM micrograph WHERE id = ?"
    row = connection.execute(query, (micrograph,)).fetchone()
    if row is None:
        raise NotFoundError(f"no micrograph {micrograph}", "the id of a micrograph of this project")
    return tuple(row)


def apply_batch(
    connection: sqlite3.Connection, micrograph: int, operations: Iterable[Operation], client: str
) -> Applied:
    """Apply operations inside the caller's transaction; the revision grows by one if anything changed."""
    revision, height, width = micrograph_row(connection, micrograph)
    result = Applied(revision)
    for operation in operations:
        if is_known(connection, operation.op_id):
            result.applied.append(operation.op_id)
        elif error := problem(operation, height, width):
            result.refused.append((operation.op_id, error))
        else:
            append(connection, micrograph, operation, client)
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


def append(connection: sqlite3.Connection, micrograph: int, operation: Operation, client: str) -> None:
    """Write an operation to the log."""
    values = (operation.op_id, micrograph, operation.kind, operation.pick_id, operation.x, operation.y,
              operation.label, operation.source, client, time.time())  # fmt: skip
    connection.execute(
        "INSERT INTO operation (op_id, micrograph, kind, pick_id, x, y, label, source, client, time)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        values,
    )


def perform(connection: sqlite3.Connection, micrograph: int, operation: Operation) -> None:
    """Bring the labels up to date; a move or removal of one that is gone does nothing."""
    key = (micrograph, operation.pick_id)
    if operation.kind == "add":
        connection.execute(
            "INSERT OR REPLACE INTO label VALUES (?, ?, ?, ?, ?, ?)",
            (*key, operation.x, operation.y, operation.label, operation.source),
        )
    elif operation.kind == "move":
        connection.execute(
            "UPDATE label SET x = ?, y = ? WHERE micrograph = ? AND pick_id = ?",
            (operation.x, operation.y, *key),
        )
    else:
        connection.execute("DELETE FROM label WHERE micrograph = ? AND pick_id = ?", key)
