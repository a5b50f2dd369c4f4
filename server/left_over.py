"""What a dead server left: jobs without a last word, and folders of workers that never got a job.

Only looked at when the next server starts; it never touches a model, picks, or a job that has ended.
"""

import shutil
import time
from dataclasses import replace
from pathlib import Path

from topazcore.files import sweep
from topazcore.job import MODEL_FILE

from .event_log import NAME, EventLog, read_events
from .job_table import JobRecord, JobTable
from .paths import StatePaths
from .running_job import interrupted, pick_set, whole


def close_left_open(state: StatePaths, table: JobTable) -> None:
    """Say the last word for jobs whose server died; one that had said it is only recorded."""
    for record in table.select("WHERE state = 'running'"):
        folder = state.job(record.id)
        folder.mkdir(mode=0o700, exist_ok=True)
        kept = list(read_events(folder / NAME))
        last_word = kept[-1] if kept and kept[-1]["event"] == "finished" else say_interrupted(folder, record)
        closed = replace(
            record,
            state=last_word["outcome"],
            phase="finished",
            error=last_word["error"],
            last_seq=last_word["seq"],
            progress=next((event for event in reversed(kept) if event["event"] == "step"), {}),
        )
        named = [event for event in kept if event["event"] == "picks"]
        table.update(closed, {whole(each.get("micrograph")): pick_set(record, each) for each in named})
        sweep(folder)


def say_interrupted(folder: Path, record: JobRecord) -> dict:
    """Append the last word to the log of a job that has none."""
    events = EventLog(folder)
    try:
        now = time.time()
        word = {"time": now, "event": "finished", "outcome": "interrupted", "error": interrupted().as_dict(),
                "seconds": round(now - record.created, 1)}  # fmt: skip
        return events.append(word, durable=True)
    finally:
        events.close()


def remove_never_started(state: StatePaths, table: JobTable) -> None:
    """Remove the folders of spare workers and of jobs that were never acknowledged; nothing else is in them."""
    known = {record.id for record in table.select()}
    for folder in state.jobs.iterdir():
        started = (folder / NAME).exists() or (folder / MODEL_FILE).exists()
        if folder.is_dir() and folder.name not in known and not started:
            shutil.rmtree(folder, ignore_errors=True)
