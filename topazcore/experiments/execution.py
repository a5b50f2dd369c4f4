"""Runs the trials of an experiment side by side, one thread each, and remembers each as soon as it is finished.

Trials run in processes of their own unless one at a time is asked for. Interrupted, it goes on where it was: only
what was under way is lost. It decides nothing about what a trial is; `measures` does.
"""

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import lru_cache
from multiprocessing.connection import wait
from pathlib import Path

from topazcore.experiments.experiment import Row, SimulatedSet, Trial
from topazcore.experiments.ledger import Ledger, key_of
from topazcore.experiments.progress import Progress
from topazcore.experiments.sets import open_set
from topazcore.processor import let_idle_threads_sleep

_LEDGER_FILE, _CACHE_FOLDER = "trials.jsonl", "micrographs"


def run_trials(
    trials: Sequence[Trial], measure: str, folder: Path, workers: int, progress: Progress
) -> list[Row]:
    """The rows of all trials, in their order: facts, labels, seed and measured values.

    Args:
        measure: name of the function in `measures` that judges them.
        folder: keeps the simulated micrographs and the finished trials; exists.
        workers: trials at a time; 1 runs them in this process.

    Raises:
        PeridotError: a trial failed; those finished before are kept.
    """
    ledger, cache = Ledger(folder / _LEDGER_FILE), folder / _CACHE_FOLDER
    _make_sets(trials, cache, progress)
    keys = [key_of(trial, measure) for trial in trials]
    waiting = {key: trial for key, trial in zip(keys, trials, strict=True) if ledger.get(key) is None}
    progress.begin(len(trials), len(trials) - len(waiting))
    for key, values in _outcomes(waiting, measure, cache, workers):
        ledger.add(key, waiting[key], values)
        progress.advance()
    return [_row(trial, ledger.get(key)) for key, trial in zip(keys, trials, strict=True)]


def _row(trial: Trial, values: dict) -> Row:
    return {**trial.facts, "labels": trial.labels, "seed": trial.seed, **values}


def _make_sets(trials: Sequence[Trial], cache: Path, progress: Progress) -> None:
    """Simulate what is not there yet: here, so that no two processes make the same."""
    for spec in dict.fromkeys(trial.data for trial in trials if isinstance(trial.data, SimulatedSet)):
        progress.say(f"micrographs of {spec.simulation.particle}")
        open_set(spec, cache)


def _outcomes(
    trials: dict[str, Trial], measure: str, cache: Path, workers: int
) -> Iterator[tuple[str, dict]]:
    """Key and values of each trial, as they are finished."""
    if workers == 1 or len(trials) < 2:
        for key, trial in trials.items():
            yield key, _run(trial, measure, cache)
        return
    pool = ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), _in_a_worker)
    try:
        futures = {pool.submit(_run, trial, measure, cache): key for key, trial in trials.items()}
        for future in as_completed(futures):
            yield futures[future], future.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _run(trial: Trial, measure: str, cache: Path) -> dict:
    let_idle_threads_sleep()
    from topazcore.experiments import measures

    return getattr(measures, measure)(trial, _opened(trial.data, cache))


@lru_cache(maxsize=8)
def _opened(spec, cache):
    return open_set(spec, cache)


def _in_a_worker() -> None:
    """Ctrl-C and the end of the parent process end a worker at once and without a word."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    parent = multiprocessing.parent_process().sentinel
    threading.Thread(target=lambda: (wait([parent]), os._exit(1)), daemon=True).start()
