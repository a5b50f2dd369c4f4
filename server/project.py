"""A folder of micrographs with its state: which files there are, which were refused, how large a pixel is.

Indexing reads headers only, and only of files that are new or have changed. Nothing in the folder outside the
state folder is ever written.
"""

import hashlib
import json
import logging
import threading
from collections import Counter
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from topazcore.errors import MicrographError
from topazcore.micrograph import find_micrographs, micrograph_names, read_header

from . import paths
from .database import Database
from .errors import NotFoundError

log = logging.getLogger("peridot")

# Part of every revision: raise it when tiles of the same file come out differently.
RENDERING = 1


@dataclass(frozen=True)
class Micrograph:
    """One micrograph as indexed. `path` is relative to the project, `target` where the file really lies."""

    id: int
    path: str
    name: str
    target: Path
    size: int
    modified_ns: int
    height: int
    width: int
    mode: str
    pixel_size_angstrom: float | None
    warnings: tuple[str, ...]
    missing: bool = False
    complete: bool = False
    empty: bool = False
    looked_at: bool = False

    def is_all_told(self, labels: int) -> bool:
        """Whether all of its particles are known, given its number of positive labels.

        A label speaks louder than `empty`: with one there is a particle, and who said "none" did not see it.
        """
        return self.complete or (self.empty and not labels)

    @cached_property
    def revision(self) -> str:
        """Changes whenever the file does."""
        text = f"{RENDERING}:{self.target}:{self.size}:{self.modified_ns}"
        return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:16]

    def check(self) -> None:
        """Raise MicrographError unless the file is the one that was indexed."""
        if paths.file_state(self.target) != paths.FileState(self.size, self.modified_ns):
            raise MicrographError(f"the file of {self.name} has changed since it was indexed",
                                  "the file as indexed", "press Re-scan")  # fmt: skip


@dataclass(frozen=True)
class Refusal:
    """A file that cannot be used; `path` is relative to the project."""

    path: str
    error: MicrographError


