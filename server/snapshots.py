"""Snapshots: names for moments of all labels, exclusions and marks, and the way back to each of them.

A snapshot is a number in the log of operations with what the log does not hold, the marks of micrographs; so keeping
one copies no label. Going back keeps a snapshot of what was there before, and is one transaction. It never removes
anything from the log, and leaves micrographs alone that came later.
"""

import json
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass

from . import names
from .errors import ConflictError, NotFoundError, echo
from .going_back import Step, take, way_back
from .project import Project
from .store import Store

MOST_SNAPSHOTS = 500
BEFORE, AFTER = "Before", "After"
COUNTS = ("labels", "removed", "filaments", "exclusions", "labeled_micrographs")
Marks = dict[int, tuple[bool, bool]]
"""Complete and empty, of each micrograph that has either mark."""


@dataclass(frozen=True)
class Snapshot:
    """One moment; `removed` counts removed picks, `who` is the name of the person who kept it."""

    id: int
    name: str
    automatic: bool
    who: str
    time: float
    seq: int
    last_micrograph: int
    marks: Marks
    labels: int
    removed: int
    exclusions: int
    labeled_micrographs: int
    filaments: int

    def as_dict(self) -> dict:
        """As docs/api.md has it."""
        counts = {name: getattr(self, name) for name in COUNTS}
        known = {"id": self.id, "name": self.name, "automatic": self.automatic}
        return {**known, "who": self.who, "time": self.time, **counts}


@dataclass
class Difference:
    """What going back to a snapshot changes; `outside` is what does not fit on a file that has changed."""

    marks: Marks
    micrographs: set[int]
    set: int = 0
    removed: int = 0
    outside: int = 0
    came_later: int = 0
    missing: int = 0

    def add(self, step: Step) -> None:
        """Count what is done on one micrograph."""
        removed = sum(each.kind == "remove" for each in step.operations)
        self.removed += removed
        self.set += len(step.operations) - removed
        self.outside += step.outside
        if step.operations:
            self.micrographs.add(step.micrograph)

    def as_dict(self) -> dict:
        """As docs/api.md has it."""
        counts = {"micrographs": len(self.micrographs | self.marks.keys()), "marks": len(self.marks)}
        rest = {name: getattr(self, name) for name in ("outside", "came_later", "missing")}
        return {"set": self.set, "removed": self.removed, **counts, **rest}


class Snapshots:
    """The snapshots of a project."""

    def __init__(self, store: Store, project: Project):
        self.store, self.project, self.database = store, project, store.database

    def all(self) -> list[Snapshot]:
        """All of them, newest first."""
        with self.database.reading() as connection:
            rows = connection.execute("SELECT * FROM snapshot ORDER BY id DESC").fetchall()
        return [from_row(row) for row in rows]

    def keep(self, name: str, who: str = "") -> Snapshot:
        """Keep what is there now under a name.

        Raises:
            BadRequestError, ConflictError: the name cannot be had.
        """
        name = names.checked(name, "snapshot")
        with self.database.writing() as connection:
            check_free(connection, name)
            return keep(connection, name, who, automatic=False)

    def remove(self, snapshot: int) -> None:
        """Forget a name; nothing of the labels goes.

        Raises:
            NotFoundError: there is none.
        """
        with self.database.writing() as connection:
            one(connection, snapshot)
            connection.execute("DELETE FROM snapshot WHERE id = ?", (snapshot,))

    def difference(self, snapshot: int) -> Difference:
        """What going back would change.

        Raises:
            NotFoundError: there is none.
        """
        with self.database.reading() as connection:
            return self.go(connection, one(connection, snapshot), lambda _step: None)

    def restore(
        self, snapshot: int, client: str, who: str = ""
    ) -> tuple[Snapshot, Snapshot | None, Difference]:
        """Go back; on the disk when this returns.

        Returns:
            The snapshot; another of what was there before, None where nothing had to be changed; what was changed.

        Raises:
            NotFoundError: there is none.
        """
        with self.database.writing() as connection:
            wanted = one(connection, snapshot)
            before = keep(connection, before_name(wanted), who, automatic=True)
            difference = self.go(connection, wanted, lambda step: take(connection, step, client, who))
            set_marks(connection, difference.marks)
            if not difference.micrographs and not difference.marks:
                connection.execute("DELETE FROM snapshot WHERE id = ?", (before.id,))
                before = None
        self.store.label_counts.forget(difference.micrographs)
        self.project.read_marks()
        return wanted, before, difference

    def go(self, connection: sqlite3.Connection, wanted: Snapshot, act: Callable[[Step], None]) -> Difference:
        """The way from now to a snapshot, each step of which is acted on and counted."""
        difference = Difference(changed_marks(read_marks(connection), wanted), set())
        for step in way_back(connection, wanted.seq, wanted.last_micrograph):
            difference.add(step)
            if step.operations:
                act(step)
        files = self.project.by_id
        touched = difference.micrographs | difference.marks.keys()
        difference.came_later = sum(number > wanted.last_micrograph for number in files)
        difference.missing = sum(number not in files or files[number].missing for number in touched)
        return difference


