"""Which state of a training is kept, and when it stops early.

The state that ranks the sites of held-out micrographs best is kept. Checks are made at steps that follow from the
length of the schedule, never from the clock, so that the result does not depend on how fast a machine is. With no
micrograph held out the last state is kept; then the training objective tells when nothing improves any more.
"""

import math
from collections.abc import Mapping
from typing import Protocol

from topazcore.best_state import BestState
from topazcore.checkpoint import Model
from topazcore.heldout import HeldOut
from topazcore.snapshot import Snapshot
from topazcore.training import StepReport

# Checks begin after a third of the schedule, when there is something to compare, and are about six.
_FIRST_AT, _CHECKS_PER_SCHEDULE, _SHORTEST_INTERVAL = 1 / 3, 8, 5
# Scoring may take this share of the training's work; a pixel is worked on thrice to be learned from.
_LARGEST_SHARE, _WORK_OF_LEARNING = 0.2, 3
# With n labels, average precisions nearer than this share over sqrt(n) are a tie.
_TIE_OF_ONE_LABEL = 0.5
# How much of the smoothed objective is the newest step's.
_NEWEST = 0.1

Facts = Mapping[str, object]


class Selection(Protocol):
    """Looks at the model after every step.

    Attributes:
        best_step: the step whose state is kept, of those seen so far.
        checks_since: how many checks in a row found nothing better.
    """

    best_step: int
    checks_since: int

    def look(self, model: Model, report: StepReport, is_last: bool = False) -> Facts | None:
        """Check the model where that is due or it `is_last`; what was found out on held-out micrographs."""

    def put_back(self, model: Model) -> None:
        """Give the model the state that is kept."""

    def describe(self, model: Model) -> Facts | None:
        """What a person gets from that state and its final threshold, on the held-out micrographs if there are any."""

    def snapshot(self) -> Snapshot:
        """All that it remembers."""

    def restore(self, snapshot: Snapshot) -> None:
        """Go on from that; its tensors are on the device of the model."""


class BestOnHeldOut:
    """Keeps the state that ranks sites of held-out micrographs best; see `Selection`.

    Args:
        steps: of the schedule.
        pixels_per_step: that the network learns from in one step.
    """

    def __init__(self, held_out: HeldOut, steps: int, pixels_per_step: int):
        cost_in_steps = held_out.pixels / (_WORK_OF_LEARNING * pixels_per_step)
        self._held_out, self._steps = held_out, steps
        self._interval = interval_of(steps, cost_in_steps)
        self._best = BestState()
        self._checked = 0

    @property
    def best_step(self) -> int:
        return self._best.step

    @property
    def checks_since(self) -> int:
        return self._best.checks_since

    def look(self, model: Model, report: StepReport, is_last: bool = False) -> Facts | None:
        due = is_last or is_due(report.step, self._steps, self._interval)
        if not due or self._checked == report.step:
            return None
        self._checked = report.step
        score = self._held_out.score(model)
        tie = _TIE_OF_ONE_LABEL / math.sqrt(score.labels)
        is_best = self._best.offer(model.classifier, report.step, score.average_precision, tie)
        return {"step": report.step, **score.as_dict(), "best": is_best, "best_step": self._best.step}

    def put_back(self, model: Model) -> None:
        self._best.put_back(model.classifier)

    def describe(self, model: Model) -> Facts | None:
        score = self._held_out.score(model, is_final=True)
        return {"step": self._best.step, **score.as_dict(), "best": True, "best_step": self._best.step}

    def snapshot(self) -> Snapshot:
        best = self._best.snapshot()
        return Snapshot({"best": best.facts, "checked": self._checked}, best.tensors)

    def restore(self, snapshot: Snapshot) -> None:
        self._best.restore(Snapshot(snapshot.facts["best"], snapshot.tensors))
        self._checked = snapshot.facts["checked"]


class LastState:
    """Keeps the last state; the objective, smoothed over some ten steps, tells what is better. See `Selection`."""

    _REMEMBERED = ("best_step", "checks_since", "_smoothed", "_lowest")

    def __init__(self, steps: int):
        self._steps, self._interval = steps, interval_of(steps)
        self.best_step, self.checks_since = 0, 0
        self._smoothed = self._lowest = math.inf

    def look(self, model: Model, report: StepReport, is_last: bool = False) -> Facts | None:
        self.best_step = report.step
        is_first = math.isinf(self._smoothed)
        self._smoothed = (
            report.loss if is_first else self._smoothed + _NEWEST * (report.loss - self._smoothed)
        )
        if is_due(report.step, self._steps, self._interval):
            self.checks_since = 0 if self._smoothed < self._lowest else self.checks_since + 1
            self._lowest = min(self._lowest, self._smoothed)
        return None

    def put_back(self, model: Model) -> None:
        """It is there already."""

    def describe(self, model: Model) -> Facts | None:
        return None

    def snapshot(self) -> Snapshot:
        values = {name: getattr(self, name) for name in self._REMEMBERED}
        # JSON has no infinity.
        return Snapshot({name: value if math.isfinite(value) else None for name, value in values.items()})

    def restore(self, snapshot: Snapshot) -> None:
        for name in self._REMEMBERED:
            value = snapshot.facts[name]
            setattr(self, name, math.inf if value is None else value)


def interval_of(steps: int, cost_in_steps: float = 0.0) -> int:
    """Steps between two checks of which each costs as much as some steps."""
    return max(_SHORTEST_INTERVAL, steps // _CHECKS_PER_SCHEDULE, math.ceil(cost_in_steps / _LARGEST_SHARE))


def is_due(step: int, steps: int, interval: int) -> bool:
    """Whether a check follows a step: every `interval` steps counted back from the last, after a third of them."""
    return step >= _FIRST_AT * steps and (steps - step) % interval == 0
