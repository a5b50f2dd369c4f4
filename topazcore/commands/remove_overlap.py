"""`remove-overlap`: picks less those that lie near a given set: what is new in them. It never changes its inputs."""

import argparse
from pathlib import Path

import numpy as np

from topazcore.commands.comparison import check_length
from topazcore.commands.known import assign_clearly, with_own_paths
from topazcore.coordinates import Coordinates
from topazcore.errors import CoordinateError, SettingsError
from topazcore.formats import format_of, read_coordinates, write_coordinates
from topazcore.metrics import overlaps

HELP = "leave out picks that overlap a given set"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("picks", metavar="PICKS", help="coordinates (.star, .txt)")
    parser.add_argument(
        "given", metavar="GIVEN", help="coordinates that picks must not overlap (.star, .txt)"
    )
    number = {"type": float, "metavar": "N", "required": True}
    parser.add_argument(
        "--distance-angstrom", help="picks this close to one of GIVEN are left out, in Å", **number
    )
    parser.add_argument("--pixel-size-angstrom", help="of the micrographs, in Å", **number)
    parser.add_argument("--out", required=True, metavar="OUT", help="gets the others (.star, .txt)")


def run(args: argparse.Namespace) -> int:
    """Write the picks that overlap nothing, say how many; 0."""
    _check(args)
    picks, paths, near = _overlapping(args)
    others = picks.select(~near)
    try:
        write_coordinates(
            args.out, others, micrograph_paths=paths, pixel_size_angstrom=args.pixel_size_angstrom
        )
    except OSError as error:
        raise CoordinateError(f"{args.out}: {error.strerror}", "a place to write to") from None
    print(f"{near.sum()} of {len(picks)} picks overlap {args.given}; {len(others)} written to {args.out}")
    return 0


def _check(args: argparse.Namespace) -> None:
    format_of(Path(args.out).name)
    check_length("--distance-angstrom", args.distance_angstrom)
    check_length("--pixel-size-angstrom", args.pixel_size_angstrom)
    if Path(args.out).resolve() in (Path(args.picks).resolve(), Path(args.given).resolve()):
        raise SettingsError(f"{args.out} as input and output", "another file to write")


def _overlapping(args: argparse.Namespace) -> tuple[Coordinates, dict[str, str], np.ndarray]:
    """The picks, the path of each of their micrographs, and which of them lie near one of the given."""
    picks, paths = with_own_paths(read_coordinates(args.picks))
    given = read_coordinates(args.given)
    here = assign_clearly(given, paths, "given coordinates").coordinates
    if len(picks) and len(given) and not len(here):
        raise _nothing_in_common(picks, given)
    distance_px = args.distance_angstrom / args.pixel_size_angstrom
    return picks, paths, overlaps(picks, here, distance_px=distance_px)


def _nothing_in_common(picks: Coordinates, given: Coordinates) -> CoordinateError:
    here, there = (", ".join(table.names()[:3]) for table in (picks, given))
    return CoordinateError(
        f"no micrograph in common: picks are on {here}, the given coordinates on {there}",
        "the same micrograph names in both",
        "check the names",
    )
