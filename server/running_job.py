"""A job that runs: follows its worker's events, and makes sure that it ends with a last word.

Every event is checked, numbered, kept on disk, folded into the job's record and told to the pages. When the
worker ends without a word, however it ended, the last word is said here.
"""

import json
import logging
import math
import threading
import time
from collections.abc import Callable
from dataclasses import replace

from topazcore.errors import TrainingError

from .answers import finite
from .errors import StorageError
from .event_log import EventLog
from .job_table import JobRecord, PickSet
from .worker_process import WorkerProcess, how_it_ended

log = logging.getLogger("peridot")

STEPS_PER_SECOND = 5.0
BURST = 2.0
JUNK_LOGGED = 3
PHASES = {
    "started": "preparing",
    "preparing": "preparing",
    "step": "training",
    "paused": "paused",
    "model": "picking",
}
OUTCOMES = ("done", "cancelled", "failed")


class Thinner:
    """Lets through at most five per second, counted so that a steady five are not cut down to fewer."""

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        self.clock, self.credit, self.last = clock, BURST, clock()

    def allows(self) -> bool:
        """Whether the next one may pass."""
        now = self.clock()
        self.credit = min(BURST, self.credit + (now - self.last) * STEPS_PER_SECOND)
        self.last = now
        if self.credit < 1:
            return False
        self.credit -= 1
        return True


def parse_event(line: bytes | None) -> dict | None:
    """One line of a worker as an event, or None where it is none."""
    if line is None:
        return None
    try:
        event = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not (isinstance(event, dict) and isinstance(event.get("event"), str)):
        return None
    return finite(event)


def whole(value: object) -> int:
    """A count from a worker; 0 for what is no number."""
    return int(value) if isinstance(value, int | float) and math.isfinite(value) else 0


