"""`run.py preprocess`: micrographs as the network sees them, as float32 MRC files.

With `--normalisation mixture` one mixture is fitted to all of them first, so each is read twice.
"""

import argparse
import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from topazcore.commands.progress import progress_line
from topazcore.config import NORMALISATIONS, TrainingSettings, derive_scales
from topazcore.errors import MicrographError, PeridotError, SettingsError
from topazcore.files import replace_file
from topazcore.images.header import PIXEL_SIZE_RANGE_ANGSTROM, believable_pixel_size
from topazcore.images.mrc import encode_mrc
from topazcore.micrograph import MicrographHeader, find_micrographs, micrograph_names, read_header
from topazcore.mixture import Mixture, fit_mixture, sample
from topazcore.preprocess import Downsampling, prepare, read_compact

HELP = "downsample and normalise micrographs"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("micrographs", metavar="MICROGRAPHS", help="a folder, a file or a quoted pattern")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="gets NAME.mrc for each")
    size = parser.add_mutually_exclusive_group(required=True)
    size.add_argument("--downsample", type=float, metavar="F", help="factor of at least 1")
    size.add_argument("--diameter-angstrom", type=float, metavar="D", help="of the particle; gives a factor")
    parser.add_argument("--pixel-size-angstrom", type=float, metavar="A", help="in place of the files' own")
    parser.add_argument(
        "--normalisation",
        choices=NORMALISATIONS,
        default=TrainingSettings().normalisation,
        help="by each micrograph's own mean and spread, or by one mixture of all (default %(default)s)",
    )


def run(args: argparse.Namespace) -> int:
    """Write every micrograph that can be read; exit code 2 if one could not."""
    _check(args)
    paths, refused = find_micrographs(args.micrographs)
    destinations = _destinations(paths, Path(args.micrographs), args.out)
    mixture = _mixture(destinations, args) if args.normalisation == "mixture" else None
    failures = []
    with progress_line("preprocessed", sys.stderr) as progress:
        for done, (path, destination) in enumerate(destinations.items(), start=1):
            try:
                _preprocess(path, destination, args, mixture)
            except MicrographError as error:
                failures.append(error)
            progress(done, len(destinations))
    left_out = [refusal.error for refusal in refused] + failures
    for error in left_out:
        print(f"left out: {error}", file=sys.stderr)
    print(f"{len(destinations) - len(failures)} micrographs written to {args.out}")
    return 2 if left_out else 0


def _check(args: argparse.Namespace) -> None:
    """Refuse bad numbers before the first micrograph is read."""
    pixel_size = args.pixel_size_angstrom
    if pixel_size is not None and believable_pixel_size(pixel_size)[0] is None:
        low, high = PIXEL_SIZE_RANGE_ANGSTROM
        raise SettingsError(f"pixel size {pixel_size} Å", f"{low} to {high} Å")
    if args.downsample is not None:
        Downsampling(1, 1, args.downsample)


def _destinations(paths: list[Path], where: Path, out: Path) -> dict[Path, Path]:
    """Source to destination. What an earlier run left in `out` is no input; no input is overwritten."""
    kept = out.resolve()
    earlier = kept.is_relative_to(where.resolve()) and kept != where.resolve()
    sources = [path for path in paths if not (earlier and path.resolve().is_relative_to(kept))]
    if not sources:
        raise MicrographError(f"no micrograph in {where}", "MRC, TIFF, PNG or JPEG files")
    root = where if where.is_dir() else Path(os.path.commonpath([path.parent for path in sources]))
    destinations = {path: out / f"{name}.mrc" for path, name in micrograph_names(sources, root).items()}
    clash = {path.resolve() for path in sources} & {path.resolve() for path in destinations.values()}
    if clash:
        raise SettingsError(f"--out {out} would overwrite {clash.pop().name}", "another folder")
    return destinations


def _mixture(paths: Iterable[Path], args: argparse.Namespace) -> Mixture:
    """Fitted to what can be read; the rest is told when its turn comes."""
    samples = []
    for path in paths:
        with suppress(MicrographError):
            samples.append(sample(read_compact(path, _factor(read_header(path), args)).image()))
    return fit_mixture(samples)


def _preprocess(path: Path, destination: Path, args: argparse.Namespace, mixture: Mixture | None) -> None:
    header = read_header(path)
    factor = _factor(header, args)
    image = prepare(path, factor, mixture)
    pixel_size = args.pixel_size_angstrom or header.pixel_size_angstrom
    scale = Downsampling(header.height, header.width, factor).scale_x
    try:
        destination.parent.mkdir(parents=True, exist_ok=True)
        replace_file(destination, encode_mrc(image, pixel_size and pixel_size * scale))
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise PeridotError(
            f"{destination} cannot be written: {reason}", "a writable folder with space"
        ) from error


def _factor(header: MicrographHeader, args: argparse.Namespace) -> float:
    if args.downsample is not None:
        return args.downsample
    pixel_size = args.pixel_size_angstrom or header.pixel_size_angstrom
    if pixel_size is None:
        raise MicrographError(
            f"{header.path.name} has no pixel size", "one in its header", "give --pixel-size-angstrom"
        )
    return derive_scales(args.diameter_angstrom, pixel_size).downsample
