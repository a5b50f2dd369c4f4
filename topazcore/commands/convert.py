"""`convert`: coordinate files from one format or frame to another. It never guesses a scale or a flip."""

import argparse
import math
from pathlib import Path

from topazcore.coordinates import Coordinates, assign
from topazcore.errors import CoordinateError, SettingsError
from topazcore.formats import format_of, read_coordinates, write_coordinates, write_relion
from topazcore.micrograph import find_micrographs, micrograph_names

HELP = "convert coordinates between STAR, RELION's per-micrograph files and Topaz tables"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("inputs", metavar="IN", nargs="+", help="coordinate files, or RELION's index of them")
    parser.add_argument(
        "out", metavar="OUT", help=".star, .txt, or a folder for RELION's per-micrograph files and their index"
    )
    parser.add_argument(
        "--flip-y", type=int, metavar="HEIGHT", help="count y from the other side of an image this many rows high"
    )
    parser.add_argument(
        "--scale", type=float, default=1.0, help="multiply x and y by this, after the flip (default 1)"
    )
    parser.add_argument("--pixel-size-angstrom", type=float, help="written to particle STAR files")
    parser.add_argument(
        "--micrographs", help="folder, file or quoted pattern: names are checked and paths taken from it"
    )


def run(args: argparse.Namespace) -> int:
    _check(args)
    coordinates = Coordinates.concat(read_coordinates(path) for path in args.inputs)
    read = len(coordinates)
    if args.flip_y is not None:
        coordinates = coordinates.flipped(args.flip_y)
    coordinates = coordinates.scaled(args.scale)
    coordinates, paths = _with_paths(coordinates, args.micrographs)
    _write(args, coordinates, paths)
    print(f"{read} coordinates of {len(coordinates.names())} micrographs read, {len(coordinates)} written: {args.out}")
    if not args.micrographs and any(name == path for name, path in paths.items()):
        print("Micrograph names are without folder and extension, as read; --micrographs FOLDER adds them.")
    return 0


def _check(args: argparse.Namespace) -> None:
    if not (math.isfinite(args.scale) and args.scale > 0):
        raise SettingsError(f"--scale {args.scale:g}", "a number above 0")
    if args.flip_y is not None and args.flip_y < 1:
        raise SettingsError(f"--flip-y {args.flip_y}", "the height of the image in rows")
    size = args.pixel_size_angstrom
    if size is not None and not (math.isfinite(size) and size > 0):
        raise SettingsError(f"--pixel-size-angstrom {size:g}", "a length above 0 Å")
    if any(Path(path).resolve() == Path(args.out).resolve() for path in args.inputs):
        raise SettingsError(f"{args.out} as input and output", "another file to write")


def _with_paths(coordinates: Coordinates, micrographs: str | None) -> tuple[Coordinates, dict[str, str]]:
    """The rows and the path of each micrograph: from the files on disk, or as the source wrote them."""
    if micrographs is None:
        known = {path: path for path in dict.fromkeys(coordinates.path)}
        stems = dict(zip(coordinates.path, coordinates.micrograph, strict=True))
        unique = len(set(stems.values())) == len(stems)
        if unique:
            return coordinates, {name: path for path, name in stems.items()}
        return assign(coordinates, known).coordinates, known
    return _assigned(coordinates, micrographs)


def _assigned(coordinates: Coordinates, micrographs: str) -> tuple[Coordinates, dict[str, str]]:
    paths, _refused = find_micrographs(micrographs)
    root = Path(micrographs) if Path(micrographs).is_dir() else paths[0].parent
    names = micrograph_names(paths, root)
    known = {name: path.relative_to(root).as_posix() for path, name in names.items()}
    assigned = assign(coordinates, known)
    stray = [*assigned.unmatched, *assigned.ambiguous]
    if stray:
        raise CoordinateError(
            f"{len(stray)} micrograph names that --micrographs does not settle, such as {stray[0]}",
            "each name to mean one of its files",
            "leave --micrographs out, or point it at the right folder",
        )
    return assigned.coordinates, known


def _write(args: argparse.Namespace, coordinates: Coordinates, paths: dict[str, str]) -> None:
    out = Path(args.out)
    try:
        if out.suffix == "" or out.is_dir():
            scored = bool((coordinates.score == coordinates.score).any())
            write_relion(out, coordinates, paths, "autopick" if scored else "manualpick")
        else:
            format_of(out.name)
            write_coordinates(
                out, coordinates, micrograph_paths=paths, pixel_size_angstrom=args.pixel_size_angstrom
            )
    except OSError as error:
        raise CoordinateError(f"{args.out}: {error.strerror}", "a place to write to") from None
