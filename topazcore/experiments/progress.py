"""How far an experiment is, on standard error: trials done and the time left."""

import sys
import time
from typing import TextIO

# A terminal's line is rewritten; a file or pipe gets a line now and then.
_SECONDS_BETWEEN_LINES = 30.0


class Progress:
    """Tells about one experiment.

    Args:
        name: of the experiment.
        stream: where to write; standard error if not given.
    """

    def __init__(self, name: str, stream: TextIO | None = None):
        self._name, self._stream = name, stream or sys.stderr
        self._total = self._done = self._kept = 0
        self._began = self._next_line = 0.0

    def say(self, doing: str) -> None:
        """Something that happens before the first trial."""
        print(f"{self._name}: {doing}", file=self._stream)

    def begin(self, total: int, kept: int) -> None:
        """`kept` of `total` trials are known from an earlier run."""
        self._total, self._done, self._kept = total, kept, kept
        self._began = time.monotonic()
        self.say(f"{total} trials" + (f", {kept} of them finished before" if kept else ""))

    def advance(self) -> None:
        """One more trial is finished."""
        self._done += 1
        now = time.monotonic()
        is_last = self._done == self._total
        if self._stream.isatty():
            self._stream.write(f"\r{self._line(now)}  {chr(10) if is_last else ''}")
            self._stream.flush()
        elif now >= self._next_line or is_last:
            self._next_line = now + _SECONDS_BETWEEN_LINES
            print(self._line(now), file=self._stream)

    def _line(self, now: float) -> str:
        each = (now - self._began) / (self._done - self._kept)
        left = each * (self._total - self._done)
        return f"{self._name}: {self._done} of {self._total}, {duration(left)} left"


def duration(seconds: float) -> str:
    """ "8 s", "3 min 20 s", "1 h 5 min"."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
