"""The events of one job on disk: numbered, one JSON object per line, appended and never changed.

The line of the last event is forced to the disk. A line that a crash cut off is dropped when the log is
opened again, and its number is given anew.
"""

import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path

from .answers import compact

NAME = "events.jsonl"
MOST_AT_ONCE = 5000


def read_events(path: Path, after: int = 0) -> Iterator[dict]:
    """The events whose `seq` is above `after`, in order; a line that is no event ends the log."""
    if not path.exists():
        return
    with path.open("rb") as file:
        for line in file:
            event = parse(line)
            if event is None:
                return
            if event["seq"] > after:
                yield event


def parse(line: bytes) -> dict | None:
    """One line of a log, or None for one that was cut off."""
    if not line.endswith(b"\n"):
        return None
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) and isinstance(event.get("seq"), int) else None


class EventLog:
    """The log of one job, open for appending."""

    def __init__(self, folder: Path):
        self.path = folder / NAME
        self.lock = threading.Lock()
        kept = list(read_events(self.path))
        self.last_seq = kept[-1]["seq"] if kept else 0
        self.last_event = kept[-1]["event"] if kept else None
        self.cut_off_torn_line(sum(1 for _ in kept))
        self.file = self.path.open("ab")

    def cut_off_torn_line(self, whole_lines: int) -> None:
        """Leave the whole lines only."""
        if not self.path.exists():
            return
        with self.path.open("rb+") as file:
            for _ in range(whole_lines):
                file.readline()
            file.truncate(file.tell())

    def append(self, event: dict, *, durable: bool = False) -> dict:
        """Number an event and write it; returns it with its `seq`.

        Raises:
            OSError: the disk did not take it.
        """
        with self.lock:
            numbered = {"seq": self.last_seq + 1, **{k: v for k, v in event.items() if k != "seq"}}
            self.file.write(compact(numbered).encode() + b"\n")
            self.file.flush()
            if durable:
                os.fsync(self.file.fileno())
            self.last_seq, self.last_event = numbered["seq"], numbered["event"]
            return numbered

    def close(self) -> None:
        """Nothing is appended any more."""
        self.file.close()
