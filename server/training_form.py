"""The Advanced part of the Train form as one table: which settings people need, under which heading and name.

Kind, range, default and help are those of `topazcore.config.TrainingSettings`; here stand only the words of the page.
"""

import dataclasses
from dataclasses import dataclass

from topazcore.config import TrainingSettings
from topazcore.errors import SettingsError

from .errors import echo

# The one setting of a job that is none of the training: whether it starts from the last model.
WARM_START = "warm_start"


@dataclass(frozen=True)
class Row:
    """One setting as the page names it; `unset` is shown where its default is none."""

    name: str
    label: str
    unit: str = ""
    unset: str = ""
    words: tuple[tuple[str, str], ...] = ()


GROUPS = {
    "Particle": (
        Row("downsample", "Downsampling", "×", "derived"),
        Row("positive_radius_ds", "Positive radius", "px", "derived"),
        Row("pi", "Class prior π", "", "derived"),
        Row("normalisation", "Normalisation"),
    ),
    "Network": (
        Row("classifier", "Classifier"),
        Row("units", "Units"),
        Row("dropout", "Dropout"),
        Row("reconstruction", "Reconstruction γ"),
    ),
    "Objective": (
        Row("objective", "Objective", words=(("ge-binomial", "GE-binomial"), ("ge-kl", "GE-KL"),
                                             ("pu", "PU, non-negative"), ("pn", "PN"))),
        Row("slack", "Slack", "", "derived"),
    ),
    "Training": (
        Row("sampling", "Sampling"),
        Row("patches_per_step", "Patches per step"),
        Row("held_out", "Held-out micrographs"),
        Row("schedule", "Schedule"),
        Row("learning_rate", "Learning rate"),
        Row("weight_decay", "Weight decay"),
        Row("max_steps", "Steps", "", "derived"),
        Row("patience", "Patience", "", "never"),
        Row("max_seconds", "Time limit", "s"),
        Row("seed", "Seed"),
        Row("device", "Device", words=(("cpu", "CPU"), ("cuda", "CUDA"), ("mps", "MPS"))),
    ),
    "Picks": (
        Row("min_distance_angstrom", "Least distance", "Å", "derived"),
        Row("edge_margin_angstrom", "Edge margin", "Å"),
        Row("exclusion_margin_angstrom", "Exclusion margin", "Å"),
    ),
}  # fmt: skip
KINDS = {int: "whole", float: "number", str: "choice"}


def table() -> list[dict]:
    """The rows as docs/api.md has them, in the order in which the page shows them."""
    fields = {row.name: row for row in dataclasses.fields(TrainingSettings)}
    return [
        {"group": group, **described(row, fields[row.name])} for group, rows in GROUPS.items() for row in rows
    ]


def described(row: Row, field: dataclasses.Field) -> dict:
    """One row with what the settings themselves say of it."""
    about, words = field.metadata, dict(row.words)
    return {
        "name": row.name,
        "label": row.label,
        "unit": row.unit,
        "kind": KINDS[about["kind"]],
        "low": about.get("low"),
        "high": about.get("high"),
        "choices": [{"value": name, "label": words.get(name, name)} for name in about.get("names", ())],
        "default": field.default,
        "unset": row.unset,
        "help": about["help"],
    }


def split(given: dict) -> tuple[dict, bool | None]:
    """Settings of the training, and whether it shall start from the last model; None if that is not said.

    Raises:
        SettingsError: it is neither true nor false.
    """
    settings = dict(given)
    is_warm = settings.pop(WARM_START, None)
    if not isinstance(is_warm, bool | None):
        raise SettingsError(f"{WARM_START} {echo(is_warm)}", "true or false")
    return settings, is_warm


def check(given: dict) -> None:
    """Refuse settings that no training takes.

    Raises:
        SettingsError: an unknown name, or a value out of its range.
    """
    settings, _ = split(given)
    TrainingSettings.from_dict(settings)
