"""Picks while the model is still training, on the micrograph that the person is looking at.

It takes a bounded share of the training's time, and reads micrographs in the background. It never
changes the model or a random number, so a training with it ends at the same weights as one without.
"""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from topazcore.cache import reader
from topazcore.checkpoint import Model
from topazcore.control import Control
from topazcore.errors import PeridotError
from topazcore.job import Job
from topazcore.picking import Picks, Prepared, prepare_listed
from topazcore.preview import preview
from topazcore.training import StepReport

FIRST_AFTER_SECONDS, EVERY_SECONDS = 1.5, 2.0
SHARE_OF_TIME = 0.15

Publish = Callable[[int, Picks, int], None]


class LiveView:
    """Called after every step; from time to time it picks the focused micrograph and publishes the picks.

    Args:
        publish: told the micrograph's id, its picks, and the step.
    """

    def __init__(self, job: Job, control: Control, publish: Publish):
        self._micrographs = {micrograph.id: micrograph for micrograph in job.micrographs}
        self._control, self._publish, self._read = control, publish, reader(job.cache)
        self._due = FIRST_AFTER_SECONDS
        self._background = ThreadPoolExecutor(max_workers=1, thread_name_prefix="focus")
        self._reading: tuple[int, Future] | None = None

    def __call__(self, model: Model, report: StepReport) -> None:
        prepared = self._focused(model)
        if prepared is None or report.seconds < self._due:
            return
        began = time.monotonic()
        focus, image = prepared
        self._publish(focus, preview(model, image), report.step)
        cost = time.monotonic() - began
        self._due = report.seconds + cost + max(EVERY_SECONDS, cost / SHARE_OF_TIME)

    def close(self) -> None:
        """End the background thread."""
        self._background.shutdown(cancel_futures=True)

    def _focused(self, model: Model) -> tuple[int, Prepared] | None:
        """The focused micrograph once it is read; None while it is not, or cannot be."""
        focus = self._control.focus
        if focus not in self._micrographs:
            return None
        if self._reading is None or self._reading[0] != focus:
            micrograph = self._micrographs[focus]
            self._reading = (
                focus,
                self._background.submit(prepare_listed, model, micrograph, self._read),
            )
        future = self._reading[1]
        # One that cannot be read is reported when its turn comes at the end.
        if not future.done() or isinstance(future.exception(), PeridotError):
            return None
        return focus, future.result()
