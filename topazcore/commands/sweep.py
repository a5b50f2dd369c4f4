"""`run.py sweep`: settings of a training compared by cross-validation, as a table and as JSON."""

import argparse
import json
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from topazcore.commands.output import check_folder, writing
from topazcore.commands.progress import progress_line
from topazcore.commands.training_job import add_training_arguments, job_from
from topazcore.commands.training_settings import parsed, split_assignment
from topazcore.errors import PeridotError, SettingsError
from topazcore.files import replace_file
from topazcore.job import Job, JobMicrograph
from topazcore.processor import let_idle_threads_sleep

if TYPE_CHECKING:
    from topazcore.crossvalidation import Fold, Trial

HELP = "compare settings of a training by cross-validation over whole labeled micrographs"
_HEADINGS = {
    "site_average_precision": "sites: AP",
    "pick_average_precision": "picks: AP",
    "best_f1": "picks: best F1",
}
_LOWER_BOUND = "Lower bounds: particles without a label count as wrong. Compare rows, not with other data."

# Settings that change which sites a score map has, or which of them are positive.
_OF_SITES = ("diameter_angstrom", "downsample", "positive_radius_ds", "classifier")
_OTHER_SITES = "Rows differ in their sites or which of them are positive: compare such rows by picks."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    add_training_arguments(parser)
    parser.add_argument(
        "--vary",
        action="append",
        required=True,
        metavar="NAME=V1,V2,…",
        help="a setting and its values; given more than once, every combination is tried",
    )
    parser.add_argument(
        "--folds", type=int, default=5, metavar="K", help="groups of micrographs (default %(default)s)"
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="gets everything as JSON")


def run(args: argparse.Namespace) -> int:
    """Print the table; exit code 2 when no values could be trained."""
    if args.folds < 2:
        raise SettingsError(f"--folds {args.folds}", "2 or more")
    varied = _varied(args.vary)
    job = job_from(args)
    if args.out:
        check_folder(args.out)
    # Only now: torch takes seconds to load, and bad input need not wait for it.
    let_idle_threads_sleep()
    from topazcore.crossvalidation import combinations, run_trial, split

    values = combinations(job, varied)
    folds = split(job, args.folds, _tell_skipped)
    with progress_line("trained", sys.stderr) as progress:
        counter = _Counter(len(values) * len(folds), progress)
        trials = [run_trial(job, each, folds, counter) for each in values]
    if args.out:
        _write(args.out, _report(job, folds, trials))
    print("\n".join(_table(job, folds, trials)))
    return 0 if any(trial.folds for trial in trials) else 2


class _Counter:
    """Counts calls on a progress line."""

    def __init__(self, total: int, progress):
        self._done, self._total, self._progress = 0, total, progress

    def __call__(self) -> None:
        self._done += 1
        self._progress(self._done, self._total)


def _varied(arguments: Sequence[str]) -> dict[str, list[object]]:
    """Each varied setting with its values."""
    varied: dict[str, list[object]] = {}
    for argument in arguments:
        name, texts = split_assignment(argument, "--vary")
        values = [parsed(name, text.strip()) for text in texts.split(",")]
        if name in varied or len(set(values)) < len(values):
            raise SettingsError(f"--vary {argument}", "each setting and each of its values once")
        varied[name] = values
    return varied


def _tell_skipped(micrograph: JobMicrograph, error: PeridotError) -> None:
    print(f"left out: {micrograph.name}: {error.found}", file=sys.stderr)


def _is_lower_bound(folds: Sequence["Fold"]) -> bool:
    return not all(micrograph.complete for fold in folds for micrograph in fold)


def _table(job: Job, folds: Sequence["Fold"], trials: Sequence["Trial"]) -> list[str]:
    labels = sum(label.label == "positive" for label in job.labels)
    micrographs = sum(map(len, folds))
    rows = [[*trials[0].values, *_HEADINGS.values()], *map(_row, trials)]
    widths = [max(map(len, column)) for column in zip(*(row[: len(rows[0])] for row in rows), strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False)) for row in rows]
    return [
        f"{len(folds)} folds of {micrographs} labeled micrographs, {labels} labels; mean ± standard deviation",
        *(line.rstrip() for line in lines),
        *(f"refused: {_shown(trial.values)}: {trial.error}" for trial in trials if trial.error),
        *([_OTHER_SITES] if any(name in _OF_SITES for name in trials[0].values) else []),
        *([_LOWER_BOUND] if _is_lower_bound(folds) else []),
    ]


def _row(trial: "Trial") -> list[str]:
    values = ["derived" if value is None else f"{value}" for value in trial.values.values()]
    if trial.error:
        return [*values, *["refused"] * len(_HEADINGS)]
    return [*values, *(f"{trial.mean(name):.3f} ± {trial.spread(name):.3f}" for name in _HEADINGS)]


def _shown(values) -> str:
    return ", ".join(f"{name}={value}" for name, value in values.items())


def _report(job: Job, folds: Sequence["Fold"], trials: Sequence["Trial"]) -> dict:
    return {
        "folds": [[micrograph.name for micrograph in fold] for fold in folds],
        "lower_bound": _is_lower_bound(folds),
        "settings": job.settings.as_dict(),
        "trials": [
            {
                "values": dict(trial.values),
                "error": trial.error.as_dict() if trial.error else None,
                **{name: _measured(trial, name) for name in _HEADINGS},
            }
            for trial in trials
        ],
    }


def _measured(trial: "Trial", name: str) -> dict:
    return {
        "mean": _or_none(trial.mean(name)),
        "standard_deviation": _or_none(trial.spread(name)),
        "folds": [_or_none(getattr(fold, name)) for fold in trial.folds],
    }


def _or_none(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _write(path: Path, report: dict) -> None:
    data = json.dumps(report, indent=1, ensure_ascii=False, allow_nan=False)
    with writing(path):
        replace_file(path, data.encode("utf-8"))
