"""The way back to an earlier moment of all labels, filaments and exclusions: what differs, and what undoes it.

The log tells which labels were touched since that moment; only those can differ, so the work grows with what was done
since and not with what there is, and no more than one micrograph is held at a time. It works inside the caller's
transaction. Going back is a change like any other: it
is appended to the log and takes nothing out of it.
"""

import json
import secrets
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

from .operations import TABLES, Operation, Thing, as_text, problem, replayed

Present = dict[str, Thing]

LOG = (
    "SELECT seq, micrograph, kind, pick_id, x, y, label, source, outline, ends FROM operation"
    " WHERE micrograph = ? ORDER BY seq"
)
APPEND = (
    "INSERT INTO operation (op_id, micrograph, kind, pick_id, x, y, label, source, outline, ends, client, who, time)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


@dataclass
class Step:
    """The operations that lead back on one micrograph; `outside` counts what does not fit on it any more."""

    micrograph: int
    operations: list[Operation]
    outside: int


def way_back(connection: sqlite3.Connection, seq: int, last_micrograph: int) -> Iterator[Step]:
    """What leads back to the moment after operation `seq`, one micrograph after the other.

    Args:
        last_micrograph: those with a greater id came later, and are left as they are.
    """
    query = (
        "SELECT id, height, width FROM micrograph WHERE id <= ?"
        " AND id IN (SELECT DISTINCT micrograph FROM operation WHERE seq > ?)"
    )
    changed = connection.execute(query, (last_micrograph, seq)).fetchall()
    # Ids in their order keep the index of the log quick to write.
    run, number = secrets.token_hex(12), count()
    for micrograph, height, width in changed:
        log = connection.execute(LOG, (micrograph,)).fetchall()
        touched = {row["pick_id"] for row in log if row["seq"] > seq}
        before = (row for row in log if row["seq"] <= seq and row["pick_id"] in touched)
        then = replayed(before).get(micrograph, {})
        now = present(connection, micrograph, touched)
        wanted = [
            operation(f"{run}-{next(number):09}", name, then.get(name))
            for name in sorted(touched)
            if then.get(name) != now.get(name)
        ]
        fitting = [each for each in wanted if problem(each, height, width) is None]
        yield Step(micrograph, fitting, len(wanted) - len(fitting))


def present(connection: sqlite3.Connection, micrograph: int, wanted: set[str]) -> Present:
    """Those of the wanted things that are there now."""
    query = "SELECT pick_id, x, y, label, source FROM label WHERE micrograph = ?"
    found = {name: tuple(rest) for name, *rest in connection.execute(query, (micrograph,)) if name in wanted}
    query = "SELECT pick_id, outline FROM exclusion WHERE micrograph = ?"
    for name, outline in connection.execute(query, (micrograph,)):
        if name in wanted:
            found[name] = (json.loads(outline),)
    query = "SELECT pick_id, ends, source FROM filament WHERE micrograph = ?"
    for name, ends, source in connection.execute(query, (micrograph,)):
        if name in wanted:
            found[name] = (json.loads(ends), source)
    return found


def operation(op_id: str, name: str, then: Thing | None) -> Operation:
    """What lets something be as it was."""
    if then is None:
        return Operation(op_id, "remove", name)
    if len(then) == 1:
        return Operation(op_id, "add", name, outline=then[0])
    if len(then) == 2:
        return Operation(op_id, "add", name, ends=then[0], source=then[1])
    return Operation(op_id, "add", name, *then)


def take(connection: sqlite3.Connection, step: Step, client: str, who: str) -> None:
    """Do it on one micrograph: as a batch does, with few statements, since there may be a million operations."""
    micrograph, found, now = step.micrograph, step.operations, time.time()
    outlines = {each.pick_id: as_text(each.outline) for each in found if each.outline is not None}
    ends = {each.pick_id: as_text(each.ends) for each in found if each.ends is not None}
    connection.executemany(
        APPEND,
        [
            (one.op_id, micrograph, one.kind, one.pick_id, one.x, one.y, one.label, one.source,
             outlines.get(one.pick_id), ends.get(one.pick_id), client, who, now)
            for one in found
        ],
    )  # fmt: skip
    for table in TABLES:
        change = f"DELETE FROM {table} WHERE micrograph = ? AND pick_id = ?"
        connection.executemany(change, [(micrograph, one.pick_id) for one in found])
    labels = [one for one in found if one.label is not None]
    connection.executemany(
        "INSERT INTO label VALUES (?, ?, ?, ?, ?, ?)",
        [(micrograph, one.pick_id, one.x, one.y, one.label, one.source) for one in labels],
    )
    rows = [(micrograph, name, outline) for name, outline in outlines.items()]
    connection.executemany("INSERT INTO exclusion VALUES (?, ?, ?)", rows)
    rows = [(micrograph, one.pick_id, ends[one.pick_id], one.source) for one in found if one.pick_id in ends]
    connection.executemany("INSERT INTO filament VALUES (?, ?, ?, ?)", rows)
    change = "UPDATE micrograph SET label_revision = label_revision + 1 WHERE id = ?"
    connection.execute(change, (micrograph,))
