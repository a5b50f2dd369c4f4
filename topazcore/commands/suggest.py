"""`run.py suggest`: first suggestions without a model, for a person to review. They are no labels: never train on
them as they are, only on those that somebody has looked at.
"""

import argparse
import math
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from topazcore.commands.known import (
    assign_clearly,
    exclusions_on,
    job_micrographs,
    known_micrographs,
    relative_paths,
)
from topazcore.commands.output import check_out, write_picks
from topazcore.commands.pick import add_extraction_arguments, extraction_settings
from topazcore.commands.progress import progress_line
from topazcore.config import TrainingSettings
from topazcore.control import Control
from topazcore.coordinates import Coordinates
from topazcore.errors import CoordinateError, PeridotError, SettingsError
from topazcore.formats import read_coordinates
from topazcore.job import Job, JobLabel, JobMicrograph
from topazcore.suggest import CONTRASTS
from topazcore.suggesting import suggest_job

HELP = (
    "suggest particles without a model: blobs of the particle's size, or what looks like labels; a person has to "
    "review them, they are no labels by themselves"
)
METHODS = ("blobs", "templates")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("micrographs", metavar="MICROGRAPHS", help="a folder, a file or a quoted pattern")
    parser.add_argument("--diameter-angstrom", type=float, required=True, metavar="D", help="of the particle")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help=".star or .txt")
    parser.add_argument("--pixel-size-angstrom", type=float, metavar="A", help="in place of the files' own")
    parser.add_argument(
        "--method", choices=METHODS, help="default: templates with --coordinates, blobs without"
    )
    parser.add_argument("--coordinates", type=Path, metavar="FILE", help="labels to average as a template")
    parser.add_argument(
        "--contrast", choices=CONTRASTS, default="dark", help="of blobs on their surroundings (default dark)"
    )
    parser.add_argument(
        "--expected-particles",
        type=float,
        metavar="N",
        help="per micrograph (default: guessed from the area)",
    )
    parser.add_argument(
        "--threshold",
        type=float,
        default=0.0,
        metavar="T",
        help="write those of at least this score (default 0; scores are z-scores, moved by one constant)",
    )
    add_extraction_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Write the suggestions on every micrograph that can be read; exit code 2 if one could not."""
    _check(args)
    known = known_micrographs(args.micrographs)
    paths = relative_paths(args.micrographs, known)
    job = _job(args, known, paths)
    failures: list[str] = []

    def skipped(micrograph: JobMicrograph, error: PeridotError) -> None:
        failures.append(f"{micrograph.name}: {error}")

    with progress_line("searched", sys.stderr) as progress:
        tables = {}
        for micrograph, picks in suggest_job(job, Control(), skipped, args.contrast):
            names = np.full(len(picks), micrograph.name, object)
            tables[micrograph.name] = Coordinates(names, *picks.xy.T, picks.score)
            progress(len(tables), len(known))
    for failure in failures:
        print(f"left out: {failure}", file=sys.stderr)
    found = Coordinates.concat(tables[name] for name in known if name in tables)
    kept = found.select(found.score >= args.threshold)
    write_picks(args.out, kept, paths, args.pixel_size_angstrom)
    print(f"{len(kept)} suggestions to review on {len(tables)} micrographs written to {args.out}")
    return 2 if failures else 0


def _check(args: argparse.Namespace) -> None:
    check_out(args.out)
    if math.isnan(args.threshold):
        raise SettingsError("--threshold nan", "a number")
    if args.method == "templates" and not args.coordinates:
        raise SettingsError(
            "--method templates without labels", "--coordinates FILE", "label a few particles"
        )
    if args.method == "blobs" and args.coordinates:
        raise SettingsError("--method blobs with --coordinates", "one of both", "leave one out")


def _job(args: argparse.Namespace, known: dict[str, Path], paths: dict[str, str]) -> Job:
    """The same frozen job that the page would make."""
    settings = TrainingSettings(
        diameter_angstrom=args.diameter_angstrom,
        expected_particles=args.expected_particles,
        **extraction_settings(args),
    )
    exclusions = exclusions_on(args.exclusions, paths) if args.exclusions else {}
    micrographs = job_micrographs(known, args.pixel_size_angstrom, exclusions)
    ids = {micrograph.name: micrograph.id for micrograph in micrographs}
    labels = tuple(_labels(args.coordinates, paths, ids)) if args.coordinates else ()
    return Job("command-line", micrographs, labels, settings, kind="suggest")


def _labels(path: Path, paths: dict[str, str], ids: dict[str, int]) -> Iterator[JobLabel]:
    """The labels on the micrographs; those elsewhere are told, and refused when there are no others."""
    found = assign_clearly(read_coordinates(path), paths, "labels")
    elsewhere = ", ".join(list(found.unmatched)[:3])
    if not len(found.coordinates):
        what = f"labels on {elsewhere}" if elsewhere else "no labels"
        raise CoordinateError(f"{what} in {path.name}", "labels on the given micrographs", "check the names")
    if found.unmatched:
        count = sum(found.unmatched.values())
        print(f"left out: {count} labels on {elsewhere}, not given", file=sys.stderr)
    for name, (x, y) in zip(found.coordinates.micrograph, found.coordinates.xy.tolist(), strict=True):
        yield JobLabel(ids[name], x, y)
