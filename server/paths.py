"""The only place where a name becomes a path.

No request carries a path: micrographs and jobs are asked for by id. What is left to guard is what the index
stored: a file that has been swapped for a link, or a link that points elsewhere by now, is not followed.
"""

import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path

from topazcore.errors import MicrographError

from .errors import NotFoundError, StartError

STATE_FOLDER = ".peridot"
# Of jobs and of kept models.
MADE_ID = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True)
class StatePaths:
    """Where everything that Peridot keeps of one project lies."""

    root: Path

    @property
    def database(self) -> Path:
        return self.root / "peridot.sqlite"

    @property
    def backups(self) -> Path:
        return self.root / "backups"

    @property
    def lock(self) -> Path:
        return self.root / "lock"

    @property
    def token(self) -> Path:
        return self.root / "token"

    @property
    def thumbnails(self) -> Path:
        return self.root / "tiles"

    @property
    def cache(self) -> Path:
        return self.root / "cache"

    @property
    def jobs(self) -> Path:
        return self.root / "jobs"

    def job(self, job_id: str) -> Path:
        """The folder of one job; the id has been made here or is refused."""
        if not MADE_ID.fullmatch(job_id):
            raise NotFoundError("no such job", "the id of a job of this project")
        return self.jobs / job_id

    @property
    def models(self) -> Path:
        return self.root / "models"

    def model(self, model_id: str) -> Path:
        """The weights of one kept model; the id has been made here or is refused."""
        if not MADE_ID.fullmatch(model_id):
            raise NotFoundError("no such model", "the id of a model of this project's library")
        return self.models / f"{model_id}.safetensors"


def project_folder(folder: Path) -> Path:
    """The project's real folder.

    Raises:
        StartError: there is no such folder.
    """
    resolved = Path(os.path.realpath(folder))
    if not resolved.is_dir():
        raise StartError(f"no folder {folder}", "a folder with micrographs", "check the spelling of the path")
    return resolved


def make_state(folder: Path, state: Path | None) -> StatePaths:
    """Make the state folder, readable by its owner alone.

    Raises:
        StartError: it cannot be made or written to.
    """
    root = Path(os.path.realpath(state)) if state else folder / STATE_FOLDER
    paths = StatePaths(root)
    try:
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        for part in (paths.backups, paths.thumbnails, paths.jobs, paths.models):
            part.mkdir(mode=0o700, exist_ok=True)
        probe = root / f".writable-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise StartError(f"cannot write to {root} ({error.strerror})", "a folder to keep labels in",
                         "choose another one with --state DIR") from error  # fmt: skip
    return paths


def relative_name(path: Path, folder: Path) -> str:
    """A path as it is shown: relative to the project, with forward slashes."""
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.name


def real_target(path: Path) -> Path:
    """Where a file of the listing really lies, links followed once and for all."""
    return Path(os.path.realpath(path))


def is_own_file(target: Path) -> bool:
    """Whether a file of the state folder is a regular file in its own place, not a link to somewhere else."""
    try:
        return stat.S_ISREG(os.lstat(target).st_mode) and real_target(target) == target
    except OSError:
        return False


@dataclass(frozen=True)
class FileState:
    """What tells one content of a file from another without reading it."""

    size: int
    modified_ns: int


def file_state(target: Path) -> FileState:
    """The state of a regular file at its real place.

    Raises:
        MicrographError: it is gone, is no regular file any more, or now lies behind a link.
    """
    try:
        status = os.lstat(target)
    except OSError as error:
        raise MicrographError(f"the file of this micrograph is gone ({error.strerror})", "the file as indexed",
                              "put it back, or press Re-scan") from error  # fmt: skip
    if not stat.S_ISREG(status.st_mode) or real_target(target) != target:
        raise MicrographError("the file of this micrograph has been replaced by a link", "the file as indexed",
                              "press Re-scan if this is meant")  # fmt: skip
    return FileState(status.st_size, status.st_mtime_ns)


class Resolver:
    """Where the files of a listing really lie, and their states. Each folder is resolved once: good for one scan."""

    def __init__(self):
        self.folders: dict[Path, Path] = {}

    def look_at(self, path: Path) -> tuple[Path, FileState]:
        """The real place of one file, links followed, and the file's state.

        Raises:
            MicrographError: as `file_state`.
        """
        status = self.plain_file(path)
        if status is None:
            target = real_target(path)
            return target, file_state(target)
        folder = self.folders.get(path.parent)
        if folder is None:
            folder = self.folders[path.parent] = real_target(path.parent)
        return folder / path.name, FileState(status.st_size, status.st_mtime_ns)

    def plain_file(self, path: Path) -> os.stat_result | None:
        """The state of a regular file that is no link; None for everything else."""
        try:
            status = os.lstat(path)
        except OSError:
            return None
        return status if stat.S_ISREG(status.st_mode) else None
