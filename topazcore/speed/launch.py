"""`python launch.py ACCOUNT COMMAND…`: runs a command and writes what it took to the file ACCOUNT, as JSON.

A process begins its account of peak memory with that of the process which started it, so this one stays small: it
imports nothing but the standard library, and is started by its path.
"""

import json
import os
import sys
import time
from pathlib import Path


def main(account: str, command: list[str]) -> int:
    """Returns the command's exit code."""
    began = time.monotonic()
    process = os.posix_spawn(command[0], command, os.environ)
    _, status, used = os.wait4(process, 0)
    seconds = time.monotonic() - began
    taken = {"wall": seconds, "cpu": used.ru_utime + used.ru_stime, "peak": used.ru_maxrss}
    Path(account).write_text(json.dumps(taken), encoding="utf-8")
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
