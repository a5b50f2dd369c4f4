"""How many labels and filaments each micrograph has: counted once, and again only where labels have changed.

Every list of micrographs asks for them, and so does every look at the project; with a million labels one count of all
takes a good part of a second. It only ever reads.
"""

import sqlite3
import threading
from collections.abc import Collection

from .database import Database

Counts = dict[str, int]
QUERY = (
    "SELECT micrograph, label, count(*) FROM label {condition} GROUP BY micrograph, label"
    " UNION ALL SELECT micrograph, 'filaments', count(*) FROM filament {condition} GROUP BY micrograph"
)
NONE = {"positive": 0, "negative": 0, "filaments": 0}


class LabelCounts:
    """Numbers of positive and negative labels and of filaments of each micrograph that has any."""

    def __init__(self, database: Database):
        self.database = database
        self.lock = threading.Lock()
        self.known: dict[int, Counts] | None = None
        self.changed: set[int] = set()

    def forget(self, micrographs: Collection[int]) -> None:
        """Their labels have changed; called once that is on the disk, before anyone is told."""
        with self.lock:
            self.changed.update(micrographs)

    def all(self) -> dict[int, Counts]:
        """The counts as they are now, in a dictionary of the caller's own."""
        with self.lock:
            with self.database.reading() as connection:
                if self.known is None:
                    self.known = grouped(connection.execute(QUERY.format(condition="")))
                else:
                    for micrograph in self.changed:
                        self.count_one(connection, micrograph)
            self.changed.clear()
            return dict(self.known)

    def count_one(self, connection: sqlite3.Connection, micrograph: int) -> None:
        """Count the labels of one micrograph anew."""
        rows = connection.execute(QUERY.format(condition="WHERE micrograph = :id"), {"id": micrograph})
        self.known.pop(micrograph, None)
        self.known.update(grouped(rows))


def grouped(rows: sqlite3.Cursor) -> dict[int, Counts]:
    """Rows of micrograph, label, count by micrograph."""
    counts: dict[int, Counts] = {}
    for micrograph, label, count in rows:
        counts.setdefault(micrograph, dict(NONE))[label] = count
    return counts
