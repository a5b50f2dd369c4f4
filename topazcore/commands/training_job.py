"""What a training learns from, as arguments of a command, and the frozen job made of them: that of the page."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from topazcore.commands.known import assign_clearly, exclusions_on, known_micrographs, relative_paths
from topazcore.commands.training_settings import add_setting_arguments, settings_from
from topazcore.config import PIXEL_SIZE_RANGE_ANGSTROM, TrainingSettings
from topazcore.coordinates import Assignment, Coordinates
from topazcore.errors import CoordinateError, MicrographError, SettingsError
from topazcore.filaments import (
    SPACING_RANGE_ANGSTROM,
    Filaments,
    default_spacing_angstrom,
    filaments_of,
    particles,
    spacing_px,
)
from topazcore.formats import read_coordinates
from topazcore.job import Job, JobLabel, JobMicrograph
from topazcore.micrograph import read_header


def add_training_arguments(parser: argparse.ArgumentParser) -> None:
    """Micrographs, labels and settings."""
    parser.add_argument("micrographs", metavar="MICROGRAPHS", help="a folder, a file or a quoted pattern")
    parser.add_argument("--coordinates", type=Path, metavar="FILE", help="labels: .star or .txt")
    parser.add_argument(
        "--negatives", type=Path, metavar="FILE", help="places that are no particles, the same"
    )
    parser.add_argument(
        "--complete",
        metavar="NAMES",
        help="micrographs with every particle labeled or none on them: NAME,NAME,… or a file of one name a line",
    )
    parser.add_argument(
        "--exclusions",
        type=Path,
        metavar="FILE",
        help="regions to learn nothing from: JSON {name: [[[x, y], …], …]} in px",
    )
    parser.add_argument(
        "--filaments",
        type=Path,
        metavar="FILE",
        help="labels along filaments: a file of start-end pairs, or of segments with tube numbers",
    )
    parser.add_argument(
        "--filament-spacing-angstrom",
        type=float,
        metavar="A",
        help="between the labels along filaments (default half the diameter, and never less)",
    )
    parser.add_argument("--pixel-size-angstrom", type=float, metavar="A", help="in place of the files' own")
    add_setting_arguments(parser)


def job_from(args: argparse.Namespace) -> Job:
    """The job that the arguments ask for; what is left out of it is told on standard error.

    Raises:
        PeridotError: files that cannot be read, names that no micrograph has, settings outside their range.
    """
    settings = settings_from(args)
    _check_pixel_size(args.pixel_size_angstrom)
    given = _Given(args.micrographs)
    if not (args.coordinates or args.filaments):
        raise SettingsError("no labels", "--coordinates FILE, --filaments FILE, or both")
    positives = given.labels(args.coordinates, "labels") if args.coordinates else Coordinates.empty()
    if args.filaments:
        rows = filaments_of(given.labels(args.filaments, "filaments"))
        positives = Coordinates.concat([positives, _along(rows, given, args, settings)])
    negatives = given.labels(args.negatives, "negatives") if args.negatives else Coordinates.empty()
    complete = given.names(_listed(args.complete), "complete micrographs") if args.complete else set()
    exclusions = exclusions_on(args.exclusions, given.paths) if args.exclusions else {}
    needed = {*positives.names(), *negatives.names(), *complete}
    return Job(
        job_id="command-line",
        micrographs=tuple(
            JobMicrograph(
                given.ids[name],
                name,
                str(path),
                _pixel_size(args.pixel_size_angstrom, path, name in needed),
                name in complete,
                exclusions.get(name, ()),
            )
            for name, path in given.known.items()
        ),
        labels=tuple(given.job_labels(positives, "positive") + given.job_labels(negatives, "negative")),
        settings=settings,
    )


class _Given:
    """The micrographs that were given, and what files say about them by name."""

    def __init__(self, where: str):
        self.known = known_micrographs(where)
        self.ids = {name: number for number, name in enumerate(self.known, start=1)}
        self.paths = relative_paths(where, self.known)

    def labels(self, path: Path, what: str) -> Coordinates:
        """The rows of a coordinate file on the given micrographs."""
        return self._assigned(read_coordinates(path), what, f" in {path.name}").coordinates

    def job_labels(self, rows: Coordinates, kind: str) -> list[JobLabel]:
        return [
            JobLabel(self.ids[name], float(x), float(y), kind)
            for name, x, y in zip(rows.micrograph, rows.x, rows.y, strict=True)
        ]

    def names(self, written: Sequence[str], what: str) -> set[str]:
        """The given micrographs that names mean."""
        nowhere = np.zeros(len(written))
        return set(self._assigned(Coordinates(written, nowhere, nowhere), what, "").coordinates.micrograph)

    def _assigned(self, rows: Coordinates, what: str, where: str) -> Assignment:
        """Rows under the given micrographs' names; those of others are told, and refused when there is nothing else."""
        assigned = assign_clearly(rows, self.paths, what)
        strangers = ", ".join(list(assigned.unmatched)[:3])
        if not len(assigned.coordinates):
            found = f"{what} on {strangers}{where}" if strangers else f"no {what}{where}"
            raise CoordinateError(found, f"{what} on the given micrographs", "check the names")
        if assigned.unmatched:
            number = sum(assigned.unmatched.values())
            print(f"left out: {number} {what} on {strangers}, not given", file=sys.stderr)
        return assigned


def _along(
    filaments: Filaments, given: _Given, args: argparse.Namespace, settings: TrainingSettings
) -> Coordinates:
    """The labels along filaments, in px of each one's own micrograph; never closer than two picks can be."""
    least = default_spacing_angstrom(settings.diameter_angstrom)
    spacing = least if args.filament_spacing_angstrom is None else args.filament_spacing_angstrom
    low, high = SPACING_RANGE_ANGSTROM
    if not low <= spacing <= high and args.filament_spacing_angstrom is not None:
        raise SettingsError(f"--filament-spacing-angstrom {spacing:g}", f"{low:g} to {high:g} Å")
    tables = []
    for name, rows in filaments.rows_by_micrograph().items():
        size = _pixel_size(args.pixel_size_angstrom, given.known[name], True)
        tables.append(particles(filaments.select(rows), spacing_px(max(spacing, least), size)))
    return Coordinates.concat(tables)


def _listed(text: str) -> list[str]:
    """Names out of a file of one a line, or between commas."""
    if Path(text).is_file():
        try:
            lines = Path(text).read_text(encoding="utf-8").splitlines()
        except (OSError, ValueError) as error:
            raise CoordinateError(f"{text} cannot be read as text", "a file of one name a line") from error
    else:
        lines = text.split(",")
    return [line.strip() for line in lines if line.strip()]


def _check_pixel_size(size: float | None) -> None:
    low, high = PIXEL_SIZE_RANGE_ANGSTROM
    if size is not None and not low <= size <= high:
        raise SettingsError(f"--pixel-size-angstrom {size:g}", f"{low} to {high} Å")


def _pixel_size(given: float | None, path: Path, needed: bool) -> float | None:
    """The pixel size in effect: the flag's, else the file's, which those that are not learned from need not have."""
    if given is not None or not needed:
        return given
    size = read_header(path).pixel_size_angstrom
    if size is None:
        raise MicrographError(
            f"{path.name} has no pixel size", "one in its header", "give --pixel-size-angstrom"
        )
    return size
