"""What a process takes: wall seconds, CPU seconds of all its threads and children, peak memory.

From the system's own accounts of a process that has ended, see `launch`. It judges nothing.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from topazcore.errors import PeridotError

_LAUNCH = Path(__file__).with_name("launch.py")
# Of the system's account of memory: bytes on macOS, KiB elsewhere.
_UNIT = 1 if sys.platform == "darwin" else 1024


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
    """Run a command, given by its path, to its end.

    Raises:
        PeridotError: it failed, or this system keeps no accounts of single processes (Windows).
    """
    if not hasattr(os, "wait4"):
        raise PeridotError("a system without accounts of a process", "Linux or macOS")
    with TemporaryDirectory() as folder:
        account = Path(folder) / "account.json"
        launched = [sys.executable, "-I", "-S", str(_LAUNCH), str(account), *map(str, command)]
        done = subprocess.run(
            launched,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(environment or {})},
            check=False,
        )
        if done.returncode:
            raise PeridotError(f"{Path(command[0]).name} failed: {_last_line(done.stdout)}", "exit code 0")
        taken = json.loads(account.read_text())
    return Cost(taken["wall"], taken["cpu"], taken["peak"] * _UNIT, units)


def _last_line(said: bytes) -> str:
    lines = said.decode(errors="replace").strip().splitlines()
    return lines[-1][:300] if lines else "it said nothing"