class RunningJob:
    """One job and its worker. `on_end` gets its final record and picks once the last word is kept."""

    def __init__(self, record: JobRecord, worker: WorkerProcess, tell: Callable, on_end: Callable):
        self.record, self.worker = record, worker
        self.tell, self.on_end = tell, on_end
        self.events = EventLog(worker.folder)
        self.picks: dict[int, PickSet] = {}
        self.ending: str | None = None
        self.thinner = Thinner()
        self.thread = threading.Thread(target=self.follow, name=f"job-{record.id}", daemon=True)

    def start(self) -> None:
        """Give the worker its job and follow it."""
        self.worker.send(command="run", job=str(self.worker.folder))
        self.thread.start()

    def cancel(self) -> None:
        """Ask the worker to stop, and see to it that it does."""
        self.end_as("cancelled")
        self.worker.send(command="cancel")
        threading.Thread(target=self.worker.end, name=f"cancel-{self.record.id}", daemon=True).start()

    def interrupt(self) -> None:
        """The server is going down: end the worker at once; returns when the last word is on disk."""
        self.end_as("interrupted")
        self.worker.stop_listening()
        self.worker.end(polite_s=0.5, terminate_s=0.5)
        self.thread.join(1.5)

    def end_as(self, outcome: str) -> None:
        """What the job will be called if its worker ends without a word."""
        if self.ending is None:
            self.ending = outcome

    def follow(self) -> None:
        """Read events until the last one, say the last word if the worker did not, and end the worker."""
        try:
            last_word = self.read_events()
        except OSError as error:
            log.error("job %s: its events cannot be kept: %s", self.record.id, error)
            last_word = self.last_word("failed", disk_failed().as_dict())
            self.worker.stop_listening()
        if last_word is None:
            self.worker.end()
            last_word = self.say_for_it()
        self.conclude(last_word)
        self.worker.end()
        self.worker.release()

    def read_events(self) -> dict | None:
        """Take in events; returns the worker's last word, which is not recorded yet."""
        junk = 0
        for line in self.worker.lines():
            event = parse_event(line)
            if event is None:
                junk += 1
                if junk <= JUNK_LOGGED:
                    log.warning("job %s: the worker printed a line that is no event", self.record.id)
            elif event["event"] == "finished":
                return self.checked(event)
            elif event["event"] != "ready" and (event["event"] != "step" or self.thinner.allows()):
                self.take(event)
        return None

    def take(self, event: dict) -> None:
        """Keep one event, fold it into the record, tell the pages."""
        kept = self.events.append({"time": time.time(), **event})
        self.fold(kept)
        self.tell("job.event", {"job": self.record.id, **kept})

    def fold(self, event: dict) -> None:
        """What an event means for the job's record; readers see the old record or the new, nothing between."""
        kind = event["event"]
        changes = {"last_seq": event["seq"], "phase": PHASES.get(kind, self.record.phase)}
        if kind == "picks":
            known = pick_set(self.record, event)
            self.picks = {**self.picks, whole(event.get("micrograph")): known}
            if known.final:
                changes.update(phase="picking", progress=event)
        elif kind == "resumed":
            changes["phase"] = "picking" if self.record.progress.get("event") == "picks" else "training"
        elif kind in ("step", "preparing"):
            changes["progress"] = event
        self.record = replace(self.record, **changes)

    def checked(self, event: dict) -> dict:
        """The worker's last word, unless it makes no sense or we have ended the worker ourselves."""
        if event.get("outcome") not in OUTCOMES:
            return self.last_word("failed", TrainingError("the worker ended in a way nobody knows").as_dict())
        if self.ending == "interrupted" and event["outcome"] != "done":
            return self.say_for_it()
        return {"error": None, **event}

    def say_for_it(self) -> dict:
        """The last word for a worker that ended without one."""
        if self.ending == "cancelled":
            return self.last_word("cancelled", None)
        if self.ending == "interrupted":
            return self.last_word("interrupted", interrupted().as_dict())
        found, action = how_it_ended(self.worker.process.poll())
        return self.last_word("failed", TrainingError(found, "the end of the job", action).as_dict())

    def last_word(self, outcome: str, error: dict | None) -> dict:
        """A `finished` event of our own."""
        seconds = round(time.time() - self.record.created, 1)
        return {"event": "finished", "outcome": outcome, "error": error, "seconds": seconds}

    def conclude(self, event: dict) -> None:
        """Record the last word, make room for the next job, and only then tell the pages."""
        error = as_error(event["error"])
        numbered = {"time": time.time(), **event, "error": error}
        try:
            numbered = self.events.append(numbered, durable=True)
        except OSError as failure:
            # The disk takes nothing any more: the word stands in the record, and in the database if that can.
            log.error("job %s: its last event cannot be kept: %s", self.record.id, failure)
            numbered = {"seq": self.record.last_seq + 1, **numbered}
        self.events.close()
        final = replace(
            self.record, state=event["outcome"], phase="finished", error=error, last_seq=numbered["seq"]
        )
        self.on_end(final, self.picks)
        self.tell("job.event", {"job": self.record.id, **numbered})


def as_error(value: object) -> dict | None:
    """The error of a worker's last word in the one shape, whatever it sent."""
    if not isinstance(value, dict):
        return None
    return {name: str(value.get(name, ""))[:1000] for name in ("code", "found", "expected", "action")}


def disk_failed() -> StorageError:
    """Why a job ends whose events cannot be kept."""
    return StorageError(
        "the disk did not take the job's events", "free space", "free some space and train again"
    )


def pick_set(job: JobRecord, event: dict) -> PickSet:
    """The picks that an event announces."""
    count, step = whole(event.get("count")), whole(event.get("step"))
    mean = event.get("mean_score")
    mean_score = float(mean) if isinstance(mean, int | float) and math.isfinite(mean) else None
    return PickSet(job.id, job.kind, count, bool(event.get("final")), step, mean_score)


def interrupted() -> TrainingError:
    """Why a job ended that its server did not survive."""
    return TrainingError("the server was stopped while this job ran", "the end of the job",
                         "press Resume to go on where it was kept, or Train: the labels are all there")  # fmt: skip
