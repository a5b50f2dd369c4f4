"""`run.py train`: a model from labeled coordinates, by the same path as the page's worker."""

import argparse
import sys
from pathlib import Path

from topazcore.commands.output import check_folder, writing
from topazcore.commands.progress import progress_line
from topazcore.commands.training_job import add_training_arguments, job_from
from topazcore.control import Control
from topazcore.job import Job
from topazcore.processor import let_idle_threads_sleep

HELP = "train a model from labeled coordinates"
_PRIOR_FROM = {
    "pi": "pi was given",
    "expected": "as given",
    "complete": "counted on the complete micrographs",
    "guess": "a guess",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    add_training_arguments(parser)
    parser.add_argument(
        "--out", type=Path, required=True, metavar="MODEL", help="gets the model (.safetensors)"
    )


def run(args: argparse.Namespace) -> int:
    """Train and write the model; what was learned from goes to standard output."""
    job = job_from(args)
    check_folder(args.out)
    # Only now: torch takes seconds to load, and bad input need not wait for it.
    let_idle_threads_sleep()
    from topazcore.checkpoint import save_model
    from topazcore.pipeline import train_job

    with progress_line("training: step", sys.stderr) as progress:
        trained = train_job(job, _Teller(job, progress), Control())
    with writing(args.out):
        save_model(trained.model, args.out)
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
        elif event == "started":
            _tell_left_out(fields["labels_outside"], "outside their micrograph")
            _tell_left_out(fields["labels_excluded"], "in exclusions")


def _tell_left_out(labels: int, where: str) -> None:
    if labels:
        print(f"left out: {labels} labels {where}", file=sys.stderr)


def _summary(model, path: Path) -> str:
    facts, scales = model.summary, model.scales
    return (
        f"{path}: {facts['steps']} steps in {facts['seconds']:.1f} s on {facts['labels']} labels of "
        f"{facts['labeled_micrographs']} micrographs; downsampled by {scales.downsample:g} to "
        f"{scales.pixel_size_ds_angstrom:.4g} Å/px, the particle is {scales.diameter_ds:.1f} px wide; "
        f"{model.expected_particles:.4g} particles expected per micrograph ({_PRIOR_FROM[facts['prior_from']]}), "
        f"pi {facts['pi']:.4g}, {facts['observed_fraction']:.4g} labeled"
    )
