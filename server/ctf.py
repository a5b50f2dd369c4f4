"""The CTF of micrographs, imported from a file and kept with the project: read once, replaced where a file says more.

It reads no file: `server.imports` plans what comes in.
"""

import threading
from collections.abc import Mapping
from dataclasses import astuple, fields

from topazcore.formats.ctf import Ctf

from .database import Database

COLUMNS = ", ".join(field.name for field in fields(Ctf))


class CtfStore:
    """The estimates of a project, by micrograph."""

    def __init__(self, database: Database):
        self.database = database
        self.lock = threading.Lock()
        with database.reading() as connection:
            rows = connection.execute(f"SELECT micrograph, {COLUMNS} FROM ctf")
            self.known: dict[int, Ctf] = {number: Ctf(*values) for number, *values in rows}

    def all(self) -> Mapping[int, Ctf]:
        """The estimate of each micrograph that has one; never changed, only replaced."""
        return self.known

    def keep(self, found: Mapping[int, Ctf]) -> None:
        """Keep estimates in place of earlier ones of the same micrographs; on the disk when this returns."""
        with self.lock:
            with self.database.writing() as connection:
                connection.executemany(
                    "INSERT OR REPLACE INTO ctf VALUES (?, ?, ?, ?, ?, ?)",
                    [(number, *astuple(ctf)) for number, ctf in found.items()],
                )
            self.known = {**self.known, **found}
