"""What follows from the settings, the headers and the labels: scales, class prior, whether training could start.

Shown beside what the user typed, and the same when a job starts.
"""

from collections import Counter
from dataclasses import dataclass

from topazcore.errors import PeridotError, SettingsError

from .project import Project
from .store import Store


@dataclass(frozen=True)
class Facts:
    """`derived` as in docs/api.md, or None; `error` is why training could not start, or None."""

    pixel_size_angstrom: float | None
    derived: dict | None
    error: PeridotError | None


def facts(project: Project, store: Store, settings: dict) -> Facts:
    """Everything that follows from the present settings and labels."""
    return Facts(None, None, None)


def downsample_factor(project: Project, settings: dict) -> int | None:
    return None
