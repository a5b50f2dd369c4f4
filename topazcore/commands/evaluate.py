"""`evaluate`: picks against a truth, as JSON on standard output. It changes no file."""

import argparse
import json
import math
from dataclasses import dataclass, replace

import numpy as np

from topazcore.commands.known import assign_clearly, known_micrographs, relative_paths
from topazcore.coordinates import Coordinates
from topazcore.errors import CoordinateError, SettingsError
from topazcore.formats import read_coordinates
from topazcore.metrics import Evaluation, evaluate, inside
from topazcore.micrograph import read_header

HELP = "compare picks with known particles: precision, recall, average precision"

_THOSE_IN_BOTH = "those in both files"
_THOSE_GIVEN = "those of --micrographs"
_EDGES_OF_TRUTH = "the outermost truth of all micrographs plus the margin"
_EDGES_OF_IMAGES = "the sizes in the headers of --micrographs"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("picks", metavar="PICKS", help="coordinates with scores (.star, .txt)")
    parser.add_argument("truth", metavar="TRUTH", help="coordinates of the particles (.star, .txt)")
    number = {"type": float, "metavar": "N"}
    parser.add_argument("--diameter-angstrom", required=True, help="particle diameter in Å", **number)
    parser.add_argument("--pixel-size-angstrom", required=True, help="of the micrographs, in Å", **number)
    parser.add_argument(
        "--margin-px", default=0.0, help="leave out what lies closer to an edge (default 0)", **number
    )
    parser.add_argument(
        "--threshold", default=0.0, help="score that precision and recall are given at (default 0)", **number
    )
    parser.add_argument(
        "--micrographs",
        metavar="WHERE",
        help="folder, file or quoted pattern: compare exactly these, also where nothing was picked, "
        "and take the edges for --margin-px from their headers",
    )


def run(args: argparse.Namespace) -> int:
    """Print the evaluation; 0."""
    _check(args)
    distance_px = args.diameter_angstrom / args.pixel_size_angstrom / 2
    picks, truth = read_coordinates(args.picks), read_coordinates(args.truth)
    compared = (
        _those_given(picks, truth, args.micrographs) if args.micrographs else _those_in_both(picks, truth)
    )
    compared = _without_margin(compared, args.margin_px)
    result = evaluate(compared.picks, compared.truth, distance_px=distance_px, threshold=args.threshold)
    print(json.dumps(_report(result, compared, args, distance_px), indent=1, allow_nan=False))
    return 0


@dataclass(frozen=True)
class _Comparison:
    """What is compared: rows under common names, on which micrographs, and how many were left out why.

    `sizes` are (height, width) by name, unknown without the images; `edges` says where the margin starts.
    """

    picks: Coordinates
    truth: Coordinates
    names: list[str]
    ignored: dict[str, int]
    sizes: dict[str, tuple[int, int]] | None = None
    edges: str | None = None


def _check(args: argparse.Namespace) -> None:
    for option in ("diameter_angstrom", "pixel_size_angstrom"):
        value = getattr(args, option)
        if not (math.isfinite(value) and value > 0):
            raise SettingsError(f"--{option.replace('_', '-')} {value:g}", "a length above 0 Å")
    if not (math.isfinite(args.margin_px) and args.margin_px >= 0):
        raise SettingsError(f"--margin-px {args.margin_px:g}", "0 or more pixels")
    if math.isnan(args.threshold):
        raise SettingsError("--threshold nan", "a number")


def _those_in_both(picks: Coordinates, truth: Coordinates) -> _Comparison:
    """The micrographs that were picked and that the truth knows; told apart by the truth's paths."""
    paths = {path: path for path in dict.fromkeys(truth.path)}
    found = assign_clearly(picks, paths, "picks").coordinates
    truth = assign_clearly(truth, paths, "truth").coordinates
    picked = set(found.names())
    names = [name for name in truth.names() if name in picked]
    if not names:
        raise _nothing_in_common(picks, truth)
    return _only(names, found, truth, picks_read=len(picks), truth_read=len(truth))


def _those_given(picks: Coordinates, truth: Coordinates, where: str) -> _Comparison:
    """The micrographs of a folder, also those where nothing was picked or nothing is."""
    known = known_micrographs(where)
    paths = relative_paths(where, known)
    found = assign_clearly(picks, paths, "picks").coordinates
    particles = assign_clearly(truth, paths, "truth").coordinates
    if not len(found) and not len(particles):
        raise _nothing_in_common(picks, truth)
    headers = {name: read_header(path) for name, path in known.items()}
    compared = _only(list(known), found, particles, picks_read=len(picks), truth_read=len(truth))
    return replace(compared, sizes={name: (header.height, header.width) for name, header in headers.items()})


def _only(
    names: list[str], picks: Coordinates, truth: Coordinates, *, picks_read: int, truth_read: int
) -> _Comparison:
    chosen = set(names)
    picks, truth = (
        table.select(np.array([name in chosen for name in table.micrograph], dtype=bool))
        for table in (picks, truth)
    )
    ignored = {"picks_elsewhere": picks_read - len(picks), "truth_elsewhere": truth_read - len(truth)}
    return _Comparison(picks, truth, names, ignored)


def _nothing_in_common(picks: Coordinates, truth: Coordinates) -> CoordinateError:
    picked, known = (", ".join(table.names()[:3]) or "none" for table in (picks, truth))
    return CoordinateError(
        f"no micrograph in common: picks are on {picked}, the truth is on {known}",
        "the same micrograph names in both",
        "name the micrographs with --micrographs if one file is meant to be empty",
    )


def _without_margin(compared: _Comparison, margin_px: float) -> _Comparison:
    """Both tables less what lies in the margin; without the images' sizes, by the outermost truth."""
    if margin_px == 0:
        return compared
    sizes, edges = compared.sizes, _EDGES_OF_IMAGES
    if sizes is None:
        edges = _EDGES_OF_TRUTH
        size = tuple(1 + margin_px + max(axis, default=0.0) for axis in (compared.truth.y, compared.truth.x))
        sizes = dict.fromkeys(compared.names, size)
    picks_in, truth_in = (inside(table, margin_px, sizes) for table in (compared.picks, compared.truth))
    in_margin = {"picks_in_margin": int((~picks_in).sum()), "truth_in_margin": int((~truth_in).sum())}
    return replace(
        compared,
        picks=compared.picks.select(picks_in),
        truth=compared.truth.select(truth_in),
        ignored=compared.ignored | in_margin,
        edges=edges,
    )


def _report(
    result: Evaluation, compared: _Comparison, args: argparse.Namespace, distance_px: float
) -> dict[str, object]:
    median = result.as_dict()["median_distance_px"]
    return result.as_dict() | {
        "micrographs": len(compared.names),
        "median_distance_diameters": None if median is None else median / (2 * distance_px),
        "distance_px": distance_px,
        "margin_px": args.margin_px,
        "rules": {
            "micrographs": _THOSE_GIVEN if args.micrographs else _THOSE_IN_BOTH,
            "edges": compared.edges,
        },
        "ignored": compared.ignored,
    }
