"""What a worker does for a job of each kind: train a model and pick with it, pick with a given one, or suggest.

Everything it makes lies in the job's folder, whole before its event tells of it. It knows nothing of processes and
pipes, and never asks where its events go.
"""

import os
import sys
import time
from io import BytesIO
from pathlib import Path

import numpy as np

from topazcore.checkpoint import Model, save_model
from topazcore.control import Control, Emit
from topazcore.errors import PeridotError
from topazcore.files import replace_file
from topazcore.job import CHECKPOINT_FILE, MODEL_FILE, PICKS_FOLDER, Job, JobMicrograph, read_job
from topazcore.live import LiveView
from topazcore.picking import Picks
from topazcore.pipeline import model_of, pick_job, train_job
from topazcore.resume import write_checkpoint
from topazcore.snapshot import Snapshot
from topazcore.suggesting import suggest_job


def work(folder: Path, emit: Emit, control: Control) -> None:
    """Do what the job frozen in `folder` asks for.

    Raises:
        PeridotError: it went wrong; what was made until then is kept.
        Cancelled: the person cancelled.
        OSError: a file could not be written.
    """
    job = read_job(folder)
    if control.focus is None:
        control.focus = job.focus
    if job.kind != "train":
        return _apply(job, folder, emit, control)

    def publish(micrograph: int, picks: Picks, step: int) -> None:
        _keep_picks(folder, micrograph, picks)
        emit("picks", micrograph=micrograph, **_in_numbers(picks), final=False, step=step)

    live = LiveView(job, control, publish)
    try:
        trained = train_job(job, emit, control, live, _Keeper(folder / CHECKPOINT_FILE, job))
    finally:
        live.close()
    save_model(trained.model, folder / MODEL_FILE)
    summary = trained.model.summary
    told = ("steps", "seconds", "best_step", "held_out", "score_mixture")
    emit("model", **{name: summary[name] for name in told})
    if trained.error:
        raise trained.error
    _pick_everything(job, trained.model, folder, emit, control)
    # Nothing is left that could be interrupted.
    (folder / CHECKPOINT_FILE).unlink(missing_ok=True)


class _Keeper:
    """Keeps the checkpoint of a training; one that the disk does not take is no reason to stop."""

    def __init__(self, path: Path, job: Job):
        self._path, self._job = path, job

    def __call__(self, parts: dict[str, Snapshot]) -> None:
        try:
            write_checkpoint(self._path, self._job, parts)
        except OSError as error:
            print(f"no checkpoint was kept: {error.strerror}", file=sys.stderr)


def _apply(job: Job, folder: Path, emit: Emit, control: Control) -> None:
    """Pick all micrographs with the job's model, or suggest picks without any."""
    model = model_of(job) if job.kind == "pick" else None
    emit("started", pid=os.getpid(), labels=len(job.labels), micrographs=len(job.micrographs))
    _pick_everything(job, model, folder, emit, control)


def _pick_everything(job: Job, model: Model | None, folder: Path, emit: Emit, control: Control) -> None:
    """Final picks of all micrographs; without a model, suggestions."""
    began, done, total = time.monotonic(), 0, len(job.micrographs)
    steps = model.summary.get("steps", 0) if model else 0

    def skipped(micrograph: JobMicrograph, error: PeridotError) -> None:
        nonlocal done
        done += 1
        emit("skipped", micrograph=micrograph.id, error=error.as_dict())

    found = pick_job(job, model, control, skipped) if model else suggest_job(job, control, skipped)
    for micrograph, picks in found:
        done += 1
        _keep_picks(folder, micrograph.id, picks)
        emit(
            "picks",
            micrograph=micrograph.id,
            **_in_numbers(picks),
            final=True,
            step=steps,
            done=done,
            total=total,
            seconds_left=(time.monotonic() - began) / done * (total - done),
        )
        began += control.rest_if_asked(emit, steps)


def _in_numbers(picks: Picks) -> dict[str, object]:
    """What a list of micrographs says of picks."""
    return {"count": picks.count, "mean_score": picks.mean_score}


def _keep_picks(folder: Path, micrograph: int, picks: Picks) -> None:
    """picks/<id>.npy, whole before anyone hears of it."""
    data = BytesIO()
    np.save(data, picks.as_array())
    (folder / PICKS_FOLDER).mkdir(exist_ok=True)
    replace_file(folder / PICKS_FOLDER / f"{micrograph}.npy", data.getvalue())
