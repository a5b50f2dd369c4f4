"""The worker: runs one job in its own process and speaks JSON lines. docs/architecture.md has the protocol.

`python -m topazcore.worker JOB_FOLDER` runs a job; without an argument it loads what is slow to load, says "ready"
and waits to be told. It ends at once when its standard input closes, so none outlives its server. It writes
below the job's folder only; nothing but events ever reaches its standard output.
"""

import json
import os
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import numpy as np

from topazcore.control import Cancelled, Control
from topazcore.errors import PeridotError
from topazcore.files import replace_file
from topazcore.job import CHECKPOINT_FILE, MODEL_FILE, PICKS_FOLDER, Job, JobMicrograph, read_job
from topazcore.processor import give_way, let_idle_threads_sleep

if TYPE_CHECKING:
    from topazcore.checkpoint import Model
    from topazcore.picking import Picks
    from topazcore.snapshot import Snapshot

DONE, FAILED = 0, 1
_STDIN, _STDOUT, _STDERR = 0, 1, 2
_LONGEST_COMMAND = 65_536


class OutOfMemory(PeridotError):
    """Not enough memory for a step."""

    code = "out_of_memory"


class Events:
    """Writes events as JSON lines, from any thread."""

    def __init__(self, stream: TextIO):
        self._stream, self._lock = stream, threading.Lock()

    def emit(self, event: str, **fields: object) -> None:
        """Write one event; when nobody reads any more, the process ends."""
        line = json.dumps(
            {"event": event, "time": time.time(), **fields}, ensure_ascii=False, allow_nan=False
        )
        try:
            with self._lock:
                self._stream.write(line + "\n")
                self._stream.flush()
        except OSError:
            os._exit(FAILED)


class Inbox:
    """Reads commands from standard input in a thread of its own; the end of the input ends the process."""

    def __init__(self):
        self.folder: Path | None = None
        self.control = Control()
        self.told_to_run = threading.Event()
        threading.Thread(target=self._listen, name="commands", daemon=True).start()

    def _listen(self) -> None:
        for line in _lines(_STDIN):
            try:
                self._obey(json.loads(line))
            except (ValueError, TypeError, KeyError, RecursionError) as error:
                print(f"command not understood ({type(error).__name__}): {line[:200]!r}", file=sys.stderr)
        os._exit(FAILED)

    def _obey(self, message: dict) -> None:
        command = message["command"]
        if command == "run":
            self.folder = Path(message["job"])
            self.told_to_run.set()
        elif command == "focus":
            self.control.focus = int(message["micrograph"])
        else:
            self.control.ask(command)


def main(arguments: list[str]) -> int:
    """Run one job; returns the exit code."""
    events = Events(_claim_stdout())
    let_idle_threads_sleep()
    give_way()
    inbox = Inbox()
    if arguments:
        folder = Path(arguments[0])
    else:
        # Loaded before it says "ready": this is what takes seconds.
        import topazcore.live  # noqa: F401

        events.emit("ready")
        inbox.told_to_run.wait()
        folder = inbox.folder
    return run(folder, events, inbox.control)


def run(folder: Path, events: Events, control: Control) -> int:
    """Run the job in `folder`; the last event is always `finished`. Returns the exit code."""
    began = time.monotonic()
    outcome, error = _outcome(folder, events, control)
    events.emit("finished", outcome=outcome, error=error, seconds=round(time.monotonic() - began, 3))
    return FAILED if outcome == "failed" else DONE


def _outcome(folder: Path, events: Events, control: Control) -> tuple[str, dict | None]:
    """Run the job; "done", "cancelled" or "failed", and the error to show.

    The edge of the process: whatever went wrong is reported here, with its traceback on standard error.
    """
    try:
        _work(folder, events, control)
        return "done", None
    except Cancelled:
        (folder / CHECKPOINT_FILE).unlink(missing_ok=True)
        return "cancelled", None
    except PeridotError as error:
        return "failed", error.as_dict()
    except Exception as error:
        traceback.print_exc()
        return "failed", _explained(error).as_dict()


