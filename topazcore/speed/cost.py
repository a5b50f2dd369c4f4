"""What a process takes: wall seconds, CPU seconds of all its threads and children, peak memory.

From the system's own accounts of a process that has ended. It judges nothing.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from topazcore.errors import PeridotError


@dataclass(frozen=True)
class Cost:
    """Of one run: seconds, and the largest memory that was resident at any time.

    Args:
        units: how many things were done in it, micrographs for example.
    """

    wall_seconds: float
    cpu_seconds: float
    peak_bytes: int
    units: int = 1


def cost_of(
    command: Sequence[str | Path], units: int = 1, environment: Mapping[str, str] | None = None
) -> Cost:
    """Run a command to its end.

    Raises:
        PeridotError: it failed, or this system keeps no accounts of single processes (Windows).
    """
    if not hasattr(os, "wait4"):
        raise PeridotError("a system without accounts of a process", "Linux or macOS")
    with tempfile.TemporaryFile() as said:
        began = time.monotonic()
        process = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            env={**os.environ, **(environment or {})},
        )
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.monotonic() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise PeridotError(f"{Path(command[0]).name} failed: {_last_line(said)}", "exit code 0")
    return Cost(seconds, used.ru_utime + used.ru_stime, peak_bytes(used), units)


def peak_bytes(used: object) -> int:
    """Peak resident memory of what `resource` or `wait4` gave: KiB on Linux, bytes on macOS."""
    return used.ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _last_line(said) -> str:
    said.seek(0)
    lines = said.read().decode(errors="replace").strip().splitlines()
    return lines[-1][:300] if lines else "it said nothing"
