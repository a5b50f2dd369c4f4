"""What the person wants of a running job, set from another thread at any time. It never imports torch."""

import threading
import time
from dataclasses import dataclass, field
from typing import Protocol


class Emit(Protocol):
    """Takes one event with its fields."""

    def __call__(self, event: str, **fields: object) -> None: ...


class Cancelled(Exception):
    """The person cancelled; nothing is kept."""


@dataclass
class Control:
    """What the person wants.

    Args:
        focus: id of the micrograph that is being looked at.
        finish: stop training, keep the model, pick everything.
        cancel: stop everything.
        pause: rest where it is, until `resume`, `finish` or `cancel` is asked for.
    """

    focus: int | None = None
    finish: bool = False
    cancel: bool = False
    pause: bool = False
    _changed: threading.Condition = field(default_factory=threading.Condition, repr=False, compare=False)

    def ask(self, wish: str) -> None:
        """Note a wish and wake who rests; finish and cancel end a pause.

        Args:
            wish: "pause", "resume", "finish" or "cancel".

        Raises:
            ValueError: any other.
        """
        if wish not in ("pause", "resume", "finish", "cancel"):
            raise ValueError(wish)
        with self._changed:
            if wish != "resume":
                setattr(self, wish, True)
            self.pause = wish == "pause"
            self._changed.notify_all()

    def check(self) -> None:
        """Raises Cancelled when cancelled."""
        if self.cancel:
            raise Cancelled

    def rest_if_asked(self, emit: Emit, step: int) -> float:
        """Rest, without work for the processor, while a pause is wanted; `emit` is told of its begin and end.

        Returns:
            The seconds that it took.
        """
        if not self.pause:
            return 0.0
        emit("paused", step=step)
        began = time.monotonic()
        with self._changed:
            self._changed.wait_for(lambda: not self.pause)
        emit("resumed", step=step)
        return time.monotonic() - began