def _work(folder: Path, events: Events, control: Control) -> None:
    """Train, keep the model, pick all micrographs; or what else the job's kind asks for."""
    from topazcore.checkpoint import save_model
    from topazcore.live import LiveView
    from topazcore.pipeline import train_job

    job = read_job(folder)
    if control.focus is None:
        control.focus = job.focus
    if job.kind != "train":
        return _apply(job, folder, events, control)

    def publish(micrograph: int, picks: "Picks", step: int) -> None:
        _keep_picks(folder, micrograph, picks)
        events.emit("picks", micrograph=micrograph, count=picks.count, final=False, step=step)

    live = LiveView(job, control, publish)
    try:
        trained = train_job(job, events.emit, control, live, _Keeper(folder / CHECKPOINT_FILE, job))
    finally:
        live.close()
    save_model(trained.model, folder / MODEL_FILE)
    summary = trained.model.summary
    events.emit("model", **{name: summary[name] for name in ("steps", "seconds", "best_step", "held_out")})
    if trained.error:
        raise trained.error
    _pick_everything(job, trained.model, folder, events, control)
    # Nothing is left that could be interrupted.
    (folder / CHECKPOINT_FILE).unlink(missing_ok=True)


class _Keeper:
    """Keeps the checkpoint of a training; one that the disk does not take is no reason to stop."""

    def __init__(self, path: Path, job: Job):
        self._path, self._job = path, job

    def __call__(self, parts: "dict[str, Snapshot]") -> None:
        from topazcore.resume import write_checkpoint

        try:
            write_checkpoint(self._path, self._job, parts)
        except OSError as error:
            print(f"no checkpoint was kept: {error.strerror}", file=sys.stderr)


def _apply(job: Job, folder: Path, events: Events, control: Control) -> None:
    """Pick all micrographs with the job's model, or suggest picks without any."""
    from topazcore.pipeline import model_of

    model = model_of(job) if job.kind == "pick" else None
    events.emit("started", pid=os.getpid(), labels=len(job.labels), micrographs=len(job.micrographs))
    _pick_everything(job, model, folder, events, control)


def _pick_everything(job: Job, model: "Model | None", folder: Path, events: Events, control: Control) -> None:
    """Final picks of all micrographs; without a model, suggestions."""
    from topazcore.pipeline import pick_job
    from topazcore.suggesting import suggest_job

    began, done, total = time.monotonic(), 0, len(job.micrographs)
    steps = model.summary.get("steps", 0) if model else 0

    def skipped(micrograph: JobMicrograph, error: PeridotError) -> None:
        nonlocal done
        done += 1
        events.emit("skipped", micrograph=micrograph.id, error=error.as_dict())

    found = pick_job(job, model, control, skipped) if model else suggest_job(job, control, skipped)
    for micrograph, picks in found:
        done += 1
        _keep_picks(folder, micrograph.id, picks)
        events.emit(
            "picks",
            micrograph=micrograph.id,
            count=picks.count,
            final=True,
            step=steps,
            done=done,
            total=total,
            seconds_left=(time.monotonic() - began) / done * (total - done),
        )
        began += control.rest_if_asked(events.emit, steps)


def _keep_picks(folder: Path, micrograph: int, picks: "Picks") -> None:
    """picks/<id>.npy, whole before anyone hears of it."""
    data = BytesIO()
    np.save(data, picks.as_array())
    (folder / PICKS_FOLDER).mkdir(exist_ok=True)
    replace_file(folder / PICKS_FOLDER / f"{micrograph}.npy", data.getvalue())


def _explained(error: Exception) -> PeridotError:
    """What a person can do about an error of the system."""
    out_of_memory = isinstance(error, MemoryError) or "out of memory" in str(error).lower()
    if out_of_memory or "can't allocate memory" in str(error):
        return OutOfMemory(
            "not enough memory", "more free memory", "reduce the patches per step, or close other programs"
        )
    if isinstance(error, OSError):
        return PeridotError(
            f"a file could not be written: {error.strerror or type(error).__name__}",
            "a writable disk with space",
            "make room and train again",
        )
    return PeridotError(
        f"the worker met {type(error).__name__}", "no such thing", "see worker.log in the job's folder"
    )


def _lines(descriptor: int) -> Iterator[bytes]:
    """Lines of a pipe until it closes; one that is too long to be a command is dropped.

    Read without Python's buffer: a thread that waits in it would hold a lock when the process ends.
    """
    pending = b""
    while chunk := os.read(descriptor, _LONGEST_COMMAND):
        *lines, pending = (pending + chunk).split(b"\n")
        yield from (line for line in lines if line.strip())
        if len(pending) > _LONGEST_COMMAND:
            pending = b"{too long"


def _claim_stdout() -> TextIO:
    """Keep standard output for events alone: whatever else is printed there goes to standard error."""
    ours = os.fdopen(os.dup(_STDOUT), "w", encoding="utf-8", newline="\n")
    os.dup2(_STDERR, _STDOUT)
    return ours


if __name__ == "__main__":
    code = main(sys.argv[1:])
    sys.stderr.flush()
    # Without Python's shutdown, which would wait for a thread that still reads a micrograph.
    os._exit(code)
