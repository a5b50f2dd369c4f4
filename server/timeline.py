"""What was done to the labels and exclusions of one micrograph, as a person remembers it: in steps, newest first.

Read from the log of operations, which is never changed: going back is a change of its own, made by the page. It writes
nothing.
"""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from .database import Database
from .operations import micrograph_row

# A pause this long, or another page, begins a new step.
PAUSE_S = 120.0
MOST_STEPS = 200

Present = dict[str, dict]


@dataclass
class Step:
    """Operations of one page without a pause: `seq` and `time` (seconds since 1970) are those of the last."""

    client: str
    who: str = ""
    seq: int = 0
    time: float = 0.0
    done: Counter = field(default_factory=Counter)
    labels: int = 0
    exclusions: int = 0
    filaments: int = 0

    def takes(self, row: dict) -> bool:
        """Whether an operation belongs to this step."""
        return row["client"] == self.client and row["time"] - self.time <= PAUSE_S

    def add(self, row: dict) -> None:
        """Count an operation."""
        self.seq, self.time, self.who = row["seq"], row["time"], row["who"]
        self.done["excluded" if row["outline"] else DONE[row["kind"]]] += 1

    def end(self, present: Present) -> None:
        """Count what is there after the last operation; once a step, since there may be thousands."""
        self.exclusions = sum("outline" in one for one in present.values())
        self.filaments = sum("ends" in one for one in present.values())
        self.labels = len(present) - self.exclusions - self.filaments

    def as_dict(self) -> dict:
        """As the page is told: how much was added, moved and removed, and how much there was then."""
        counts = {name: self.done[name] for name in (*DONE.values(), "excluded")}
        there = {"labels": self.labels, "filaments": self.filaments, "exclusions": self.exclusions}
        return {"seq": self.seq, "time": self.time, "client": self.client, "who": self.who, **counts, **there}


# What tells one kind from the others.
MARKS = {"labels": "label", "filaments": "ends", "exclusions": "outline"}
DONE = {"add": "added", "move": "moved", "remove": "removed"}


def steps(database: Database, micrograph: int) -> list[dict]:
    """The newest steps, newest first.

    Raises:
        NotFoundError: no such micrograph.
    """
    found: list[Step] = []
    present: Present = {}
    for row in operations(database, micrograph):
        if not (found and found[-1].takes(row)):
            for step in found[-1:]:
                step.end(present)
            found.append(Step(row["client"]))
        perform(present, row)
        found[-1].add(row)
    for step in found[-1:]:
        step.end(present)
    return [step.as_dict() for step in islice(reversed(found), MOST_STEPS)]


def annotations_at(database: Database, micrograph: int, seq: int) -> dict[str, list[dict]]:
    """The `labels`, `filaments` and `exclusions` as they were after operation `seq`.

    Raises:
        NotFoundError: no such micrograph.
    """
    present: Present = {}
    for row in operations(database, micrograph, seq):
        perform(present, row)
    ordered = [present[name] for name in sorted(present)]
    return {kind: [one for one in ordered if mark in one] for kind, mark in MARKS.items()}


def operations(database: Database, micrograph: int, last: int | None = None) -> Iterator[dict]:
    """The log of one micrograph, in its order, up to operation `last`."""
    with database.reading() as connection:
        micrograph_row(connection, micrograph)
        query = (
            "SELECT seq, kind, pick_id, x, y, label, source, outline, ends, client, who, time FROM operation"
            " WHERE micrograph = ? AND (? IS NULL OR seq <= ?) ORDER BY seq"
        )
        return map(dict, connection.execute(query, (micrograph, last, last)).fetchall())


def perform(present: Present, row: dict) -> None:
    """Change `present` as an operation does."""
    name = row["pick_id"]
    if row["kind"] == "remove":
        present.pop(name, None)
    elif row["kind"] == "move":
        move(present, name, row)
    elif row["outline"]:
        present[name] = {"id": name, "outline": json.loads(row["outline"])}
    elif row["ends"]:
        present[name] = {"id": name, "ends": json.loads(row["ends"]), "source": row["source"]}
    else:
        present[name] = {"id": name, **{key: row[key] for key in ("x", "y", "label", "source")}}


def move(present: Present, name: str, row: dict) -> None:
    """Move what has the name, if it is there and is what the row speaks of."""
    before = present.get(name, {})
    if row["ends"] and "ends" in before:
        present[name] |= {"ends": json.loads(row["ends"])}
    elif not row["ends"] and "label" in before:
        present[name] |= {"x": row["x"], "y": row["y"]}
