"""Files that are whole at every moment: the old content or the new, never something between.

Used for everything that a person would miss: exports, picks, models, frozen jobs. Data go to a temporary
file in the same folder, are forced to the disk, and take the final name in one step. It never writes in
place, and it never leaves a temporary file behind unless the process itself is killed; such a leftover is
known by its name and `sweep` removes it.
"""

import errno
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

TEMPORARY_PREFIX = ".peridot-"
TEMPORARY_SUFFIX = ".tmp"

_NO_FOLDER_SYNC = {errno.EINVAL, errno.ENOTSUP, errno.EBADF}


@contextmanager
def replacing(path: str | os.PathLike, durable: bool = True) -> Iterator[BinaryIO]:
    """A binary stream whose content becomes `path` when the block ends without an error.

    Args:
        path: the final name; its folder must exist. An existing file keeps its permissions.
        durable: on the disk when the block has ended; else a crash of the machine may leave a torn file.

    Raises:
        OSError: a write, flush or rename failed (disk full, no permission). The old file is whole.
    """
    path = Path(path)
    temporary = path.with_name(f"{TEMPORARY_PREFIX}{secrets.token_hex(8)}{TEMPORARY_SUFFIX}")
    try:
        with temporary.open("xb") as stream:
            yield stream
            stream.flush()
            if durable:
                os.fsync(stream.fileno())
        if path.exists():
            shutil.copymode(path, temporary)
        os.replace(temporary, path)  # noqa: PTH105 - tests make exactly this call fail
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    if durable:
        _sync_folder(path.parent)


def replace_file(path: str | os.PathLike, data: bytes) -> None:
    """Make `data` the content of `path`, in one step; see `replacing`."""
    with replacing(path) as stream:
        stream.write(data)


def sweep(folder: str | os.PathLike) -> int:
    """Remove the temporary files that a killed process left in `folder`.

    Only for a folder that no other process writes to just now. Returns how many there were.
    """
    stale = list(Path(folder).glob(f"{TEMPORARY_PREFIX}*{TEMPORARY_SUFFIX}"))
    for path in stale:
        path.unlink(missing_ok=True)
    return len(stale)


def _sync_folder(folder: Path) -> None:
    """Force the new name itself to the disk, where the system can: Windows has no such call."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        # Some network file systems cannot sync a folder; the content itself is already safe.
        if error.errno not in _NO_FOLDER_SYNC:
            raise
    finally:
        os.close(descriptor)
