"""faults.md E5 to E9 and F11: workers that die, hang, lie and flood, as real processes."""

import json
import os
import sys

import pytest

from server import create_app
from server.settings import Settings
from tests.server.support import FAKE_WORKER, TOKEN, Client, is_alive, operation, wait_until

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the faults are made with POSIX signals")


@pytest.fixture
def run(make_app):
    """Start a job with a worker of a scenario; returns the client and the job."""

    def start(scenario: str):
        client = Client(make_app(scenario))
        client.patch("/api/project", {"diameter_angstrom": 36})
        client.label(operation(), operation(x=30.0))
        return client, client.post("/api/jobs", {}, expect=201)

    return start


def ended(client: Client, job: dict) -> dict:
    def is_over() -> dict | None:
        now = client.get(f"/api/jobs/{job['id']}")
        return now if now["state"] != "running" else None

    return wait_until(is_over, "the end of the job")


def events(client: Client, job: dict) -> list[dict]:
    return client.get(f"/api/jobs/{job['id']}/events")["events"]


def labels_are_unhurt(client: Client) -> bool:
    return len(client.get("/api/micrographs/1/labels")["labels"]) == 2


@pytest.mark.parametrize(
    ("case", "scenario", "words"),
    [
        ("E5 killed in the middle", "killed", "out of memory"),
        ("E5 exits without a word", "exits", "exit code 3"),
        ("E7 half a line", "half_a_line", "exit code 1"),
        ("E7 a last word that makes no sense", "lies", "nobody knows"),
        ("E8 says itself that it failed", "fails", "NaN"),
    ],
)
def test_a_worker_that_fails_leaves_a_failed_job_with_the_reason(run, case, scenario, words):
    client, job = run(scenario)
    done = ended(client, job)
    assert (done["state"], done["phase"]) == ("failed", "finished")
    assert words in done["error"]["found"]
    assert set(done["error"]) == {"code", "found", "expected", "action"}
    last = events(client, job)[-1]
    assert (last["event"], last["outcome"], last["error"]) == ("finished", "failed", done["error"])
    assert labels_are_unhurt(client)
    assert client.post("/api/jobs", {}, expect=201)["id"] != job["id"]


def test_junk_and_a_line_of_100_megabytes_cost_a_line_and_no_memory(run):
    import resource

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    client, job = run("junk")
    done = ended(client, job)
    assert done["state"] == "done"
    told = events(client, job)
    assert [each["event"] for each in told] == ["started", "step", "picks", "finished"]
    assert (told[1]["loss"], told[1]["seconds"]) == (None, None)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000


def test_progress_faster_than_anyone_can_draw_is_thinned_before_it_is_numbered(run):
    client, job = run("flood")
    ended(client, job)
    told = events(client, job)
    assert len(told) < 60
    assert [each["seq"] for each in told] == list(range(1, len(told) + 1))


def test_a_worker_that_ignores_cancel_and_term_is_ended_with_its_children(run, monkeypatch):
    monkeypatch.setattr("server.running_job.WorkerProcess.end", quick_end)
    client, job = run("deaf")
    step = wait_until(lambda: [each for each in events(client, job) if each["event"] == "step"])[0]
    pid = events(client, job)[0]["pid"]
    client.post(f"/api/jobs/{job['id']}/cancel")
    done = ended(client, job)
    assert (done["state"], done["error"]) == ("cancelled", None)
    wait_until(lambda: not is_alive(pid) and not is_alive(step["child"]))


def quick_end(worker, polite_s: float = 0.1, terminate_s: float = 0.1) -> None:
    """WorkerProcess.end with less patience."""
    if not worker.waited(polite_s):
        worker.signal_group(force=False)
        if not worker.waited(terminate_s):
            worker.signal_group(force=True)
            worker.waited(10)
    worker.signal_group(force=True)


def test_closing_the_server_ends_the_workers_and_the_job_is_interrupted(run, folder):
    client, job = run("deaf")
    step = wait_until(lambda: [each for each in events(client, job) if each["event"] == "step"])[0]
    pid = events(client, job)[0]["pid"]
    client.flask.application.extensions["peridot"].close()
    wait_until(lambda: not is_alive(pid) and not is_alive(step["child"]))
    again = Client(reopened(folder))
    done = again.get(f"/api/jobs/{job['id']}")
    assert (done["state"], done["error"]["found"]) == (
        "interrupted",
        "the server was stopped while this job ran",
    )
    assert labels_are_unhurt(again)
    again.flask.application.extensions["peridot"].close()


def reopened(folder):
    command = (sys.executable, str(FAKE_WORKER), "good")
    return create_app(Settings(folder=folder), TOKEN, worker_command=command)


@pytest.mark.parametrize(
    ("tail", "state"),
    [
        (b"", "interrupted"),
        (b'{"seq":2,"event":"step"}\n{"seq":3,"eve', "interrupted"),
        (b'{"seq":2,"event":"finished","outcome":"done","error":null}\n', "done"),
    ],
    ids=["no last word", "torn last line", "the last word was said"],
)
def test_a_job_that_a_killed_server_left_open_is_closed_at_the_next_start(run, folder, tail, state):
    client, job = run("waits")
    wait_until(lambda: events(client, job))
    services = client.flask.application.extensions["peridot"]
    path = folder / ".peridot" / "jobs" / job["id"] / "events.jsonl"
    first_line = path.read_bytes().splitlines(keepends=True)[0]
    services.close()
    with services_database(folder) as connection:
        connection.execute("UPDATE job SET state = 'running', phase = 'training', last_seq = 1")
    path.write_bytes(first_line + tail)
    again = Client(reopened(folder))
    done = again.get(f"/api/jobs/{job['id']}")
    told = events(again, job)
    assert (done["state"], done["phase"]) == (state, "finished")
    assert [each["seq"] for each in told] == list(range(1, len(told) + 1))
    assert (told[-1]["outcome"], done["last_seq"]) == (state, told[-1]["seq"])
    again.flask.application.extensions["peridot"].close()


def services_database(folder):
    import sqlite3

    return sqlite3.connect(folder / ".peridot" / "peridot.sqlite", isolation_level=None)


def test_a_disk_that_takes_no_events_fails_the_job_and_ends_its_worker(run, monkeypatch):
    client, job = run("waits")
    pid = wait_until(lambda: events(client, job))[0]["pid"]
    jobs = client.flask.application.extensions["peridot"].jobs

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(jobs.running.events, "append", full)
    client.post(f"/api/jobs/{job['id']}/finish")
    done = ended(client, job)
    wait_until(lambda: not is_alive(pid))
    assert done["state"] in ("done", "failed")
    assert json.dumps(done)


def test_a_disk_that_takes_no_job_refuses_it_with_507_and_keeps_the_spare(run, make_app, monkeypatch):
    client = Client(make_app())
    client.patch("/api/project", {"diameter_angstrom": 36})
    client.label(operation())

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("server.jobs.write_job", full)
    status, error = client.error("POST", "/api/jobs", json={})
    assert (status, error["code"]) == (507, "not_saved")
    assert client.get("/api/project")["job"] is None
    monkeypatch.undo()
    assert ended(client, client.post("/api/jobs", {}, expect=201))["state"] == "done"
