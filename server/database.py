"""The SQLite file: opened with care, one writer, a pool of readers, backups.

What was committed is on the disk (`synchronous=FULL`). A damaged file is never written over: it is set aside
and the newest good backup takes its place, or the server refuses to start. It knows nothing of labels.
"""

import logging
import os
import queue
import sqlite3
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from . import migrations
from .errors import StartError, StorageError

log = logging.getLogger("peridot")

BUSY_S = 10
BACKUPS_KEPT = 3
# A write-ahead log needs memory shared between processes, which these do not give.
NETWORK_FILE_SYSTEMS = frozenset(
    (
        *("nfs", "nfs4", "lustre", "gpfs", "cifs", "smb3", "smbfs", "beegfs", "ceph", "9p", "afs", "panfs"),
        *("glusterfs", "fuse.glusterfs", "fuse.sshfs", "fuse.ceph", "orangefs", "wekafs"),
    )
)
DISK_ERRORS = frozenset(
    {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN}
)


def file_system(path: Path, table: str) -> str:
    """The type of the file system that holds `path`, by a mount table as in /proc/self/mounts; "" if unknown."""
    best, kind = "", ""
    for line in table.splitlines():
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        place = fields[1].replace("\\040", " ")
        if path.is_relative_to(place) and len(place) >= len(best):
            best, kind = place, fields[2]
    return kind


def journal_mode(path: Path) -> str:
    """WAL on a local disk, TRUNCATE on a network file system; the mount table is Linux's."""
    mounts = Path("/proc/self/mounts")
    if sys.platform != "linux" or not mounts.exists():
        return "WAL"
    table = mounts.read_text(encoding="utf-8", errors="replace")
    return "TRUNCATE" if file_system(path.resolve(), table) in NETWORK_FILE_SYSTEMS else "WAL"


def connect(path: Path) -> sqlite3.Connection:
    """A connection in which nothing is committed behind our back."""
    connection = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    return connection


def is_sound(path: Path) -> bool:
    """Whether a file is a project's database in which SQLite finds nothing wrong; an emptied file is none."""
    try:
        with closing(connect(path)) as connection:
            is_whole = connection.execute("PRAGMA integrity_check(1)").fetchone()[0] == "ok"
            return is_whole and migrations.version(connection) > 0
    except sqlite3.DatabaseError:
        return False


def is_blank(path: Path) -> bool:
    """Whether a file holds nothing at all, as the first start leaves it when it is killed at the wrong moment."""
    try:
        with closing(connect(path)) as connection:
            return connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0
    except sqlite3.DatabaseError:
        return False


def copy_to(connection: sqlite3.Connection, target: Path) -> None:
    """Write a whole copy of the database, in one step, forced to the disk."""
    temporary = target.with_name(f".{target.name}.tmp")
    try:
        with closing(sqlite3.connect(temporary)) as copy:
            connection.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def backups(folder: Path) -> list[Path]:
    """The backups, newest first."""
    return sorted(folder.glob("peridot-*.sqlite"), reverse=True)


def restore(path: Path, folder: Path) -> None:
    """Set a damaged database aside and put the newest good backup in its place.

    Raises:
        StartError: there is none; the damaged file stays as it is.
    """
    good = next((backup for backup in backups(folder) if is_sound(backup)), None)
    if good is None:
        raise StartError(f"{path.name} in {path.parent} is damaged, and there is no good backup of it",
                         "a sound database", "copy the folder before you do anything; then move the damaged "
                         "file away to start with no labels, or ask for help to recover it")  # fmt: skip
    aside = path.with_name(f"{path.name}.damaged-{int(time.time())}")
    for suffix in ("", "-wal", "-shm", "-journal"):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.replace(aside.with_name(aside.name + suffix))
    with closing(sqlite3.connect(good)) as source:
        copy_to(source, path)
    log.error("the database was damaged: kept as %s, replaced by the backup %s", aside.name, good.name)


class Database:
    """The project's SQLite file.

    Raises:
        StartError: it is damaged beyond its backups, or comes from a newer Peridot.
    """

    def __init__(self, path: Path, backup_folder: Path):
        self.path, self.backup_folder = path, backup_folder
        backup_folder.mkdir(mode=0o700, exist_ok=True)
        is_new = not path.exists() or (is_blank(path) and not backups(backup_folder))
        if not is_new and not is_sound(path):
            restore(path, backup_folder)
        self.lock = threading.RLock()
        self.readers: queue.LifoQueue[sqlite3.Connection] = queue.LifoQueue()
        self.writer = connect(path)
        try:
            self.prepare(is_new)
        except BaseException:
            self.writer.close()
            raise

    def prepare(self, is_new: bool) -> None:
        """Journal, backup, migrations."""
        found = migrations.version(self.writer)
        if found > len(migrations.STEPS):
            raise StartError(f"a project of a newer Peridot (database version {found})",
                             f"version {len(migrations.STEPS)} or older", "update Peridot")  # fmt: skip
        self.writer.execute(f"PRAGMA journal_mode = {journal_mode(self.path)}")
        if not is_new:
            self.back_up()
        migrations.migrate(self.writer)

    def back_up(self) -> None:
        """Keep a copy, and the newest few of them; a disk too full for one is no reason to stop."""
        target = self.backup_folder / f"peridot-{time.time_ns():020d}.sqlite"
        try:
            with self.lock:
                copy_to(self.writer, target)
            for old in backups(self.backup_folder)[BACKUPS_KEPT:]:
                old.unlink()
        except (OSError, sqlite3.Error) as error:
            log.warning("no backup was made: %s", error)

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """The one writer inside a transaction: committed at the end, or nothing of it is kept.

        Raises:
            StorageError: the disk is full or fails.
        """
        with self.lock:
            try:
                self.writer.execute("BEGIN IMMEDIATE")
                yield self.writer
                self.writer.execute("COMMIT")
            except BaseException as error:
                self.give_up(error)
                raise

    def give_up(self, error: BaseException) -> None:
        """Roll back; the disk's own errors become ours."""
        try:
            if self.writer.in_transaction:
                self.writer.execute("ROLLBACK")
        except sqlite3.Error as second:
            log.error("roll-back failed: %s", second)
        if isinstance(error, sqlite3.Error) and is_disk_error(error):
            log.error("not saved: %s", error)
            raise StorageError("the disk did not take the change", "space and rights to write",
                               "free some space; nothing that was saved before is lost") from error  # fmt: skip

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A reader that sees one moment of the database throughout."""
        try:
            connection = self.readers.get_nowait()
        except queue.Empty:
            connection = connect(self.path)
            connection.execute("PRAGMA query_only = ON")
        try:
            connection.execute("BEGIN")
            yield connection
        finally:
            connection.execute("ROLLBACK")
            self.readers.put(connection)

    def close(self) -> None:
        """Close every connection; SQLite folds the write-ahead log into the file."""
        while not self.readers.empty():
            self.readers.get_nowait().close()
        with self.lock:
            self.writer.close()


def is_disk_error(error: sqlite3.Error) -> bool:
    """Whether the disk, not the statement, is at fault."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and (code & 0xFF) in DISK_ERRORS
