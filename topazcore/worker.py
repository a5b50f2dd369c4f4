"""The worker: runs one job in its own process and speaks JSON lines. docs/architecture.md has the protocol.

`python -m topazcore.worker JOB_FOLDER` runs a job; without an argument it loads what is slow to load, says "ready"
and waits to be told; meanwhile it prepares what it is asked to (`topazcore.ahead`). It ends at once when its standard
input closes, so none outlives its server. It writes below the job's folder and into the cache only; nothing but events
ever reaches its standard output.
"""

import json
import os
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from topazcore.ahead import Ahead
from topazcore.control import Cancelled, Control
from topazcore.errors import PeridotError
from topazcore.job import CHECKPOINT_FILE
from topazcore.processor import give_way, let_idle_threads_sleep

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
        self.ahead = Ahead()
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
            self.ahead.stop()
            self.told_to_run.set()
        elif command == "prepare":
            self.ahead.want(message["cache"], message["micrographs"])
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
        import topazcore.work  # noqa: F401

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
        from topazcore.work import work

        work(folder, events.emit, control)
        return "done", None
    except Cancelled:
        (folder / CHECKPOINT_FILE).unlink(missing_ok=True)
        return "cancelled", None
    except PeridotError as error:
        return "failed", error.as_dict()
    except Exception as error:
        traceback.print_exc()
        return "failed", _explained(error).as_dict()


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
