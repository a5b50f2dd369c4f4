"""The project's jobs: at most one runs; a spare worker waits, warm, for the next.

Jobs that a dead server left running are closed when the next one starts. It decides nothing about training:
what a job contains is frozen before it comes here.
"""

import logging
import secrets
import shutil
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path

import numpy as np

from topazcore.errors import SettingsError
from topazcore.job import CHECKPOINT_FILE, MODEL_FILE, PICKS_FOLDER, Job, JobError, read_job, write_job

from .errors import ConflictError, NotFoundError, StorageError
from .event_log import MOST_AT_ONCE, NAME, read_events
from .job_table import JobRecord, JobTable, PickSet
from .left_over import close_left_open, remove_never_started
from .paths import StatePaths
from .pick_file import no_picks, read_picks
from .running_job import RunningJob
from .worker_process import COMMAND, WorkerProcess

log = logging.getLogger("peridot")

RESUMABLE = ("interrupted", "failed")


class Jobs:
    """Starts, follows and remembers jobs.

    Args:
        tell: sends a notice to all pages.
        threads: processor threads of a worker; 0 leaves the choice to torch.
        command: how a worker is started; tests bring their own.
    """

    def __init__(
        self,
        state: StatePaths,
        table: JobTable,
        tell: Callable[[str, dict], None],
        threads: int = 0,
        command: Sequence[str] = COMMAND,
    ):
        self.state, self.table, self.tell = state, table, tell
        self.threads, self.command = threads, command
        self.lock = threading.RLock()
        self.running: RunningJob | None = None
        self.spare: WorkerProcess | None = None
        self.prepared: tuple | None = None
        self.stopped = False
        close_left_open(state, table)
        remove_never_started(state, table)

    def warm_up(self) -> None:
        """Have a worker ready that has loaded torch already, unless one is or a job runs.

        A spare that has ended by itself is not replaced: the next would end the same way. The next job tells why.
        """
        with self.lock:
            if self.stopped or self.running or self.spare:
                return
            try:
                self.spare = self.new_worker(secrets.token_hex(8))
            except OSError as error:
                log.warning("no spare worker: %s", error)

    def start(self, freeze: Callable[[str], Job], model: str | None = None) -> JobRecord:
        """Start a job. `freeze` makes it, given its id; when it refuses, no process is started.

        Args:
            model: the name of what it picks with.

        Raises:
            ConflictError: one is running; its id is in the message.
            StorageError: the job could not be written.
        """
        with self.lock:
            self.check_idle()
            if self.spare and not self.spare.is_alive():
                self.drop_spare()
            job = freeze(self.spare.folder.name if self.spare else secrets.token_hex(8))
            try:
                worker = self.spare or self.new_worker(job.job_id)
                self.spare = worker
                write_job(job, worker.folder)
                record = new_record(job, model)
                self.table.insert(record)
                self.running = RunningJob(record, worker, self.tell, self.ended)
            except OSError as error:
                raise StorageError("the disk did not take the job", "free space and rights to write",
                                   "free some space and train again") from error  # fmt: skip
            self.spare = None
            self.running.start()
            return record

    def prepare(self, micrographs: Sequence[tuple[str, float]]) -> None:
        """Have the spare worker, if one waits, prepare micrographs, given by path and factor; once is enough."""
        with self.lock:
            spare = None if self.running else self.spare
            wanted = (spare, list(micrographs))
            if spare is None or wanted == self.prepared:
                return
            self.prepared = wanted
        spare.send(command="prepare", cache=str(self.state.cache), micrographs=wanted[1])

    def check_idle(self) -> None:
        """Raise ConflictError unless a job can be started."""
        if self.stopped:
            raise ConflictError("the server is stopping", "a running server", "start it again")
        if self.running:
            raise ConflictError(f"job {self.running.record.id} is running", "one job at a time",
                                "wait for it, or cancel it")  # fmt: skip

    def new_worker(self, job_id: str) -> WorkerProcess:
        """A worker that waits, in the folder of the job that it will run."""
        return WorkerProcess(self.state.job(job_id), self.command, self.threads)

    def drop_spare(self) -> None:
        """End the spare worker, if there is one, and remove its folder, which holds nothing but its log."""
        spare, self.spare = self.spare, None
        if spare is None:
            return
        spare.stop_listening()
        spare.end(polite_s=0.5, terminate_s=0.5)
        spare.release()
        shutil.rmtree(spare.folder, ignore_errors=True)

    def ended(self, final: JobRecord, picks: dict[int, PickSet]) -> None:
        """A job has said its last word: keep what it has become, and only then make room for the next."""
        try:
            self.table.update(final, picks)
        except (StorageError, sqlite3.Error) as error:
            log.error("job %s: its end is not in the database: %s", final.id, error)
        with self.lock:
            self.running = None
        self.tell("micrographs.changed", {})
        self.warm_up()

    def stop(self) -> None:
        """End all workers; a job that runs becomes interrupted."""
        with self.lock:
            self.stopped = True
            running = self.running
            self.drop_spare()
        if running:
            running.interrupt()

    # What a page asks

    def record(self, job_id: str) -> JobRecord:
        """One job as it is now.

        Raises:
            NotFoundError: no such job.
        """
        running = self.running
        if running and running.record.id == job_id:
            return running.record
        found = self.table.get(job_id)
        if found is None:
            raise NotFoundError("no such job", "the id of a job of this project")
        return found

    def newest(self) -> JobRecord | None:
        """The job that was started last."""
        running = self.running
        return running.record if running else self.table.newest()

    def events(self, job_id: str, after: int) -> tuple[list[dict], int]:
        """At most 5,000 events above `after`, and the number of the newest."""
        record = self.record(job_id)
        found = read_events(self.state.job(job_id) / NAME, after)
        return list(islice(found, MOST_AT_ONCE)), record.last_seq

    def cancel(self, job_id: str) -> JobRecord:
        """Stop a job; it ends within seconds, whatever its worker does."""
        return self.command_to(job_id, RunningJob.cancel)

    def finish(self, job_id: str) -> JobRecord:
        """Stop training, keep the model, and pick."""
        return self.command_to(job_id, lambda job: job.worker.send(command="finish"))

    def pause(self, job_id: str) -> JobRecord:
        """Stand still until told to go on."""
        return self.command_to(job_id, lambda job: job.worker.send(command="pause"))

    def go_on(self, job_id: str) -> JobRecord:
        """Go on after a pause."""
        return self.command_to(job_id, lambda job: job.worker.send(command="resume"))

    def focus(self, job_id: str, micrograph: int) -> JobRecord:
        """Score this micrograph first from now on."""
        return self.command_to(job_id, lambda job: job.worker.send(command="focus", micrograph=micrograph))

    def checkpoint(self, record: JobRecord) -> Path | None:
        """What an interrupted or failed training goes on from: its checkpoint, else the one it began with."""
        if record.kind != "train" or record.state not in RESUMABLE:
            return None
        folder = self.state.job(record.id)
        own = folder / CHECKPOINT_FILE
        if own.exists():
            return own
        try:
            began_with = read_job(folder).resume
        except (JobError, SettingsError):
            return None
        return Path(began_with) if began_with and Path(began_with).exists() else None

    def describe(self, record: JobRecord) -> dict:
        """A job as in docs/api.md."""
        return {**record.as_dict(), "resumable": self.checkpoint(record) is not None}

    def command_to(self, job_id: str, act: Callable[[RunningJob], object]) -> JobRecord:
        """Do something to a job if it runs; for one that has ended there is nothing left to do."""
        record, running = self.record(job_id), self.running
        if running and running.record.id == record.id:
            act(running)
        return record

    # Picks

    def pick_sets(self) -> dict[int, PickSet]:
        """For each micrograph what is known of the picks of the newest job that has any."""
        running = self.running
        found = self.table.newest_picks()
        for micrograph, picks in (running.picks if running else {}).items():
            if picks.kind != "suggest" or micrograph not in found or found[micrograph].kind == "suggest":
                found[micrograph] = picks
        return found

    def picks(self, micrograph: int, job_id: str | None) -> tuple[PickSet, np.ndarray]:
        """Picks of a micrograph, (n, 3) float64 x, y, score by falling score; of the newest job that has any.

        Raises:
            NotFoundError: no such job, or no picks yet.
        """
        found = self.pick_set(micrograph, job_id) if job_id else self.pick_sets().get(micrograph)
        values = read_picks(self.state.job(found.job) / PICKS_FOLDER / f"{micrograph}.npy") if found else None
        if values is None:
            raise no_picks()
        return found, values

    def pick_set(self, micrograph: int, job_id: str) -> PickSet | None:
        """What is known of the picks of one job on one micrograph."""
        self.record(job_id)
        running = self.running
        if running and running.record.id == job_id:
            return running.picks.get(micrograph)
        return self.table.picks_of_one(job_id, micrograph)

    def pick_sets_of(self, job_id: str) -> dict[int, PickSet]:
        """What is known of the picks of one job."""
        self.record(job_id)
        running = self.running
        if running and running.record.id == job_id:
            return running.picks
        return self.table.picks_of(job_id)

    def newest_model(self, is_fit: Callable[[Path], bool]) -> Path | None:
        """The model of the newest job that has one and whose folder is fit to start from."""
        for record in self.table.select():
            folder = self.state.job(record.id)
            if (folder / MODEL_FILE).exists() and is_fit(folder):
                return folder / MODEL_FILE
        return None


def new_record(job: Job, model: str | None) -> JobRecord:
    """The record of a job that starts now."""
    labeled = {label.micrograph for label in job.labels}
    counts = len(job.labels), len(labeled)
    return JobRecord(job.job_id, job.kind, time.time(), *counts, job.settings.as_dict(), model=model)
