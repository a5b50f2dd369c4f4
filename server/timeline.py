"""What was done to the labels of one micrograph, as a person remembers it: in steps, newest first.

Read from the log of operations, which is never changed: going back is a change of its own, made by the page. It writes
nothing.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from .database import Database
from .store import micrograph_row

# A pause this long, or another page, begins a new step.
PAUSE_S = 120.0
MOST_STEPS = 200

Labels = dict[str, dict]


@dataclass
class Step:
    """Operations of one page without a pause: `seq` and `time` (seconds since 1970) are those of the last."""

    client: str
    seq: int = 0
    time: float = 0.0
    done: Counter = field(default_factory=Counter)
    labels: int = 0

    def takes(self, row: dict) -> bool:
        """Whether an operation belongs to this step."""
        return row["client"] == self.client and row["time"] - self.time <= PAUSE_S

    def as_dict(self) -> dict:
        """As the page is told: how many were added, moved and removed, and how many labels there were then."""
        counts = {name: self.done[kind] for kind, name in COUNTED.items()}
        return {"seq": self.seq, "time": self.time, "client": self.client, **counts, "labels": self.labels}


COUNTED = {"add": "added", "move": "moved", "remove": "removed"}


def steps(database: Database, micrograph: int) -> list[dict]:
    """The newest steps, newest first.

    Raises:
        NotFoundError: no such micrograph.
    """
    found: list[Step] = []
    labels: Labels = {}
    for row in operations(database, micrograph):
        if not (found and found[-1].takes(row)):
            found.append(Step(row["client"]))
        step = found[-1]
        perform(labels, row)
        step.seq, step.time, step.labels = row["seq"], row["time"], len(labels)
        step.done[row["kind"]] += 1
    return [step.as_dict() for step in islice(reversed(found), MOST_STEPS)]


def labels_at(database: Database, micrograph: int, seq: int) -> list[dict]:
    """The labels as they were after operation `seq`.

    Raises:
        NotFoundError: no such micrograph.
    """
    labels: Labels = {}
    for row in operations(database, micrograph, seq):
        perform(labels, row)
    return [labels[name] for name in sorted(labels)]


def operations(database: Database, micrograph: int, last: int | None = None) -> Iterator[dict]:
    """The log of one micrograph, in its order, up to operation `last`."""
    with database.reading() as connection:
        micrograph_row(connection, micrograph)
        query = (
            "SELECT seq, kind, pick_id, x, y, label, source, client, time FROM operation"
            " WHERE micrograph = ? AND (? IS NULL OR seq <= ?) ORDER BY seq"
        )
        return map(dict, connection.execute(query, (micrograph, last, last)).fetchall())


def perform(labels: Labels, row: dict) -> None:
    """Change `labels` as an operation does."""
    name = row["pick_id"]
    if row["kind"] == "add":
        labels[name] = {"id": name, **{key: row[key] for key in ("x", "y", "label", "source")}}
    elif row["kind"] == "remove":
        labels.pop(name, None)
    elif name in labels:
        labels[name] |= {"x": row["x"], "y": row["y"]}
