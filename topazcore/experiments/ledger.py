"""Finished trials, one JSON object a line: so that an interrupted experiment goes on where it was.

A trial is known by everything that its outcome depends on: what it asks for, what it is judged by, and the source of
the code that trains and scores. So outcomes of two versions of the code never mix. Lines are only ever appended; a
line that was cut short is none.
"""

import dataclasses
import hashlib
import json
import os
from functools import lru_cache
from pathlib import Path

import topazcore
from topazcore.experiments.experiment import Trial

_SOURCE = Path(topazcore.__file__).parent
# Of these no outcome depends on.
_OTHER_ROOMS = ("commands", "experiments", "formats")
_OF_THIS_ROOM = ("measures.py", "runs.py", "sets.py")


class Ledger:
    """The file of finished trials; made at the first one.

    Args:
        path: in a folder that exists.
    """

    def __init__(self, path: Path):
        self._path = path
        self._known = dict(_lines(path))

    def get(self, key: str) -> dict | None:
        """The values of a finished trial."""
        return self._known.get(key)

    def add(self, key: str, trial: Trial, values: dict) -> None:
        """Remember a finished trial: on disk when this returns.

        Raises:
            OSError: it could not be written.
        """
        self._known[key] = values
        line = json.dumps({"key": key, "trial": dataclasses.asdict(trial), "values": values})
        with self._path.open("a+b") as stream:
            stream.write(_end_of_torn_line(self._path) + line.encode() + b"\n")
            stream.flush()
            os.fsync(stream.fileno())


def key_of(trial: Trial, measure: str) -> str:
    """The name of a trial: equal for equal outcomes."""
    asked = json.dumps([measure, dataclasses.asdict(trial), code_fingerprint()], sort_keys=True)
    return hashlib.sha256(asked.encode()).hexdigest()[:24]


@lru_cache
def code_fingerprint() -> str:
    """A short hash of the source that outcomes depend on."""
    digest = hashlib.sha256()
    for path in sorted(_SOURCE.rglob("*.py")):
        place = path.relative_to(_SOURCE)
        if place.parts[0] not in _OTHER_ROOMS or (
            place.parts[0] == "experiments" and place.name in _OF_THIS_ROOM
        ):
            digest.update(place.as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def _lines(path: Path):
    """Key and values of each whole line."""
    if not path.exists():
        return
    for line in path.read_bytes().splitlines():
        try:
            entry = json.loads(line)
            yield entry["key"], entry["values"]
        except (ValueError, KeyError, TypeError):
            continue


def _end_of_torn_line(path: Path) -> bytes:
    data = path.read_bytes()[-1:]
    return b"" if data in (b"", b"\n") else b"\n"
