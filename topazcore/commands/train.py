"""`run.py train`: a model from labeled coordinates, by the same path as the page's worker."""

import argparse
import sys
from pathlib import Path

from topazcore.commands.known import assign_clearly, known_micrographs, relative_paths
from topazcore.commands.progress import progress_line
from topazcore.config import NORMALISATIONS, OBJECTIVES, PIXEL_SIZE_RANGE_ANGSTROM, TrainingSettings
from topazcore.control import Control
from topazcore.coordinates import Assignment
from topazcore.errors import CoordinateError, MicrographError, PeridotError, SettingsError
from topazcore.formats import read_coordinates
from topazcore.job import Job, JobLabel, JobMicrograph
from topazcore.micrograph import read_header
from topazcore.processor import let_idle_threads_sleep

HELP = "train a model from labeled coordinates"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    defaults = TrainingSettings()
    parser.add_argument("micrographs", metavar="MICROGRAPHS", help="a folder, a file or a quoted pattern")
    parser.add_argument(
        "--coordinates", type=Path, required=True, metavar="FILE", help="labels: .star or .txt"
    )
    parser.add_argument("--diameter-angstrom", type=float, required=True, metavar="D", help="of the particle")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="MODEL", help="gets the model (.safetensors)"
    )
    parser.add_argument("--pixel-size-angstrom", type=float, metavar="A", help="in place of the files' own")
    parser.add_argument(
        "--expected-particles",
        type=float,
        metavar="N",
        help="per micrograph (default: guessed from the area)",
    )
    parser.add_argument(
        "--objective", choices=OBJECTIVES, default=defaults.objective, help="default %(default)s"
    )
    parser.add_argument(
        "--normalisation", choices=NORMALISATIONS, default=defaults.normalisation, help="default %(default)s"
    )
    parser.add_argument("--seed", type=int, default=defaults.seed, metavar="S", help="same seed, same model")
    parser.add_argument(
        "--max-seconds", type=float, default=defaults.max_seconds, metavar="T", help="default %(default)g"
    )


def run(args: argparse.Namespace) -> int:
    """Train and write the model; what was learned from goes to standard output."""
    job = _job(args)
    if not args.out.absolute().parent.is_dir():
        raise PeridotError(f"--out {args.out}", "a name in a folder that exists", "make the folder first")
    # Only now: torch takes seconds to load, and bad input need not wait for it.
    let_idle_threads_sleep()
    from topazcore.checkpoint import save_model
    from topazcore.pipeline import train_job

    with progress_line("training: step", sys.stderr) as progress:
        trained = train_job(job, _Teller(job, progress), Control())
    _write(save_model, trained.model, args.out)
    if trained.error:
        raise trained.error
    print(_summary(trained.model, args.out))
    return 0


class _Teller:
    """Turns the events of a training into a progress line and warnings."""

    def __init__(self, job: Job, progress):
        self._names = {micrograph.id: micrograph.name for micrograph in job.micrographs}
        self._progress = progress

    def __call__(self, event: str, **fields) -> None:
        if event == "step":
            self._progress(fields["step"], fields["steps"])
        elif event == "skipped":
            error = fields["error"]
            print(f"left out: {self._names[fields['micrograph']]}: {error['found']}", file=sys.stderr)
        elif event == "started" and fields["labels_outside"]:
            print(f"left out: {fields['labels_outside']} labels outside their micrograph", file=sys.stderr)


def _job(args: argparse.Namespace) -> Job:
    """The same frozen job that the page would make."""
    settings = TrainingSettings.from_dict(
        {
            "diameter_angstrom": args.diameter_angstrom,
            "expected_particles": args.expected_particles,
            "objective": args.objective,
            "normalisation": args.normalisation,
            "seed": args.seed,
            "max_seconds": args.max_seconds,
        }
    )
    known = known_micrographs(args.micrographs)
    labels = assign_clearly(
        read_coordinates(args.coordinates), relative_paths(args.micrographs, known), "labels"
    )
    _tell_unmatched(labels, args.coordinates)
    ids = {name: number for number, name in enumerate(known, start=1)}
    labeled = set(labels.coordinates.names())
    rows = labels.coordinates
    return Job(
        job_id="command-line",
        micrographs=tuple(
            JobMicrograph(number, name, str(known[name]), _pixel_size(args, known[name], name in labeled))
            for name, number in ids.items()
        ),
        labels=tuple(
            JobLabel(ids[name], float(x), float(y))
            for name, x, y in zip(rows.micrograph, rows.x, rows.y, strict=True)
        ),
        settings=settings,
    )


def _tell_unmatched(labels: Assignment, source: Path) -> None:
    """Say which labels have no micrograph; refuse when none has."""
    names = ", ".join(list(labels.unmatched)[:3])
    if not len(labels.coordinates):
        found = f"labels on {names}" if names else "no labels"
        raise CoordinateError(
            f"{found} in {source.name}", "labels on the given micrographs", "check the names"
        )
    if labels.unmatched:
        print(f"left out: {sum(labels.unmatched.values())} labels on {names}, not given", file=sys.stderr)


def _pixel_size(args: argparse.Namespace, path: Path, labeled: bool) -> float | None:
    """The pixel size in effect: the flag's, else the file's, which those without labels need not have."""
    if args.pixel_size_angstrom is not None:
        low, high = PIXEL_SIZE_RANGE_ANGSTROM
        if not low <= args.pixel_size_angstrom <= high:
            raise SettingsError(f"--pixel-size-angstrom {args.pixel_size_angstrom:g}", f"{low} to {high} Å")
        return args.pixel_size_angstrom
    if not labeled:
        return None
    size = read_header(path).pixel_size_angstrom
    if size is None:
        raise MicrographError(
            f"{path.name} has no pixel size", "one in its header", "give --pixel-size-angstrom"
        )
    return size


def _write(save_model, model, path: Path) -> None:
    try:
        save_model(model, path)
    except OSError as error:
        raise PeridotError(
            f"{path} cannot be written: {error.strerror}", "a writable folder with space"
        ) from error


def _summary(model, path: Path) -> str:
    facts, scales = model.summary, model.scales
    return (
        f"{path}: {facts['steps']} steps in {facts['seconds']:.1f} s on {facts['labels']} labels of "
        f"{facts['labeled_micrographs']} micrographs; downsampled by {scales.downsample:g} to "
        f"{scales.pixel_size_ds_angstrom:.4g} Å/px, the particle is {scales.diameter_ds:.1f} px wide; "
        f"{model.expected_particles:g} particles expected per micrograph"
    )
