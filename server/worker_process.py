"""One worker process: started, spoken to over its pipes, and ended so that nothing of it is left.

It reads whatever the process prints without believing any of it: half a line, junk and endless lines cost a
line, never memory. The process ends by itself when its standard input closes; the rest is for one that hangs.
"""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

ROOT = Path(__file__).resolve().parents[1]
COMMAND = (sys.executable, "-m", "topazcore.worker")
LOG_NAME = "worker.log"
LONGEST_LINE = 1 << 20
CHUNK = 1 << 16
POLITE_S, TERMINATE_S, KILL_S = 5.0, 2.0, 2.0


def environment(threads: int) -> dict[str, str]:
    """What a worker sees of the environment: all but our secret, and how many threads it may use."""
    inherited = {name: value for name, value in os.environ.items() if name != "PERIDOT_TOKEN"}
    limits = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    limited = dict.fromkeys(limits, str(threads)) if threads else {}
    return {**inherited, **limited, "PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1"}


def bounded_lines(stream: BinaryIO, longest: int = LONGEST_LINE) -> Iterator[bytes | None]:
    """The whole lines of a stream; None stands for one that was longer than `longest` bytes or cut off."""
    waiting, too_long = b"", False
    while chunk := stream.read(CHUNK):
        *lines, rest = (waiting + chunk).split(b"\n")
        for line in lines:
            yield None if too_long or len(line) > longest else line
            too_long = False
        too_long = too_long or len(rest) > longest
        waiting = b"" if too_long else rest
    if waiting or too_long:
        yield None


class WorkerProcess:
    """A worker that waits for its job, in a folder of its own where its standard error is kept."""

    def __init__(self, folder: Path, command: Sequence[str] = COMMAND, threads: int = 0):
        self.folder = folder
        folder.mkdir(mode=0o700, parents=True)
        with (folder / LOG_NAME).open("ab") as errors:
            self.process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=environment(threads),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                bufsize=0,
                **own_group(),
            )
        self.speaking = threading.Lock()

    @property
    def pid(self) -> int:
        return self.process.pid

    def is_alive(self) -> bool:
        """Whether the process still runs."""
        return self.process.poll() is None

    def send(self, **command: object) -> bool:
        """Send one command; False when the process does not listen any more."""
        line = json.dumps(command).encode() + b"\n"
        try:
            with self.speaking:
                self.process.stdin.write(line)
        except (OSError, ValueError):
            return False
        return True

    def lines(self) -> Iterator[bytes | None]:
        """What it prints, until it closes its output; see `bounded_lines`."""
        return bounded_lines(self.process.stdout)

    def waited(self, seconds: float) -> bool:
        """Whether the process has ended within some seconds."""
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def end(self, polite_s: float = POLITE_S, terminate_s: float = TERMINATE_S) -> None:
        """Wait for the process to end, then ask, then force it, and all that it has started."""
        if not self.waited(polite_s):
            self.signal_group(force=False)
            if not self.waited(terminate_s):
                self.signal_group(force=True)
                self.waited(KILL_S)
        self.signal_group(force=True)

    def stop_listening(self) -> None:
        """Close its standard input: a sound worker ends at once."""
        try:
            with self.speaking:
                self.process.stdin.close()
        except OSError:
            # The pipe had broken before; closed is closed.
            return

    def release(self) -> None:
        """Close our ends of its pipes, once nobody reads them."""
        self.stop_listening()
        self.process.stdout.close()

    def signal_group(self, *, force: bool) -> None:
        """Signal the worker and its children. Windows has no process groups to signal: there, the worker alone."""
        if os.name == "nt":
            if self.is_alive():
                self.process.kill()
            return
        try:
            os.killpg(self.process.pid, signal.SIGKILL if force else signal.SIGTERM)
        except (ProcessLookupError, PermissionError):
            # Nobody is left in the group; macOS says so by a lack of permission.
            return


def own_group() -> dict[str, object]:
    """Popen's options for a group of its own, so that Ctrl+C in our terminal is ours alone."""
    if os.name == "nt":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}


def how_it_ended(return_code: int | None) -> tuple[str, str]:
    """What a worker's end without a last word means: found, and what to do."""
    if return_code is None:
        return "the worker closed its output but did not end", "look at worker.log in the job's folder"
    if return_code == -9:
        return "the worker was killed by the system (SIGKILL), probably out of memory", (
            "reduce the memory it needs: a larger downsampling, fewer micrographs with labels, or close other programs"
        )
    if return_code < 0:
        return (
            f"the worker was ended by {signal_name(-return_code)}",
            "look at worker.log in the job's folder",
        )
    return f"the worker ended with exit code {return_code}", "look at worker.log in the job's folder"


def signal_name(number: int) -> str:
    """The name of a signal, or its number where this system has no name for it."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
