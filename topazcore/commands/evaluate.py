"""`evaluate`: picks against a truth, as JSON on standard output. It changes no file but the curve's own."""

import argparse
import csv
import json
import math
from io import StringIO
from pathlib import Path

from topazcore.commands import comparison
from topazcore.commands.comparison import Comparison, distance_px, read_both
from topazcore.commands.output import writing
from topazcore.errors import SettingsError
from topazcore.files import replace_file
from topazcore.metrics import Curve, Evaluation, evaluate, precision_recall

HELP = "compare picks with known particles: precision, recall, average precision"

_COMPLETE = "the truth is taken to name every particle of these micrographs; --truth-is-sparse if it does not"
_SPARSE = (
    "the truth names only some of the particles, so a right pick on another one counts as wrong: the real "
    "precision and average precision are higher"
)
_CURVE_KINDS = (".csv", ".json")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("picks", metavar="PICKS", help="coordinates with scores (.star, .txt)")
    parser.add_argument("truth", metavar="TRUTH", help="coordinates of the particles (.star, .txt)")
    comparison.add_arguments(parser)
    number = {"type": float, "metavar": "N"}
    parser.add_argument(
        "--threshold", default=0.0, help="score that precision and recall are given at (default 0)", **number
    )
    parser.add_argument(
        "--wanted-precision", help="find the threshold that reaches it, from 0 to 1", **number
    )
    parser.add_argument("--wanted-recall", help="find the threshold that reaches it, from 0 to 1", **number)
    parser.add_argument(
        "--curve", type=Path, metavar="FILE", help="gets the precision-recall curve (.csv or .json)"
    )
    parser.add_argument(
        "--truth-is-sparse",
        action="store_true",
        help="the truth names only some of the particles: precision is then a lower bound",
    )


def run(args: argparse.Namespace) -> int:
    """Print the evaluation; 0."""
    _check(args)
    compared = read_both(args, args.picks, args.truth, ("picks", "truth"))
    picks, truth, distance = compared.first, compared.second, distance_px(args)
    result = evaluate(picks, truth, distance_px=distance, threshold=args.threshold)
    curve = precision_recall(picks, truth, distance_px=distance)
    report = _report(result, compared, args) | _wanted(curve, args)
    if args.curve:
        _write_curve(args.curve, curve)
    print(json.dumps(report, indent=1, allow_nan=False))
    return 0


def _check(args: argparse.Namespace) -> None:
    comparison.check_arguments(args)
    if math.isnan(args.threshold):
        raise SettingsError("--threshold nan", "a number")
    for option in ("wanted_precision", "wanted_recall"):
        value = getattr(args, option)
        if value is not None and not 0 < value <= 1:
            raise SettingsError(f"--{option.replace('_', '-')} {value:g}", "above 0 and at most 1")
    if args.curve and args.curve.suffix.lower() not in _CURVE_KINDS:
        raise SettingsError(f"--curve {args.curve}", f"a name that ends with {' or '.join(_CURVE_KINDS)}")


def _report(result: Evaluation, compared: Comparison, args: argparse.Namespace) -> dict[str, object]:
    median = result.as_dict()["median_distance_px"]
    return result.as_dict() | {
        "precision_is_lower_bound": args.truth_is_sparse,
        "precision_is_lower_bound_because": _SPARSE if args.truth_is_sparse else _COMPLETE,
        "micrographs": len(compared.names),
        "median_distance_diameters": None if median is None else median / (2 * distance_px(args)),
        "distance_px": distance_px(args),
        "margin_px": args.margin_px,
        "rules": compared.rules(),
        "ignored": compared.ignored,
    }


def _wanted(curve: Curve, args: argparse.Namespace) -> dict[str, object]:
    """What was asked for, the threshold that reaches it or null, and the numbers there."""
    found: dict[str, object] = {}
    if args.wanted_precision is not None:
        threshold = curve.threshold_for_precision(args.wanted_precision)
        found["wanted_precision"] = {"wanted": args.wanted_precision, **_at(curve, threshold)}
    if args.wanted_recall is not None:
        threshold = curve.threshold_for_recall(args.wanted_recall)
        found["wanted_recall"] = {"wanted": args.wanted_recall, **_at(curve, threshold)}
    return found


def _at(curve: Curve, threshold: float | None) -> dict[str, float | int | None]:
    columns = curve.as_dict()
    if threshold is None:
        return dict.fromkeys(columns)
    row = columns["threshold"].index(threshold)
    return {name: values[row] for name, values in columns.items()}


def _write_curve(path: Path, curve: Curve) -> None:
    """The curve's columns, whole or not at all."""
    text = _as_csv(curve) if path.suffix.lower() == ".csv" else json.dumps(curve.as_dict(), allow_nan=False)
    with writing(path):
        replace_file(path, text.encode("utf-8"))


def _as_csv(curve: Curve) -> str:
    text = StringIO()
    columns = curve.as_dict()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(columns)
    rows.writerows(zip(*columns.values(), strict=True))
    return text.getvalue()
