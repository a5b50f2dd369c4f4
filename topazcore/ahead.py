"""Prepares micrographs into the cache while a worker waits for its job, in a thread of its own.

It stops when the job comes: at most the micrograph under way is finished, beside the job and never in its way. What
cannot be read is left out here, and told when its turn comes in a job. It never imports torch.
"""

import threading
from collections import deque
from collections.abc import Iterable, Sequence
from contextlib import suppress

from topazcore.errors import PeridotError


class Ahead:
    """What is still to be prepared; the thread starts with the first wish."""

    def __init__(self):
        self._changed = threading.Condition()
        self._waiting: deque[tuple[str, str, float]] = deque()
        self._thread: threading.Thread | None = None
        self._is_stopped = False

    def want(self, cache: str, micrographs: Iterable[Sequence]) -> None:
        """Prepare these, paths and factors, in their order, in place of what was wanted before.

        Raises:
            TypeError, ValueError: they are no such thing.
        """
        wanted = deque((str(cache), str(path), float(factor)) for path, factor in micrographs)
        with self._changed:
            self._waiting = wanted
            self._changed.notify_all()
            if self._thread is None and not self._is_stopped:
                self._thread = threading.Thread(target=self._prepare, name="ahead", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """Begin no other micrograph."""
        with self._changed:
            self._is_stopped = True
            self._changed.notify_all()

    def _next(self) -> tuple[str, str, float] | None:
        """The next micrograph, when there is one; None when it is to stop."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._is_stopped)
            return None if self._is_stopped else self._waiting.popleft()

    def _prepare(self) -> None:
        from topazcore.cache import MicrographCache

        while wanted := self._next():
            cache, path, factor = wanted
            kept = MicrographCache(cache)
            # A micrograph too large for the memory is the job's to tell, too.
            with suppress(PeridotError, OSError, MemoryError):
                if not kept.holds(path, factor):
                    kept.read(path, factor)
