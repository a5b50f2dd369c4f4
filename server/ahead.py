"""Has the waiting worker prepare what the next training will read: labeled micrographs, and the one that is open.

Asked for after each change, decided once when changes rest for a moment. It only ever helps: whatever goes wrong
here, the job does for itself.
"""

import logging
import sqlite3
import threading

from topazcore.config import matching_downsample
from topazcore.errors import PeridotError

from . import derived
from .jobs import Jobs
from .project import Project
from .store import Store

log = logging.getLogger("peridot")

REST_S = 0.7
# Far below what a worker takes for one command, and what a pipe holds for one that is not listening yet.
LONGEST_PATHS = 32_768

Wanted = list[tuple[str, float]]


class Ahead:
    """Decides what is prepared ahead."""

    def __init__(self, project: Project, store: Store, jobs: Jobs, rest_s: float = REST_S):
        self.project, self.store, self.jobs, self.rest_s = project, store, jobs, rest_s
        self.lock = threading.Lock()
        self.timer: threading.Timer | None = None
        self.opened: int | None = None
        self.stopped = False

    def ask(self, opened: int | None = None) -> None:
        """Labels or settings have changed, or a micrograph was opened."""
        with self.lock:
            if self.stopped:
                return
            self.opened = self.opened if opened is None else opened
            if self.timer:
                self.timer.cancel()
            self.timer = threading.Timer(self.rest_s, self.send)
            self.timer.daemon = True
            self.timer.start()

    def stop(self) -> None:
        """Ask for nothing any more."""
        with self.lock:
            self.stopped = True
            if self.timer:
                self.timer.cancel()

    def send(self) -> None:
        """Tell the waiting worker, if there is one."""
        try:
            wanted = self.wanted()
        except (PeridotError, sqlite3.Error) as error:
            log.info("nothing is prepared ahead: %s", error)
            return
        if wanted:
            self.jobs.prepare(wanted)

    def wanted(self) -> Wanted:
        """Paths and factors: the open micrograph first, then the labeled ones; nothing while the scales are unknown."""
        _, settings = self.store.settings()
        scales = derived.scales_of(self.project, settings)
        pixel_size = derived.pixel_size_angstrom(self.project, settings)
        # As a training does it, to the last bit of the factor.
        factor = matching_downsample(pixel_size, scales.pixel_size_ds_angstrom)
        labeled = self.store.counts()
        chosen = [each for each in self.project.micrographs() if each.id in labeled or each.id == self.opened]
        chosen.sort(key=lambda each: each.id != self.opened)
        return bounded([(str(each.target), factor) for each in chosen if not each.missing])


def bounded(wanted: Wanted) -> Wanted:
    """The first of them, as many as one command holds; the rest is prepared when it is needed."""
    room = LONGEST_PATHS
    for count, (path, _) in enumerate(wanted):
        room -= len(ascii(path)) + 32
        if room < 0:
            return wanted[:count]
    return wanted
