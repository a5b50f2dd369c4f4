"""The settings of a training as arguments of a command: the usual ones as flags, every other by --set NAME=VALUE.

Names, ranges and help are those of `config.TrainingSettings`; so are the errors.
"""

import argparse
import dataclasses

from topazcore.config import TrainingSettings
from topazcore.errors import SettingsError

_ROWS = {row.name: row for row in dataclasses.fields(TrainingSettings)}
# Those with a flag of their own.
_FLAGS = (
    "expected_particles",
    "pi",
    "objective",
    "classifier",
    "units",
    "dropout",
    "reconstruction",
    "normalisation",
    "sampling",
    "exclusion_margin_angstrom",
    "held_out",
    "seed",
    "max_seconds",
)
# How a value that is derived is asked for.
_DERIVED = "none"


def add_setting_arguments(parser: argparse.ArgumentParser) -> None:
    """The settings' flags, and --set."""
    parser.add_argument("--diameter-angstrom", required=True, metavar="D", help="of the particle, in Å")
    for name in _FLAGS:
        parser.add_argument(f"--{name.replace('_', '-')}", metavar="V", help=_help(_ROWS[name]))
    others = ", ".join(name for name in _ROWS if name not in (*_FLAGS, "diameter_angstrom"))
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help=f"any other setting, as often as needed: {others}",
    )


def settings_from(args: argparse.Namespace) -> TrainingSettings:
    """The settings that the arguments ask for.

    Raises:
        SettingsError: an unknown name, one given twice, or a value outside its range.
    """
    given = {name: getattr(args, name) for name in ("diameter_angstrom", *_FLAGS)}
    values = {name: parsed(name, text) for name, text in given.items() if text is not None}
    for assignment in args.set:
        name, text = split_assignment(assignment, "--set")
        if name in values:
            raise SettingsError(f"{name} twice", "one value for each setting")
        values[name] = parsed(name, text)
    return TrainingSettings.from_dict(values)


def split_assignment(text: str, flag: str) -> tuple[str, str]:
    """The two sides of NAME=VALUE.

    Raises:
        SettingsError: it has no such form.
    """
    name, sign, value = (part.strip() for part in text.partition("="))
    if not (name and sign and value):
        raise SettingsError(f"{flag} {text}", "NAME=VALUE")
    return name.replace("-", "_"), value


def parsed(name: str, text: str) -> object:
    """A value as the setting's kind; what cannot be one stays as it is, for the settings to refuse.

    Raises:
        SettingsError: there is no setting of this name.
    """
    if name not in _ROWS:
        raise SettingsError(f"setting {name!r}", f"one of {', '.join(_ROWS)}")
    row = _ROWS[name]
    if row.default is None and text == _DERIVED:
        return None
    if row.metadata["kind"] is str:
        return text
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _help(row: dataclasses.Field) -> str:
    """The row's help, its choices and its default, for argparse, which wants % doubled."""
    text = row.metadata["help"]
    if "names" in row.metadata:
        text += f": {', '.join(row.metadata['names'])}"
    if row.default is not None:
        text += (
            f" (default {row.default:g})" if row.metadata["kind"] is float else f" (default {row.default})"
        )
    return text.replace("%", "%%")
