"""`convert`: coordinate files from one format or frame to another. It never guesses a scale or a flip."""

import argparse
import math
from pathlib import Path

import numpy as np

from topazcore.commands.known import assign_clearly, known_micrographs, relative_paths, with_own_paths
from topazcore.coordinates import Coordinates
from topazcore.errors import CoordinateError, SettingsError
from topazcore.filaments import filaments_of, particles, spacing_px, start_end_pairs
from topazcore.formats import helix, read_coordinates, write_coordinates, write_relion

HELP = "convert coordinates between STAR, RELION's per-micrograph files and Topaz tables"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("inputs", metavar="IN", nargs="+", help="coordinate files, or RELION's index of them")
    parser.add_argument(
        "out",
        metavar="OUT",
        help=".star, .txt, or a folder for RELION's per-micrograph files and their index",
    )
    parser.add_argument(
        "--flip-y", type=int, metavar="HEIGHT", help="count y from the other side of an image of so many rows"
    )
    parser.add_argument(
        "--scale", type=float, default=1.0, metavar="S", help="multiply x and y, after the flip (default 1)"
    )
    parser.add_argument("--pixel-size-angstrom", type=float, metavar="A", help="to note in a particles STAR")
    parser.add_argument(
        "--micrographs",
        metavar="WHERE",
        help="folder, file or quoted pattern that every name must be found in; its paths are written",
    )
    parser.add_argument(
        "--filaments",
        action="store_true",
        help="the rows are filaments: start-end pairs, or segments with tube numbers; written as start-end pairs",
    )
    parser.add_argument(
        "--segments-angstrom",
        type=float,
        metavar="A",
        help="with --filaments: write segments so far apart, with tube, track length and psi prior",
    )


def run(args: argparse.Namespace) -> int:
    """Convert, say how many; 0."""
    _check(args)
    coordinates = Coordinates.concat(read_coordinates(path) for path in args.inputs)
    if args.flip_y is not None:
        coordinates = coordinates.flipped(args.flip_y)
    coordinates, paths = _with_paths(coordinates.scaled(args.scale), args.micrographs)
    extra = None
    if args.filaments:
        coordinates, extra = _as_filaments(args, coordinates)
    try:
        _write(args, coordinates, paths, extra)
    except OSError as error:
        raise CoordinateError(f"{args.out}: {error.strerror}", "a place to write to") from None
    print(f"{len(coordinates)} coordinates of {len(coordinates.names())} micrographs written to {args.out}")
    return 0


def _check(args: argparse.Namespace) -> None:
    if not (math.isfinite(args.scale) and args.scale > 0):
        raise SettingsError(f"--scale {args.scale:g}", "a number above 0")
    if args.flip_y is not None and args.flip_y < 1:
        raise SettingsError(f"--flip-y {args.flip_y}", "the height of the image in rows")
    size = args.pixel_size_angstrom
    if size is not None and not (math.isfinite(size) and size > 0):
        raise SettingsError(f"--pixel-size-angstrom {size:g}", "a length above 0 Å")
    step = args.segments_angstrom
    if step is not None and not (args.filaments and size is not None and math.isfinite(step) and step > 0):
        raise SettingsError(
            f"--segments-angstrom {step:g}",
            "a length above 0 Å, together with --filaments and --pixel-size-angstrom",
        )
    if any(Path(path).resolve() == Path(args.out).resolve() for path in args.inputs):
        raise SettingsError(f"{args.out} as input and output", "another file to write")


def _as_filaments(args: argparse.Namespace, rows: Coordinates) -> tuple[Coordinates, dict | None]:
    """The rows to write for the filaments that the given rows mean, and what RELION wants to know beside them."""
    filaments = filaments_of(rows)
    if args.segments_angstrom is None:
        return start_end_pairs(filaments), None
    step = spacing_px(args.segments_angstrom, args.pixel_size_angstrom)
    return particles(filaments, step), helix.segment_columns(filaments, step, args.pixel_size_angstrom)


def _with_paths(coordinates: Coordinates, where: str | None) -> tuple[Coordinates, dict[str, str]]:
    """The rows, and the path of each micrograph: as on disk, or else as the source wrote it."""
    if where is not None:
        paths = relative_paths(where, known_micrographs(where))
        assigned = assign_clearly(coordinates, paths, "coordinates")
        if assigned.unmatched:
            count, first = len(assigned.unmatched), next(iter(assigned.unmatched))
            raise CoordinateError(
                f"{count} names without a micrograph, such as {first}", f"each name to be one of {where}"
            )
        return assigned.coordinates, paths
    return with_own_paths(coordinates)


def _write(
    args: argparse.Namespace, coordinates: Coordinates, paths: dict[str, str], extra: dict | None
) -> None:
    out = Path(args.out)
    if out.suffix == "" or out.is_dir():
        kind = "manualpick" if np.isnan(coordinates.score).all() else "autopick"
        write_relion(out, coordinates, paths, kind, extra)
    else:
        write_coordinates(
            out,
            coordinates,
            micrograph_paths=paths,
            pixel_size_angstrom=args.pixel_size_angstrom,
            extra=extra,
        )
