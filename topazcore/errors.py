"""Errors that a person can act on.

Every error that leaves topazcore says what was found, what was expected and what to do. It never
carries a traceback or a path that the caller did not give.
"""


class PeridotError(Exception):
    """Something a person can mend.

    Args:
        found: what was there, with its value: "pixel size -1 Å".
        expected: what should have been there: "a number between 0.1 and 100 Å".
        action: what to do now: "type the pixel size in the Label panel".
    """

    code = "error"

    def __init__(self, found: str, expected: str = "", action: str = ""):
        self.found, self.expected, self.action = found, expected, action
        super().__init__(found, expected, action)

    def __str__(self) -> str:
        parts = [self.found, self.expected and f"expected {self.expected}", self.action]
        return "; ".join(part for part in parts if part)

    def as_dict(self) -> dict[str, str]:
        """The one error shape, as it goes over HTTP and into event logs."""
        return {"code": self.code, "found": self.found, "expected": self.expected, "action": self.action}


class MicrographError(PeridotError):
    """A file that cannot be opened as one 2-D image."""

    code = "bad_micrograph"


class CoordinateError(PeridotError):
    """A coordinate file that cannot be read or written as asked."""

    code = "bad_coordinates"


class SettingsError(PeridotError):
    """A setting outside its range, or a combination that makes no sense."""

    code = "bad_settings"


class ModelError(PeridotError):
    """A model file that cannot be used."""

    code = "bad_model"


class TrainingError(PeridotError):
    """Training that cannot start or go on."""

    code = "training_failed"
