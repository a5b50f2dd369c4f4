"""Labels, filaments, exclusions and settings in the database; how one batch is applied is `server.operations`.

What `apply` returns is on the disk. Reads are of one moment. It knows nothing of requests and opens no micrograph.
"""

import json
import secrets
import sqlite3
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from .database import Database
from .excluded import Drawn
from .label_counts import LabelCounts
from .operations import Applied, Ends, Operation, Outline, apply_batch, micrograph_row, replayed

__all__ = ["UNSET", "Annotations", "Applied", "Operation", "Store"]

UNSET = {
    "pixel_size_angstrom": None,
    "diameter_angstrom": None,
    "expected_particles": None,
    "filament_spacing_angstrom": None,
    "training": {},
    "view": {},
}


@dataclass(frozen=True)
class Annotations:
    """Everything that people drew on all micrographs, of one moment.

    Args:
        labels: rows of micrograph, x, y, label.
        exclusions: the outlines on each micrograph that has any, full-size px.
        filaments: the ends of those on each micrograph that has any, full-size px.
    """

    labels: list[dict]
    exclusions: dict[int, list[Outline]]
    filaments: dict[int, list[Ends]]

    @cached_property
    def positives(self) -> Counter[int]:
        """Number of positive labels and filaments by micrograph."""
        found = Counter(each["micrograph"] for each in self.labels if each["label"] == "positive")
        found.update({each: len(ends) for each, ends in self.filaments.items()})
        return found


class Store:
    """The project's labels and settings."""

    def __init__(self, database: Database):
        self.database = database
        self.label_counts = LabelCounts(database)
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

    def annotations(self, micrograph: int) -> tuple[int, dict[str, list[dict]]]:
        """The revision of a micrograph's annotations; its `labels`, `filaments` and `exclusions`, of one moment."""
        with self.database.reading() as connection:
            revision, _, _ = micrograph_row(connection, micrograph)
            labels = connection.execute(
                "SELECT pick_id AS id, x, y, label, source FROM label WHERE micrograph = ? ORDER BY pick_id",
                (micrograph,),
            )
            exclusions = connection.execute(
                "SELECT pick_id, outline FROM exclusion WHERE micrograph = ? ORDER BY pick_id", (micrograph,)
            )
            filaments = connection.execute(
                "SELECT pick_id, ends, source FROM filament WHERE micrograph = ? ORDER BY pick_id",
                (micrograph,),
            )
            return revision, {
                "labels": [dict(row) for row in labels],
                "filaments": [{"id": i, "ends": json.loads(e), "source": s} for i, e, s in filaments],
                "exclusions": [{"id": i, "outline": json.loads(line)} for i, line in exclusions],
            }

    def labels(self, micrograph: int) -> tuple[int, list[dict]]:
        """The revision of a micrograph's annotations and its labels, of one moment."""
        revision, found = self.annotations(micrograph)
        return revision, found["labels"]

    def all_annotations(self) -> Annotations:
        """Everything on every micrograph, of one moment."""
        with self.database.reading() as connection:
            query = "SELECT micrograph, x, y, label FROM label ORDER BY micrograph, pick_id"
            labels = [dict(row) for row in connection.execute(query)]
            exclusions: dict[int, list[Outline]] = {}
            query = "SELECT micrograph, outline FROM exclusion ORDER BY micrograph, pick_id"
            for micrograph, outline in connection.execute(query):
                exclusions.setdefault(micrograph, []).append(json.loads(outline))
            return Annotations(labels, exclusions, read_filaments(connection))

    def filaments(self) -> dict[int, list[Ends]]:
        """The ends of the filaments on each micrograph that has any."""
        with self.database.reading() as connection:
            return read_filaments(connection)

    def all_labels(self) -> list[dict]:
        """Every label of every micrograph, of one moment."""
        return self.all_annotations().labels

    def exclusion_counts(self) -> dict[int, int]:
        """Number of exclusions on each micrograph that has any."""
        with self.database.reading() as connection:
            query = "SELECT micrograph, count(*) FROM exclusion GROUP BY micrograph"
            return dict(map(tuple, connection.execute(query)))

    def excluded(self) -> dict[int, Drawn]:
        """The exclusions of each micrograph that has any, with the positive labels on it."""
        outlines: dict[int, list[str]] = {}
        labels: dict[int, list[tuple[float, float]]] = {}
        with self.database.reading() as connection:
            query = "SELECT micrograph, outline FROM exclusion ORDER BY micrograph, pick_id"
            for micrograph, outline in connection.execute(query):
                outlines.setdefault(micrograph, []).append(outline)
            query = (
                "SELECT micrograph, x, y FROM label WHERE label = 'positive'"
                " AND micrograph IN (SELECT micrograph FROM exclusion)"
            )
            for micrograph, x, y in connection.execute(query):
                labels.setdefault(micrograph, []).append((x, y))
        return {each: Drawn(tuple(found), labels.get(each, ())) for each, found in outlines.items()}

    def counts(self) -> dict[int, dict[str, int]]:
        """Number of positive and negative labels and of filaments of each micrograph that has any."""
        return self.label_counts.all()

    def apply(
        self, micrograph: int, operations: Iterable[Operation], client: str = "", who: str = ""
    ) -> Applied:
        """Apply a batch in one transaction; when this returns, it is on the disk.

        Args:
            client: the page that sends it; `who` is the name of the person at it.

        Raises:
            NotFoundError: no such micrograph.
            StorageError: nothing of the batch was kept.
        """
        return self.apply_all({micrograph: operations}, client, who)[micrograph]

    def apply_all(
        self, batches: dict[int, Iterable[Operation]], client: str = "", who: str = ""
    ) -> dict[int, Applied]:
        """Apply a batch per micrograph, all in one transaction; see `apply`."""
        with self.database.writing() as connection:
            results = {
                micrograph: apply_batch(connection, micrograph, operations, client, who)
                for micrograph, operations in batches.items()
            }
        self.label_counts.forget(results)
        return results

    def replay(self) -> dict[int, dict[str, tuple]]:
        """What the log of operations amounts to, worked out anew; see `operations.replayed`."""
        with self.database.reading() as connection:
            return replayed(connection.execute("SELECT * FROM operation ORDER BY seq"))


def read_filaments(connection: sqlite3.Connection) -> dict[int, list[Ends]]:
    """The ends of all filaments by micrograph, in the order of their ids."""
    found: dict[int, list[Ends]] = {}
    query = "SELECT micrograph, ends FROM filament ORDER BY micrograph, pick_id"
    for micrograph, ends in connection.execute(query):
        found.setdefault(micrograph, []).append(json.loads(ends))
    return found


def read_meta(connection: sqlite3.Connection, name: str) -> str:
    """One value of the project's own table."""
    return connection.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()[0]


def write_meta(connection: sqlite3.Connection, name: str, value: str) -> None:
    """Set one value of the project's own table."""
    connection.execute("UPDATE meta SET value = ? WHERE name = ?", (value, name))
