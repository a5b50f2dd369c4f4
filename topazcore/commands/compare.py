"""`compare`: how far two sets of picks agree, as JSON on standard output. Neither is a truth, no file is changed."""

import argparse
import json

from topazcore.commands import comparison
from topazcore.commands.comparison import distance_px, read_both
from topazcore.metrics import agreement, total_agreement

HELP = "agreement of two sets of picks: in both, only in one, distance"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    for name in ("A", "B"):
        parser.add_argument(name.lower(), metavar=name, help="coordinates (.star, .txt)")
    comparison.add_arguments(parser)
    parser.add_argument(
        "--threshold", type=float, metavar="T", help="leave out rows of a lower score (default: none)"
    )


def run(args: argparse.Namespace) -> int:
    """Print the agreement, in total and on each micrograph; 0."""
    comparison.check_arguments(args)
    compared = read_both(args, args.a, args.b, ("a", "b"))
    a, b = (_above(table, args.threshold) for table in (compared.first, compared.second))
    parts = agreement(a, b, distance_px=distance_px(args))
    report = {
        **total_agreement(parts.values()).as_dict(),
        "micrographs": len(compared.names),
        "distance_px": distance_px(args),
        "margin_px": args.margin_px,
        "rules": compared.rules(),
        "ignored": compared.ignored,
        "by_micrograph": {name: part.as_dict() for name, part in parts.items()},
    }
    print(json.dumps(report, indent=1, allow_nan=False, ensure_ascii=False))
    return 0


def _above(table, threshold: float | None):
    """Rows of at least a score; those without one stay."""
    return table if threshold is None else table.select(~(table.score < threshold))
