"""`run.py preprocess`: micrographs as the network sees them, as float32 MRC files.

With `--normalisation mixture` one mixture is fitted to all of them first; meanwhile they wait downsampled in a
temporary folder beside the result. As many are worked on at a time as there are cores, up to four.
"""

import argparse
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from topazcore.cache import Read, reader
from topazcore.commands.progress import progress_line
from topazcore.config import NORMALISATIONS, TrainingSettings, derive_scales
from topazcore.errors import MicrographError, PeridotError, SettingsError
from topazcore.files import replace_file
from topazcore.images.header import PIXEL_SIZE_RANGE_ANGSTROM, believable_pixel_size
from topazcore.images.mrc import encode_mrc
from topazcore.micrograph import MicrographHeader, find_micrographs, micrograph_names, read_header
from topazcore.mixture import Mixture, fit_mixture, sample
from topazcore.preprocess import Downsampling, prepare
from topazcore.processor import available_cores

HELP = "downsample and normalise micrographs"
# Each takes the memory of a full-size micrograph and its transform.
_MOST_AT_ONCE = 4


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
    failures = _write_all(destinations, args)
    left_out = [refusal.error for refusal in refused] + failures
    for error in left_out:
        print(f"left out: {error}", file=sys.stderr)
    print(f"{len(destinations) - len(failures)} micrographs written to {args.out}")
    return 2 if left_out else 0


def _write_all(destinations: Mapping[Path, Path], args: argparse.Namespace) -> list[MicrographError]:
    """Every micrograph that can be read; what could not be."""
    failures = []
    with (
        _waiting_room(args) as read,
        ThreadPoolExecutor(min(available_cores(), _MOST_AT_ONCE)) as pool,
        progress_line("preprocessed", sys.stderr) as progress,
    ):
        mixture = fit_mixture(_samples(destinations, args, read, pool)) if read else None

        def write(path: Path) -> MicrographError | None:
            try:
                _preprocess(path, destinations[path], args, _Way(mixture, read))
            except MicrographError as error:
                return error
            return None

        for done, error in enumerate(pool.map(write, destinations), start=1):
            failures += [error] if error else []
            progress(done, len(destinations))
    return failures


@dataclass(frozen=True)
class _Way:
    """How a micrograph is read and normalised; nothing given: from its file, by its own moments."""

    mixture: Mixture | None
    read: Read | None


@contextmanager
def _waiting_room(args: argparse.Namespace) -> Iterator[Read | None]:
    """Keeps downsampled micrographs between the fit and the writing; None where nothing is fitted."""
    if args.normalisation != "mixture":
        yield None
        return
    with _writing(args.out):
        args.out.mkdir(parents=True, exist_ok=True)
        folder = TemporaryDirectory(dir=args.out, prefix=".")
    with folder as name:
        yield reader(name)


@contextmanager
def _writing(place: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise PeridotError(f"{place} cannot be written: {reason}", "a writable folder with space") from error


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


def _samples(
    paths: Iterable[Path], args: argparse.Namespace, read: Read, pool: ThreadPoolExecutor
) -> list[np.ndarray]:
    """Of what can be read; the rest is told when its turn comes."""

    def sampled(path: Path) -> np.ndarray | None:
        with suppress(MicrographError):
            return sample(read(path, _factor(read_header(path), args)).image())
        return None

    return [each for each in pool.map(sampled, paths) if each is not None]


def _preprocess(path: Path, destination: Path, args: argparse.Namespace, way: _Way) -> None:
    header = read_header(path)
    factor = _factor(header, args)
    image = prepare(path, factor, way.mixture, way.read)
    pixel_size = args.pixel_size_angstrom or header.pixel_size_angstrom
    scale = Downsampling(header.height, header.width, factor).scale_x
    with _writing(destination):
        destination.parent.mkdir(parents=True, exist_ok=True)
        replace_file(destination, encode_mrc(image, pixel_size and pixel_size * scale))


def _factor(header: MicrographHeader, args: argparse.Namespace) -> float:
    if args.downsample is not None:
        return args.downsample
    pixel_size = args.pixel_size_angstrom or header.pixel_size_angstrom
    if pixel_size is None:
        raise MicrographError(
            f"{header.path.name} has no pixel size", "one in its header", "give --pixel-size-angstrom"
        )
    return derive_scales(args.diameter_angstrom, pixel_size).downsample
