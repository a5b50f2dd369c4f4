"""One server per project: a lock that the system drops when its holder ends, however it ends.

A lock file that a killed server left behind is no obstacle, since what counts is the system's lock on it and
not that it exists. POSIX systems use flock, Windows the lock of its C library.
"""

import json
import os
import socket
from pathlib import Path

from .errors import StartError

if os.name == "nt":
    import msvcrt
else:
    import fcntl

# Windows locks bytes, and nobody can read what is locked: lock one far behind the text.
LOCKED_BYTE = 1 << 20


class ProjectLock:
    """Held from construction to `release`.

    Raises:
        StartError: another server holds it; the message names its address.
    """

    def __init__(self, path: Path):
        self.descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            lock(self.descriptor)
        except OSError as error:
            holder = self.read()
            os.close(self.descriptor)
            where = holder.get("url", "an address that it has not told yet")
            raise StartError(f"another server has this project open: {where}, process {holder.get('pid', '?')} "
                             f"on {holder.get('host', '?')}", "one server per project",
                             "use that one, or stop it first") from error  # fmt: skip
        self.tell("")

    def tell(self, url: str) -> None:
        """Write who holds the lock, for the one who finds it taken; never the token."""
        text = json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "url": url})
        os.ftruncate(self.descriptor, 0)
        os.lseek(self.descriptor, 0, os.SEEK_SET)
        os.write(self.descriptor, text.encode())

    def read(self) -> dict:
        """What the holder wrote."""
        os.lseek(self.descriptor, 0, os.SEEK_SET)
        try:
            holder = json.loads(os.read(self.descriptor, 4096))
        except ValueError:
            return {}
        return {name: value for name, value in holder.items() if value}

    def release(self) -> None:
        """Let the next server in."""
        os.close(self.descriptor)


def lock(descriptor: int) -> None:
    """Take the system's exclusive lock, or raise OSError at once."""
    if os.name == "nt":
        os.lseek(descriptor, LOCKED_BYTE, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    else:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
