"""What the person wants of a running job, set from another thread at any time. It never imports torch."""

from dataclasses import dataclass


class Cancelled(Exception):
    """The person cancelled; nothing is kept."""


@dataclass
class Control:
    """What the person wants.

    Args:
        focus: id of the micrograph that is being looked at.
        finish: stop training, keep the model, pick everything.
        cancel: stop everything.
    """

    focus: int | None = None
    finish: bool = False
    cancel: bool = False

    def check(self) -> None:
        """Raises Cancelled when cancelled."""
        if self.cancel:
            raise Cancelled
