"""`evaluate`: picks against a truth, as JSON on standard output. It changes no file."""

import argparse
import json
import math
from dataclasses import dataclass

import numpy as np

from topazcore.coordinates import Assignment, Coordinates, assign
from topazcore.errors import CoordinateError, SettingsError
from topazcore.formats import read_coordinates
from topazcore.metrics import evaluate, inside
from topazcore.micrograph import find_micrographs, micrograph_names, read_header

HELP = "compare picks with known particles: precision, recall, average precision"

_DEFINED_BY_FILES = "those in both files"
_DEFINED_BY_IMAGES = "those in --micrographs"
_EDGES_BY_TRUTH = "the outermost truth of all micrographs, plus the margin"
_EDGES_BY_IMAGES = "the headers of the micrographs"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("picks", metavar="PICKS", help="coordinates with scores (.star, .txt)")
    parser.add_argument("truth", metavar="TRUTH", help="coordinates of the particles (.star, .txt)")
    parser.add_argument("--diameter-angstrom", type=float, required=True, help="particle diameter in Å")
    parser.add_argument("--pixel-size-angstrom", type=float, required=True, help="of the micrographs, in Å")
    parser.add_argument(
        "--margin-px", type=float, default=0.0, help="leave out what lies closer to an edge than this (default 0)"
    )
    parser.add_argument(
        "--threshold", type=float, default=0.0, help="score that precision and recall are given at (default 0)"
    )
    parser.add_argument(
        "--micrographs",
        help="folder, file or quoted pattern: compare exactly these, also where nothing was picked; "
        "also gives the sizes for --margin-px",
    )


def run(args: argparse.Namespace) -> int:
    _check(args)
    diameter_px = args.diameter_angstrom / args.pixel_size_angstrom
    compared = _compare(read_coordinates(args.picks), read_coordinates(args.truth), args.micrographs)
    kept = _without_margin(compared, args.margin_px)
    result = evaluate(kept.picks, kept.truth, distance_px=diameter_px / 2, threshold=args.threshold)
    report = result.as_dict()
    report["micrographs"] = len(kept.names)
    median = result.median_distance_px
    report["median_distance_diameters"] = None if math.isnan(median) else median / diameter_px
    report |= {"diameter_px": diameter_px, "distance_px": diameter_px / 2, "margin_px": args.margin_px}
    report["rules"] = {"micrographs": kept.rule, "edges": kept.edges}
    report["ignored"] = kept.ignored
    print(json.dumps(report, indent=1, allow_nan=False))
    return 0


@dataclass(frozen=True)
class _Comparison:
    """What is compared: rows under common names, the set of micrographs, and what was left out and why."""

    picks: Coordinates
    truth: Coordinates
    names: list[str]
    sizes: dict[str, tuple[int, int]] | None
    rule: str
    edges: str | None
    ignored: dict[str, int]


def _check(args: argparse.Namespace) -> None:
    for option in ("diameter_angstrom", "pixel_size_angstrom"):
        value = getattr(args, option)
        if not (math.isfinite(value) and value > 0):
            raise SettingsError(f"--{option.replace('_', '-')} {value:g}", "a length above 0 Å")
    if not (math.isfinite(args.margin_px) and args.margin_px >= 0):
        raise SettingsError(f"--margin-px {args.margin_px:g}", "0 or more pixels")
    if math.isnan(args.threshold):
        raise SettingsError("--threshold nan", "a number")


def _compare(picks: Coordinates, truth: Coordinates, micrographs: str | None) -> _Comparison:
    """Rows of the micrographs to compare, under the same names in both tables."""
    paths, sizes = _known_images(micrographs) if micrographs else (_known_truth(picks, truth), None)
    assigned_picks, assigned_truth = assign(picks, paths), assign(truth, paths)
    for assigned, what in ((assigned_picks, "picks"), (assigned_truth, "truth")):
        _refuse_ambiguous(assigned, what)
    found, particles = assigned_picks.coordinates, assigned_truth.coordinates
    names = list(paths) if sizes else [name for name in particles.names() if name in set(found.names())]
    if not set(names) & {*found.names(), *particles.names()}:
        raise _nothing_in_common(picks, truth)
    chosen_picks, chosen_truth = _only(found, names), _only(particles, names)
    ignored = {
        "picks_elsewhere": len(picks) - len(chosen_picks),
        "truth_elsewhere": len(truth) - len(chosen_truth),
    }
    rule = _DEFINED_BY_IMAGES if sizes else _DEFINED_BY_FILES
    return _Comparison(chosen_picks, chosen_truth, names, sizes, rule, None, ignored)


def _known_images(where: str) -> tuple[dict[str, str], dict[str, tuple[int, int]]]:
    """Path and (height, width) of each micrograph that can be opened, by name."""
    paths, _refused = find_micrographs(where)
    root = paths[0].parent
    headers = {name: read_header(path) for path, name in micrograph_names(paths, root).items()}
    known = {name: header.path.as_posix() for name, header in headers.items()}
    return known, {name: (header.height, header.width) for name, header in headers.items()}


def _known_truth(picks: Coordinates, truth: Coordinates) -> dict[str, str]:
    """The micrographs that the truth names, by their paths: so equal names in two folders stay two."""
    return {path: path for path in dict.fromkeys(truth.path)}


def _only(coordinates: Coordinates, names: list[str]) -> Coordinates:
    return coordinates.select(np.isin(coordinates.micrograph.astype(str), names))


def _refuse_ambiguous(assigned: Assignment, what: str) -> None:
    if assigned.ambiguous:
        name = next(iter(assigned.ambiguous))
        raise CoordinateError(
            f"{what} on {name}, a name that several micrographs share", "a path that tells them apart"
        )


def _nothing_in_common(picks: Coordinates, truth: Coordinates) -> CoordinateError:
    found = [", ".join(table.names()[:3]) or "none" for table in (picks, truth)]
    return CoordinateError(
        f"no micrograph in common: picks are on {found[0]}, the truth is on {found[1]}",
        "the same micrograph names in both",
    )


def _without_margin(compared: _Comparison, margin_px: float) -> _Comparison:
    """Both tables less what lies in the margin; without image sizes, by the outermost truth."""
    if margin_px == 0:
        return compared
    sizes, edges = compared.sizes, _EDGES_BY_IMAGES
    if sizes is None:
        edges = _EDGES_BY_TRUTH
        size = tuple(1 + margin_px + max(axis, default=0.0) for axis in (compared.truth.y, compared.truth.x))
        sizes = dict.fromkeys(compared.names, size)
    picks_in, truth_in = (inside(table, margin_px, sizes) for table in (compared.picks, compared.truth))
    margin = {"picks_in_margin": int((~picks_in).sum()), "truth_in_margin": int((~truth_in).sum())}
    return _Comparison(
        compared.picks.select(picks_in),
        compared.truth.select(truth_in),
        compared.names,
        compared.sizes,
        compared.rule,
        edges,
        compared.ignored | margin,
    )
