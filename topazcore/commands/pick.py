"""`run.py pick`: particles on all micrographs with a trained model.

Without --threshold all picks are written with their scores, those below 0 too, so that a threshold can be
chosen afterwards and average precision can be computed; with it only those at or above.
"""

import argparse
import math
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from topazcore.commands.known import exclusions_on, job_micrographs, known_micrographs, relative_paths
from topazcore.commands.output import check_out, write_picks
from topazcore.commands.progress import progress_line
from topazcore.config import PIXEL_SIZE_RANGE_ANGSTROM, TrainingSettings
from topazcore.coordinates import Coordinates
from topazcore.errors import SettingsError
from topazcore.job import JobMicrograph
from topazcore.processor import let_idle_threads_sleep

if TYPE_CHECKING:
    from topazcore.checkpoint import Model
    from topazcore.picking import Prepared

HELP = "pick particles with a trained model"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("micrographs", metavar="MICROGRAPHS", help="a folder, a file or a quoted pattern")
    parser.add_argument("--model", type=Path, required=True, metavar="MODEL", help="made by `run.py train`")
    parser.add_argument("--out", type=Path, required=True, metavar="PICKS", help=".star or .txt")
    parser.add_argument(
        "--threshold",
        type=float,
        metavar="T",
        help="write picks of at least this score (default: all; 0 is usual)",
    )
    parser.add_argument("--pixel-size-angstrom", type=float, metavar="A", help="in place of the files' own")
    add_extraction_arguments(parser)


def add_extraction_arguments(parser: argparse.ArgumentParser) -> None:
    """Where picks may lie; lengths in Å at full scale, whatever the pixel size."""
    parser.add_argument(
        "--min-distance-angstrom",
        type=float,
        metavar="D",
        help="between two picks (default: half the particle's diameter)",
    )
    parser.add_argument(
        "--edge-margin-angstrom", type=float, metavar="M", help="no picks closer to an edge (default: 0)"
    )
    parser.add_argument(
        "--exclusions",
        type=Path,
        metavar="FILE",
        help='no picks in these regions: JSON of micrograph name to polygons, {"0001": [[[x, y], …], …]}',
    )
    parser.add_argument(
        "--exclusion-margin-angstrom", type=float, metavar="M", help="nor so close to them (default: 0)"
    )


def extraction_settings(args: argparse.Namespace) -> dict[str, float]:
    """The settings among those arguments that were given."""
    names = ("min_distance_angstrom", "edge_margin_angstrom", "exclusion_margin_angstrom")
    return {name: getattr(args, name) for name in names if getattr(args, name) is not None}


def run(args: argparse.Namespace) -> int:
    """Write the picks of every micrograph that can be read; exit code 2 if one could not."""
    _check(args)
    known = known_micrographs(args.micrographs)
    paths = relative_paths(args.micrographs, known)
    exclusions = exclusions_on(args.exclusions, paths) if args.exclusions else {}
    # Only now: torch takes seconds to load, and bad input need not wait for it.
    let_idle_threads_sleep()
    from topazcore.checkpoint import load_model
    from topazcore.devices import use_threads

    model = load_model(args.model)
    model = replace(model, settings=replace(model.settings, **extraction_settings(args)))
    use_threads(0)
    failures: list[str] = []
    listed = job_micrographs(known, args.pixel_size_angstrom, exclusions)
    sizes = _PixelSizes(model)
    with progress_line("picked", sys.stderr) as progress:
        picks = Coordinates.concat(_all_picks(sizes, listed, failures.append, progress))
    for failure in failures:
        print(f"left out: {failure}", file=sys.stderr)
    kept = picks if args.threshold is None else picks.select(picks.score >= args.threshold)
    write_picks(args.out, kept, paths, sizes.common)
    print(_summary(picks, kept, len(known) - len(failures), args))
    return 2 if failures else 0


def _check(args: argparse.Namespace) -> None:
    """Refuse what would only fail at the end."""
    check_out(args.out)
    TrainingSettings(**extraction_settings(args))
    if args.threshold is not None and math.isnan(args.threshold):
        raise SettingsError("--threshold nan", "a number")
    low, high = PIXEL_SIZE_RANGE_ANGSTROM
    if args.pixel_size_angstrom is not None and not low <= args.pixel_size_angstrom <= high:
        raise SettingsError(f"--pixel-size-angstrom {args.pixel_size_angstrom:g}", f"{low} to {high} Å")


class _PixelSizes:
    """Prepares micrographs for a model, and says once for each pixel size that it is not the training's."""

    def __init__(self, model: "Model"):
        self.model = model
        self._told, self._found = [model.pixel_size_angstrom], []

    @property
    def common(self) -> float | None:
        """The pixel size of all micrographs, or None where they differ."""
        first, alike = self._found[:1], [_is_among(each, self._found[:1]) for each in self._found]
        return first[0] if first and all(alike) else None

    def prepare(self, micrograph: JobMicrograph) -> "Prepared":
        """Raises what `picking.prepare_listed` raises."""
        from topazcore.picking import prepare_listed

        prepared = prepare_listed(self.model, micrograph)
        size = prepared.pixel_size_angstrom
        self._found.append(size)
        if not _is_among(size, self._told):
            self._told.append(size)
            print(_rescaled(self.model, micrograph, prepared), file=sys.stderr)
        return prepared


def _is_among(size: float, known: Sequence[float]) -> bool:
    return any(math.isclose(size, each, rel_tol=1e-4) for each in known)


def _rescaled(model: "Model", micrograph: JobMicrograph, prepared: "Prepared") -> str:
    """How a particle gets the size that it was trained at."""
    return (
        f"{micrograph.name}: {prepared.pixel_size_angstrom:.4g} Å per pixel, the model was trained at "
        f"{model.pixel_size_angstrom:.4g} Å: downsampled by {prepared.frame.factor:.4g} in place of "
        f"{model.scales.downsample:g}"
    )


def _all_picks(
    sizes: _PixelSizes,
    listed: Sequence[JobMicrograph],
    failed: Callable[[str], None],
    progress: Callable[[int, int], None],
) -> Iterator[Coordinates]:
    """One table per micrograph, all scores."""
    from topazcore.picking import Picks
    from topazcore.picking_many import pick_in_turn

    results = pick_in_turn(sizes.model, listed, sizes.prepare)
    for done, (micrograph, picks) in enumerate(results, start=1):
        progress(done, len(listed))
        if isinstance(picks, Picks):
            names = np.full(len(picks), micrograph.name, object)
            yield Coordinates(names, picks.xy[:, 0], picks.xy[:, 1], picks.score)
        else:
            failed(f"{micrograph.name}: {picks}")


def _summary(picks: Coordinates, kept: Coordinates, micrographs: int, args: argparse.Namespace) -> str:
    threshold = 0.0 if args.threshold is None else args.threshold
    above = int(np.count_nonzero(picks.score >= threshold))
    return f"{above} picks at or above {threshold:g} on {micrographs} micrographs; {len(kept)} written to {args.out}"