class Project:
    """The index of one folder."""

    def __init__(self, folder: Path, database: Database):
        self.folder, self.database = folder, database
        self.lock = threading.Lock()
        self.refused: list[Refusal] = []
        self.by_id: dict[int, Micrograph] = {}
        self.usual_pixel_size_angstrom: float | None = None

    @property
    def name(self) -> str:
        return self.folder.name or str(self.folder)

    def micrographs(self) -> list[Micrograph]:
        """All micrographs in the order of the listing; those whose file vanished come last."""
        return list(self.by_id.values())

    def micrograph(self, micrograph_id: int) -> Micrograph:
        """One micrograph.

        Raises:
            NotFoundError: there is none of that id.
        """
        found = self.by_id.get(micrograph_id)
        if found is None:
            raise NotFoundError(f"no micrograph {micrograph_id}", "the id of a micrograph of this project")
        return found

    def mark(self, micrograph_id: int, complete: bool = False, empty: bool = False) -> Micrograph:
        """Say that every particle on a micrograph is labeled, or that there is none, or neither; on the disk when this
        returns.

        Raises:
            NotFoundError: there is none of that id.
        """
        with self.lock:
            marked = replace(self.micrograph(micrograph_id), complete=complete, empty=empty)
            with self.database.writing() as connection:
                change = "UPDATE micrograph SET complete = ?, empty = ? WHERE id = ?"
                connection.execute(change, (complete, empty, micrograph_id))
            self.by_id = {**self.by_id, micrograph_id: marked}
        return marked

    def read_marks(self) -> None:
        """Take the marks as the database has them: a snapshot that was restored has changed some."""
        with self.lock:
            with self.database.reading() as connection:
                rows = connection.execute("SELECT id, complete, empty FROM micrograph")
                marks = {row["id"]: (bool(row["complete"]), bool(row["empty"])) for row in rows}
            self.by_id = {
                number: each
                if marks[number] == (each.complete, each.empty)
                else replace(each, complete=marks[number][0], empty=marks[number][1])
                for number, each in self.by_id.items()
            }

    def mark_looked_at(self, micrograph_id: int) -> bool:
        """Somebody has looked at a micrograph; whether that is new, and then on the disk when this returns.

        Raises:
            NotFoundError: there is none of that id.
        """
        with self.lock:
            before = self.micrograph(micrograph_id)
            if before.looked_at:
                return False
            with self.database.writing() as connection:
                connection.execute("UPDATE micrograph SET looked_at = 1 WHERE id = ?", (micrograph_id,))
            self.by_id = {**self.by_id, micrograph_id: replace(before, looked_at=True)}
        return True

    def pixel_size_angstrom(self) -> float | None:
        """What most of the headers say, or None."""
        return self.usual_pixel_size_angstrom

    def scan(self) -> None:
        """Look for new, changed and vanished files."""
        with self.lock:
            files, left_out = find_micrographs(self.folder)
            names = micrograph_names(files, self.folder)
            known, resolver = {each.path: each for each in self.load()}, paths.Resolver()
            refused = [Refusal(self.relative(each.path), each.error) for each in left_out]
            seen, changed = [], []
            for file in files:
                try:
                    found = self.look_at(file, names[file], known, resolver)
                except MicrographError as error:
                    refused.append(Refusal(self.relative(file), error))
                    continue
                seen.append(found.path)
                if known.get(found.path) != found:
                    changed.append(found)
            gone = known.keys() - set(seen)
            vanished = [known[path].id for path in gone if not known[path].missing]
            self.save(changed, vanished)
            self.order(self.load() if changed or vanished else list(known.values()), seen)
            self.refused = refused
        log.info("%d micrographs, %d refused, %d gone", len(seen), len(refused), len(self.by_id) - len(seen))

    def relative(self, file: Path) -> str:
        return paths.relative_name(file, self.folder)

    def look_at(
        self, file: Path, name: str, known: dict[str, Micrograph], resolver: paths.Resolver
    ) -> Micrograph:
        """One file of the listing; its header is read only when the file is new or has changed."""
        path = self.relative(file)
        check_name(path)
        target, state = resolver.look_at(file)
        before = known.get(path)
        if before and (before.target, before.size, before.modified_ns) == (
            target,
            state.size,
            state.modified_ns,
        ):
            return replace(before, name=name, missing=False)
        header = read_header(target)
        return Micrograph(
            id=before.id if before else 0,
            path=path,
            name=name,
            target=target,
            size=state.size,
            modified_ns=state.modified_ns,
            height=header.height,
            width=header.width,
            mode=header.mode,
            pixel_size_angstrom=header.pixel_size_angstrom,
            warnings=header.warnings,
            complete=bool(before and before.complete),
            empty=bool(before and before.empty),
            looked_at=bool(before and before.looked_at),
        )

    def load(self) -> list[Micrograph]:
        """The micrographs as the database has them."""
        with self.database.reading() as connection:
            return [from_row(row) for row in connection.execute("SELECT * FROM micrograph")]

    def save(self, changed: list[Micrograph], vanished: list[int]) -> None:
        """Write the differences that a scan found; labels of a vanished file are kept."""
        if not changed and not vanished:
            return
        with self.database.writing() as connection:
            connection.executemany(UPSERT, [to_row(each) for each in changed])
            connection.executemany("UPDATE micrograph SET missing = 1 WHERE id = ?", [(i,) for i in vanished])

    def order(self, micrographs: list[Micrograph], seen: list[str]) -> None:
        """Take the micrographs into memory, in the order of the listing."""
        place = {path: index for index, path in enumerate(seen)}
        ordered = sorted(micrographs, key=lambda each: (place.get(each.path, len(seen)), each.path))
        self.by_id = {each.id: each for each in ordered}
        self.usual_pixel_size_angstrom = most_common_pixel_size(ordered)


UPSERT = """
INSERT INTO micrograph (path, name, target, size, modified_ns, height, width, mode, pixel_size_angstrom,
                        warnings, missing)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)
ON CONFLICT (path) DO UPDATE SET name = excluded.name, target = excluded.target, size = excluded.size,
    modified_ns = excluded.modified_ns, height = excluded.height, width = excluded.width, mode = excluded.mode,
    pixel_size_angstrom = excluded.pixel_size_angstrom, warnings = excluded.warnings, missing = 0
"""


def most_common_pixel_size(micrographs: list[Micrograph]) -> float | None:
    """What most of the headers say, Å per px; None where none says anything."""
    known = [each.pixel_size_angstrom for each in micrographs if each.pixel_size_angstrom]
    sizes = Counter(round(size, 4) for size in known)
    return sizes.most_common(1)[0][0] if sizes else None


def check_name(path: str) -> None:
    """Refuse names that are no text, which only some file systems allow."""
    if not path.isprintable():
        raise MicrographError(f"the file name {ascii(path)[:100]}", "a name of printable characters",
                              "rename the file")  # fmt: skip


def to_row(each: Micrograph) -> tuple:
    return (each.path, each.name, str(each.target), each.size, each.modified_ns, each.height, each.width,
            each.mode, each.pixel_size_angstrom, json.dumps(each.warnings))  # fmt: skip


def from_row(row) -> Micrograph:
    values = {name: row[name] for name in row.keys() if name != "label_revision"}  # noqa: SIM118
    values.update(
        target=Path(row["target"]),
        warnings=tuple(json.loads(row["warnings"])),
        missing=bool(row["missing"]),
        complete=bool(row["complete"]),
        empty=bool(row["empty"]),
        looked_at=bool(row["looked_at"]),
    )
    return Micrograph(**values)