def one(connection: sqlite3.Connection, snapshot: int) -> Snapshot:
    """A snapshot of that id.

    Raises:
        NotFoundError: there is none.
    """
    row = connection.execute("SELECT * FROM snapshot WHERE id = ?", (snapshot,)).fetchone()
    if row is None:
        raise NotFoundError("no such snapshot", "the id of a snapshot of this project")
    return from_row(row)


def from_row(row: sqlite3.Row) -> Snapshot:
    values = {**dict(row), "automatic": bool(row["automatic"])}
    marks = json.loads(row["marks"])
    values["marks"] = dict.fromkeys(marks["complete"], (True, False))
    values["marks"].update(dict.fromkeys(marks["empty"], (False, True)))
    return Snapshot(**values)


def check_free(connection: sqlite3.Connection, name: str) -> None:
    """Refuse a name that is taken, in capitals or not, and more snapshots than anyone looks through."""
    taken = [row["name"] for row in connection.execute("SELECT name FROM snapshot")]
    if name.casefold() in map(str.casefold, taken):
        raise ConflictError(f"a snapshot named {echo(name)} already", "a name of its own",
                            "choose another name, or remove that snapshot")  # fmt: skip
    if len(taken) >= MOST_SNAPSHOTS:
        raise ConflictError(f"{MOST_SNAPSHOTS} snapshots already", "fewer", "remove some")


def before_name(wanted: Snapshot) -> str:
    """What the snapshot is called that is kept when somebody goes back."""
    if not wanted.automatic:
        return f"{BEFORE} “{wanted.name}”"
    which, _, name = wanted.name.partition(" ")
    return f"{AFTER if which == BEFORE else BEFORE} {name}"


def keep(connection: sqlite3.Connection, name: str, who: str, *, automatic: bool) -> Snapshot:
    """Write down this moment, inside the caller's transaction."""
    marks = read_marks(connection)
    told = {
        "complete": [number for number, (complete, _) in marks.items() if complete],
        "empty": [number for number, (complete, _) in marks.items() if not complete],
    }
    by_sign = dict(map(tuple, connection.execute("SELECT label, count(*) FROM label GROUP BY label")))
    values = {
        "name": name,
        "automatic": automatic,
        "who": who,
        "time": time.time(),
        "seq": count(connection, "SELECT coalesce(max(seq), 0) FROM operation"),
        "last_micrograph": count(connection, "SELECT coalesce(max(id), 0) FROM micrograph"),
        "marks": json.dumps(told, separators=(",", ":")),
        "labels": by_sign.get("positive", 0),
        "removed": by_sign.get("negative", 0),
        "filaments": count(connection, "SELECT count(*) FROM filament"),
        "exclusions": count(connection, "SELECT count(*) FROM exclusion"),
        "labeled_micrographs": count(
            connection,
            "SELECT count(*) FROM (SELECT micrograph FROM label WHERE label = 'positive'"
            " UNION SELECT micrograph FROM filament)",
        ),
    }
    columns, places = ", ".join(values), ", ".join("?" * len(values))
    made = connection.execute(f"INSERT INTO snapshot ({columns}) VALUES ({places})", tuple(values.values()))
    return one(connection, made.lastrowid)


def count(connection: sqlite3.Connection, query: str) -> int:
    """The one number that a query finds."""
    return connection.execute(query).fetchone()[0]


def read_marks(connection: sqlite3.Connection) -> Marks:
    """The marks of now."""
    rows = connection.execute("SELECT id, complete, empty FROM micrograph WHERE complete OR empty")
    return {number: (bool(complete), bool(empty)) for number, complete, empty in rows}


def changed_marks(now: Marks, wanted: Snapshot) -> Marks:
    """The marks to set, where they differ from what a snapshot says."""
    numbers = [each for each in now.keys() | wanted.marks.keys() if each <= wanted.last_micrograph]
    nothing = (False, False)
    then = {each: wanted.marks.get(each, nothing) for each in sorted(numbers)}
    return {each: marks for each, marks in then.items() if now.get(each, nothing) != marks}


def set_marks(connection: sqlite3.Connection, marks: Marks) -> None:
    """Write marks."""
    change = "UPDATE micrograph SET complete = ?, empty = ? WHERE id = ?"
    connection.executemany(change, [(*both, number) for number, both in marks.items()])
