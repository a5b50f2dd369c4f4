"""`run.py preprocess`: micrographs as the network sees them, as float32 MRC files."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from topazcore.commands.progress import progress_line
from topazcore.config import derive_scales
from topazcore.errors import MicrographError, PeridotError, SettingsError
from topazcore.files import replace_file
from topazcore.images.mrc import encode_mrc
from topazcore.micrograph import MicrographHeader, find_micrographs, micrograph_names, read_header
from topazcore.preprocess import Downsampling, prepare

HELP = "downsample and normalise micrographs"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("micrographs", metavar="MICROGRAPHS", help="a folder, a file or a quoted pattern")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="gets NAME.mrc for each")
    size = parser.add_mutually_exclusive_group(required=True)
    size.add_argument("--downsample", type=int, metavar="N", help="whole factor of at least 1")
    size.add_argument(
        "--diameter-angstrom", type=float, metavar="D", help="of the particle: gives the factor"
    )
    parser.add_argument(
        "--pixel-size-angstrom", type=float, metavar="A", help="instead of what the files say"
    )


def run(args: argparse.Namespace) -> int:
    """Write every micrograph that can be read; exit code 2 if one could not."""
    factor_of = _factor(args)
    paths, refused = find_micrographs(args.micrographs)
    problems = [(refusal.path, refusal.error) for refusal in refused]
    destinations = _destinations(paths, Path(args.micrographs), args.out)
    with progress_line("preprocessed", sys.stderr) as progress:
        for done, (path, destination) in enumerate(destinations.items(), start=1):
            try:
                _preprocess(path, destination, factor_of, args.pixel_size_angstrom)
            except MicrographError as error:
                problems.append((path, error))
            progress(done, len(destinations))
    for _, error in problems:
        print(f"left out: {error}", file=sys.stderr)
    print(f"{len(paths) + len(refused) - len(problems)} micrographs written to {args.out}")
    return 2 if problems else 0


def _factor(args: argparse.Namespace) -> Callable[[float | None], int]:
    """The factor as a function of the pixel size, checked now as far as it can be."""
    if args.downsample is not None:
        Downsampling(1, 1, args.downsample)
        return lambda pixel_size: args.downsample

    def derived(pixel_size: float | None) -> int:
        if pixel_size is None:
            raise MicrographError(
                "a micrograph without a pixel size", "one in its header", "give --pixel-size-angstrom"
            )
        return derive_scales(args.diameter_angstrom, pixel_size).downsample

    return derived


def _destinations(paths: list[Path], where: Path, out: Path) -> dict[Path, Path]:
    """Source to destination. What an earlier run left in `out` is no input, and no input is overwritten."""
    root = where if where.is_dir() else where.parent
    inside = out.resolve() != root.resolve()
    sources = [path for path in paths if not (inside and path.resolve().is_relative_to(out.resolve()))]
    if not sources:
        raise MicrographError(f"no micrograph in {where}", "MRC, TIFF, PNG or JPEG files")
    destinations = {path: out / f"{name}.mrc" for path, name in micrograph_names(sources, root).items()}
    clash = {path.resolve() for path in sources} & {path.resolve() for path in destinations.values()}
    if clash:
        raise SettingsError(f"--out {out} would overwrite {clash.pop().name}", "another folder")
    return destinations


def _preprocess(
    path: Path, destination: Path, factor_of: Callable[[float | None], int], pixel_size_angstrom: float | None
) -> None:
    header: MicrographHeader = read_header(path)
    pixel_size = pixel_size_angstrom or header.pixel_size_angstrom
    factor = factor_of(pixel_size)
    scale = Downsampling(header.height, header.width, factor).scale_x
    image = prepare(path, factor)
    try:
        destination.parent.mkdir(parents=True, exist_ok=True)
        replace_file(destination, encode_mrc(image, pixel_size and pixel_size * scale))
    except OSError as error:
        raise PeridotError(
            f"{destination} cannot be written: {error.strerror}", "a writable folder with space"
        ) from error
