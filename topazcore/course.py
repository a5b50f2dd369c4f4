"""The course of one training: what happens after each step, and what is left at the end.

After each step, in this order: the step is told, the model shown live, its state compared with the best so far,
everything kept for a fresh process to go on from, and a pause taken where one is wanted. None of it changes what
the next step does. It never reads or writes a file: where things are kept is the caller's business.
"""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Protocol

from topazcore.checkpoint import Model
from topazcore.control import Control, Emit
from topazcore.errors import TrainingError
from topazcore.selection import Selection
from topazcore.snapshot import Snapshot
from topazcore.training import StepReport, Trainer, train

# The page draws no faster.
_STEP_EVENTS_PER_SECOND = 5
_KEPT_EVERY_SECONDS = 10.0

# Keeps what the parts of a training remember, by their names.
Keep = Callable[[dict[str, Snapshot]], None]


class Live(Protocol):
    """Looks at the model while it trains; called after every step."""

    def __call__(self, model: Model, report: StepReport) -> None: ...


@dataclass(frozen=True)
class Onlookers:
    """Who takes part in a training.

    Args:
        emit: takes the events.
        control: what the person wants.
        live: shows the model, or None.
        keep: takes checkpoints, or None.
    """

    emit: Emit
    control: Control
    live: Live | None = None
    keep: Keep | None = None


class Course:
    """One training from its first step, or from a checkpoint, to the state that is kept.

    Args:
        trainer: of the model's classifier.
        selection: decides which state is kept.
    """

    def __init__(self, model: Model, trainer: Trainer, selection: Selection, onlookers: Onlookers):
        self._model, self._trainer, self._selection = model, trainer, selection
        self._emit, self._control = onlookers.emit, onlookers.control
        self._live, self._keep = onlookers.live, onlookers.keep
        self._told_at, self._kept_at = 0.0, time.monotonic()
        self._is_over = False

    def restore(self, parts: dict[str, Snapshot]) -> None:
        """Go on from what was kept.

        Raises:
            KeyError, TypeError, ValueError, RuntimeError: it is not of this training.
        """
        self._trainer.restore(parts["trainer"])
        self._selection.restore(parts["selection"])
        self._is_over = bool(parts["course"].facts["is_over"])

    def run(self) -> TrainingError | None:
        """Train to the end and put the best state back; what ended it early, if anything went wrong.

        Raises:
            TrainingError: the first step went wrong already.
            Cancelled: the person cancelled.
        """
        error = None if self._is_over else self._train()
        self._control.check()
        self._check(self._trainer.report, is_last=True)
        if error is None:
            self._is_over = True
            self._keep_now()
        self._selection.put_back(self._model)
        self._model.classifier.eval()
        return error

    def _train(self) -> TrainingError | None:
        """An error after the first step leaves the last good weights, so there is a model all the same."""
        try:
            train(self._trainer, self._model.settings.max_seconds, self._after)
        except TrainingError as error:
            if not self._trainer.done:
                raise
            return error
        return None

    def _after(self, report: StepReport) -> bool:
        """What happens after a step; whether to go on."""
        self._tell(report)
        if self._is_wanted() and self._live:
            self._live(self._model, report)
        if not self._control.cancel:
            self._check(report)
        self._keep_now_and_then()
        self._rest(report)
        return self._is_wanted()

    def _is_wanted(self) -> bool:
        patience = self._model.settings.patience
        is_exhausted = patience is not None and self._selection.checks_since >= patience
        return not (self._control.cancel or self._control.finish or is_exhausted)

    def _tell(self, report: StepReport) -> None:
        now, control = time.monotonic(), self._control
        due = now >= self._told_at + 1 / _STEP_EVENTS_PER_SECOND
        if due or report.step == report.steps or control.pause or not self._is_wanted():
            self._told_at = now
            self._emit("step", **_step_facts(report))

    def _check(self, report: StepReport, is_last: bool = False) -> None:
        facts = self._selection.look(self._model, report, is_last)
        if facts:
            self._emit("held_out", **facts)

    def _keep_now_and_then(self) -> None:
        if self._control.pause or time.monotonic() >= self._kept_at + _KEPT_EVERY_SECONDS:
            self._keep_now()

    def _keep_now(self) -> None:
        if self._keep and not self._control.cancel:
            course = Snapshot({"is_over": self._is_over})
            self._keep(
                {
                    "course": course,
                    "trainer": self._trainer.snapshot(),
                    "selection": self._selection.snapshot(),
                }
            )
            self._kept_at = time.monotonic()

    def _rest(self, report: StepReport) -> None:
        self._trainer.leave_out(self._control.rest_if_asked(self._emit, report.step))


def _step_facts(report: StepReport) -> dict[str, object]:
    per_second = report.step / max(report.seconds, 1e-6)
    return {
        **asdict(report),
        "seconds_left": (report.steps - report.step) / per_second,
        "steps_per_second": per_second,
    }
