"""Jobs and their picks as rows of the database: what is left of a job when it does not run any more."""

import json
import sqlite3
from dataclasses import dataclass, field

from .answers import compact
from .database import Database

COLUMNS = (
    "id", "kind", "state", "created", "labels", "labeled_micrographs", "settings", "phase", "progress",
    "last_seq", "error", "model",
)  # fmt: skip
AS_JSON = ("settings", "progress", "error")
PICK_SETS = "SELECT pick_set.*, job.kind FROM pick_set JOIN job ON job.id = pick_set.job"


@dataclass(frozen=True)
class JobRecord:
    """One job as the API shows it, at one moment."""

    id: str
    kind: str
    created: float
    labels: int
    labeled_micrographs: int
    settings: dict
    state: str = "running"
    phase: str = "starting"
    progress: dict = field(default_factory=dict)
    last_seq: int = 0
    error: dict | None = None
    model: str | None = None

    def as_dict(self) -> dict:
        """In the order of docs/api.md."""
        return {name: getattr(self, name) for name in COLUMNS}


@dataclass(frozen=True)
class PickSet:
    """What is known of one job's picks of one micrograph without opening their file."""

    job: str
    kind: str
    count: int
    final: bool
    step: int
    mean_score: float | None = None


class JobTable:
    """The rows."""

    def __init__(self, database: Database):
        self.database = database
        self.ended_jobs = 0
        self.newest_known: tuple[int, dict[int, PickSet]] | None = None

    def insert(self, record: JobRecord) -> None:
        """Add a job."""
        names = ", ".join(COLUMNS)
        places = ", ".join("?" for _ in COLUMNS)
        with self.database.writing() as connection:
            connection.execute(f"INSERT INTO job ({names}) VALUES ({places})", to_row(record))

    def update(self, record: JobRecord, picks: dict[int, PickSet]) -> None:
        """Write what a job has become, and which picks it left."""
        changes = ", ".join(f"{name} = ?" for name in COLUMNS)
        rows = [
            (record.id, micrograph, each.count, each.final, each.step, each.mean_score)
            for micrograph, each in picks.items()
        ]
        with self.database.writing() as connection:
            connection.execute(f"UPDATE job SET {changes} WHERE id = ?", (*to_row(record), record.id))
            connection.executemany("INSERT OR REPLACE INTO pick_set VALUES (?, ?, ?, ?, ?, ?)", rows)
        self.ended_jobs += 1

    def get(self, job_id: str) -> JobRecord | None:
        """One job."""
        return self.first("WHERE id = ?", (job_id,))

    def newest(self) -> JobRecord | None:
        """The job that was started last."""
        return self.first("ORDER BY number DESC", ())

    def first(self, condition: str, values: tuple) -> JobRecord | None:
        """The first job of a selection."""
        found = self.select(f"{condition} LIMIT 1", values)
        return found[0] if found else None

    def select(self, condition: str = "ORDER BY number DESC", values: tuple = ()) -> list[JobRecord]:
        """The jobs of a selection; newest first without one."""
        with self.database.reading() as connection:
            return [from_row(row) for row in connection.execute(f"SELECT * FROM job {condition}", values)]

    def newest_picks(self) -> dict[int, PickSet]:
        """For each micrograph the picks of the newest job that has any; suggestions only where no model has picked.

        Read once for each job that ends: many thousand rows, asked for with every list. A copy, the caller's own.
        """
        known, now = self.newest_known, self.ended_jobs
        if known is None or known[0] != now:
            query = f"{PICK_SETS} ORDER BY job.kind != 'suggest', job.number"
            with self.database.reading() as connection:
                known = now, {row["micrograph"]: to_pick_set(row) for row in connection.execute(query)}
            self.newest_known = known
        return dict(known[1])

    def picks_of(self, job_id: str) -> dict[int, PickSet]:
        """The picks of one job."""
        with self.database.reading() as connection:
            rows = connection.execute(f"{PICK_SETS} WHERE job = ?", (job_id,))
            return {row["micrograph"]: to_pick_set(row) for row in rows}

    def picks_of_one(self, job_id: str, micrograph: int) -> PickSet | None:
        """The picks of one job on one micrograph."""
        with self.database.reading() as connection:
            query = f"{PICK_SETS} WHERE job = ? AND micrograph = ?"
            row = connection.execute(query, (job_id, micrograph)).fetchone()
            return to_pick_set(row) if row else None


def to_row(record: JobRecord) -> tuple:
    values = record.as_dict()
    return tuple(compact(value) if name in AS_JSON else value for name, value in values.items())


def from_row(row: sqlite3.Row) -> JobRecord:
    return JobRecord(**{name: json.loads(row[name]) if name in AS_JSON else row[name] for name in COLUMNS})


def to_pick_set(row: sqlite3.Row) -> PickSet:
    final = bool(row["final"])
    return PickSet(row["job"], row["kind"], row["count"], final, row["step"], row["mean_score"])
