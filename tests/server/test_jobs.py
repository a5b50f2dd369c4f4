"""Jobs over HTTP, run by a fake worker that is a real process."""

import json

import pytest

from tests.server.support import Client, operation, wait_until

DIAMETER = {"diameter_angstrom": 36}


@pytest.fixture
def ready(make_app):
    """A project in which training can start, with a worker of the given scenario."""

    def make(scenario: str = "good") -> Client:
        client = Client(make_app(scenario))
        client.patch("/api/project", DIAMETER)
        client.label(operation(), operation(x=30.0))
        return client

    return make


def start(client: Client, **body) -> dict:
    return client.post("/api/jobs", body, expect=201)


def ended(client: Client, job: dict) -> dict:
    def is_over() -> dict | None:
        now = client.get(f"/api/jobs/{job['id']}")
        return now if now["state"] != "running" else None

    return wait_until(is_over, "the end of the job")


def events(client: Client, job: dict, after: int = 0) -> list[dict]:
    return client.get(f"/api/jobs/{job['id']}/events?after={after}")["events"]


def test_a_job_runs_to_its_end_and_leaves_its_picks(ready):
    client = ready()
    job = start(client, focus=1, settings={"seed": 7, "max_seconds": 5})
    assert (job["kind"], job["state"], job["phase"]) == ("train", "running", "starting")
    assert (job["labels"], job["labeled_micrographs"]) == (2, 1)
    done = ended(client, job)
    assert (done["state"], done["phase"], done["error"]) == ("done", "finished", None)
    assert (done["settings"]["seed"], done["settings"]["diameter_angstrom"]) == (7, 36.0)
    assert done["progress"]["event"] == "picks"
    picks = client.get("/api/micrographs/2/picks")
    assert picks == {"job": job["id"], "kind": "train", "final": True, "step": 3,
                     "x": [10.0, 30.0, 50.0], "y": [20.0, 40.0, 60.0],
                     "score": [2.5, 0.5, -1.0]}  # fmt: skip
    listed = client.get("/api/micrographs")["micrographs"]
    assert [each["picks"] for each in listed] == [
        {"job": job["id"], "kind": "train", "count": 2, "mean_score": 1.5, "final": True}
    ] * 2
    assert client.get("/api/project")["job"]["id"] == job["id"]


def test_events_are_numbered_without_gaps_and_can_be_asked_for_from_anywhere(ready):
    client = ready()
    job = ended(client, start(client))
    told = events(client, job)
    assert [each["seq"] for each in told] == list(range(1, len(told) + 1))
    assert (told[0]["event"], told[-1]["event"]) == ("started", "finished")
    assert job["last_seq"] == told[-1]["seq"]
    assert events(client, job, after=3) == told[3:]
    assert events(client, job, after=10**6) == []


def test_pages_hear_every_event_after_it_is_kept(make_app):
    app = make_app()
    client, here = Client(app), app.extensions["peridot"]
    heard = []

    def hear(event: str, content: dict) -> None:
        if event == "job.event":
            kept = client.get(f"/api/jobs/{content['job']}/events")["events"]
            heard.append((content["seq"], kept[-1]["seq"] >= content["seq"]))

    here.jobs.tell = hear
    client.patch("/api/project", DIAMETER)
    client.label(operation())
    job = ended(client, start(client))
    wait_until(lambda: heard and heard[-1][0] == job["last_seq"])
    assert [seq for seq, _ in heard] == list(range(1, job["last_seq"] + 1))
    assert all(is_kept for _, is_kept in heard)


def test_the_snapshot_is_what_the_labels_were(ready, folder):
    client = ready("waits")
    job = start(client, focus=2)
    client.label(operation(x=50.0))
    frozen = json.loads((folder / ".peridot" / "jobs" / job["id"] / "job.json").read_text(encoding="utf-8"))
    assert sorted(label["x"] for label in frozen["labels"]) == [10.0, 30.0]
    assert frozen["micrographs"][0]["path"] == str((folder / "m1.mrc").resolve())
    assert frozen["micrographs"][0]["pixel_size_angstrom"] == 2.0
    assert (frozen["focus"], frozen["warm_start"], frozen["job_id"]) == (2, None, job["id"])
    client.post(f"/api/jobs/{job['id']}/cancel")
    ended(client, job)


def test_two_train_clicks_at_once_are_one_job_and_the_other_is_told_which(ready):
    client = ready("waits")
    job = start(client)
    status, error = client.error("POST", "/api/jobs", json={})
    assert (status, error["code"]) == (409, "conflict")
    assert job["id"] in error["found"]
    client.post(f"/api/jobs/{job['id']}/cancel")
    ended(client, job)


def test_a_training_is_paused_and_continued(ready):
    client = ready("pauses")
    job = start(client)

    def phase() -> str:
        return client.get(f"/api/jobs/{job['id']}")["phase"]

    client.post(f"/api/jobs/{job['id']}/pause")
    wait_until(lambda: phase() == "paused")
    assert client.get(f"/api/jobs/{job['id']}")["state"] == "running"
    client.post(f"/api/jobs/{job['id']}/continue")
    wait_until(lambda: phase() == "training")
    client.post(f"/api/jobs/{job['id']}/cancel")
    assert ended(client, job)["state"] == "cancelled"
    assert client.post(f"/api/jobs/{job['id']}/pause")["state"] == "cancelled"


def frozen(folder, job: dict) -> dict:
    return json.loads((folder / ".peridot" / "jobs" / job["id"] / "job.json").read_text(encoding="utf-8"))


def test_a_failed_training_is_resumed_with_the_same_labels_and_settings(ready, folder):
    client = ready("stumbles")
    failed = ended(client, start(client, focus=1, settings={"seed": 5}))
    assert (failed["state"], failed["resumable"]) == ("failed", True)
    assert client.get("/api/project")["job"]["resumable"] is True
    client.label(operation(x=50.0))
    client.patch("/api/project", {"diameter_angstrom": 40})
    job = ended(client, client.post(f"/api/jobs/{failed['id']}/resume", {"focus": 2}, expect=201))
    assert (job["state"], job["labels"], job["resumable"]) == ("done", 2, False)
    before, after = frozen(folder, failed), frozen(folder, job)
    checkpoint = (folder / ".peridot/jobs" / failed["id"] / "checkpoint.safetensors").resolve()
    assert (after["resume"], after["focus"], after["job_id"]) == (str(checkpoint), 2, job["id"])
    assert all(after[name] == before[name] for name in ("labels", "settings", "micrographs", "warm_start"))


def test_a_resumed_training_that_fails_at_once_can_be_resumed_from_where_the_first_was_kept(ready, folder):
    client = ready("stumbles_again")
    first = ended(client, start(client))
    second = ended(client, client.post(f"/api/jobs/{first['id']}/resume", expect=201))
    assert (second["state"], second["resumable"]) == ("failed", True)
    third = ended(client, client.post(f"/api/jobs/{second['id']}/resume", expect=201))
    assert frozen(folder, third)["resume"] == frozen(folder, second)["resume"]


@pytest.mark.parametrize("scenario", ["good", "exits"])
def test_what_left_nothing_to_go_on_from_is_not_resumed(ready, scenario):
    client = ready(scenario)
    job = ended(client, start(client))
    assert job["resumable"] is False
    status, error = client.error("POST", f"/api/jobs/{job['id']}/resume", json={})
    assert (status, error["code"]) == (409, "conflict")
    assert client.error("POST", f"/api/jobs/{'0' * 16}/resume", json={})[0] == 404


def test_a_resumption_that_looks_at_what_is_not_there_is_refused(ready):
    client = ready("stumbles")
    job = ended(client, start(client))
    assert "99" in client.error("POST", f"/api/jobs/{job['id']}/resume", json={"focus": 99})[1]["found"]


def test_suggestions_need_no_label_and_are_told_from_picks(client, folder):
    assert client.error("POST", "/api/jobs", json={"kind": "suggest"})[1]["found"] == "no particle diameter"
    client.patch("/api/project", DIAMETER)
    job = ended(client, start(client, kind="suggest", focus=1))
    assert (job["kind"], job["state"], job["labels"], job["resumable"]) == ("suggest", "done", 0, False)
    assert frozen(folder, job)["settings"]["expected_particles"] >= 1
    listed = client.get("/api/micrographs")["micrographs"]
    assert [each["picks"]["kind"] for each in listed] == ["suggest", "suggest"]
    assert [each["labels"] for each in listed] == [0, 0]
    assert client.get("/api/project")["derived_error"]["found"] == "no labels"


def test_suggestions_never_hide_the_picks_of_a_model(ready):
    client = ready()
    trained = ended(client, start(client))
    suggested = ended(client, start(client, kind="suggest"))
    listed = client.get("/api/micrographs")["micrographs"]
    assert {each["picks"]["job"] for each in listed} == {trained["id"]}
    assert client.get(f"/api/micrographs/1/picks?job={suggested['id']}")["kind"] == "suggest"


def test_a_running_suggestion_does_not_hide_them_either(make_app):
    client = Client(make_app())
    client.patch("/api/project", DIAMETER)
    client.label(operation())
    trained = ended(client, start(client))
    jobs = client.flask.application.extensions["peridot"].jobs
    wait_until(lambda: jobs.spare)
    jobs.drop_spare()
    jobs.command = (*jobs.command[:-1], "focuses")
    job = start(client, kind="suggest")
    client.post(f"/api/jobs/{job['id']}/focus", {"micrograph": 2})
    wait_until(lambda: [each for each in events(client, job) if each["event"] == "picks"])
    assert client.get("/api/micrographs/2/picks")["job"] == trained["id"]
    client.post(f"/api/jobs/{job['id']}/cancel")
    ended(client, job)


def test_the_projects_training_settings_hold_unless_the_request_says_otherwise(ready):
    client = ready()
    client.patch("/api/project", {"training": {"seed": 3, "slack": 2.5, "classifier": "resnet8"}})
    settings = ended(client, start(client, settings={"seed": 4}))["settings"]
    assert (settings["seed"], settings["slack"], settings["classifier"]) == (4, 2.5, "resnet8")


@pytest.mark.parametrize(
    "change", [{"classifier": "resnet8"}, {"units": 16}, {"normalisation": "mixture"}, {"downsample": 2.0}],
    ids=str,
)  # fmt: skip
def test_a_warm_start_never_goes_on_from_another_network_or_scale(ready, folder, change):
    client = ready()
    first = ended(client, start(client))
    client.patch("/api/project", {"training": {"warm_start": True}})
    other = ended(client, start(client, settings=change))
    again = ended(client, start(client))
    assert frozen(folder, other)["warm_start"] is None
    assert frozen(folder, again)["warm_start"].count(first["id"]) == 1


@pytest.mark.parametrize(("command", "state"), [("cancel", "cancelled"), ("finish", "done")])
def test_a_running_job_can_be_stopped_either_way(ready, command, state):
    client = ready("waits")
    job = start(client)
    client.post(f"/api/jobs/{job['id']}/{command}")
    assert ended(client, job)["state"] == state
    assert client.post(f"/api/jobs/{job['id']}/{command}")["state"] == state


def test_the_worker_is_told_where_the_user_looks_and_shows_picks_while_it_trains(ready):
    client = ready("focuses")
    job = start(client)
    assert client.error("GET", "/api/micrographs/2/picks")[1]["code"] == "no_picks"
    client.post(f"/api/jobs/{job['id']}/focus", {"micrograph": 2})
    wait_until(lambda: [each for each in events(client, job) if each["event"] == "picks"])
    picks = client.get("/api/micrographs/2/picks")
    assert (picks["final"], picks["step"], len(picks["x"])) == (False, 1, 3)
    client.post(f"/api/jobs/{job['id']}/cancel")
    assert ended(client, job)["state"] == "cancelled"
    assert client.get("/api/micrographs/2/picks")["job"] == job["id"]


def test_the_next_job_starts_on_a_worker_that_was_waiting(ready, make_app):
    client = ready()
    here = client.flask.application.extensions["peridot"]
    spare = here.jobs.spare
    job = start(client)
    assert (spare.folder.name, here.jobs.running is None or here.jobs.running.worker is spare) == (
        job["id"],
        True,
    )
    ended(client, job)
    wait_until(lambda: here.jobs.spare)
    assert here.jobs.spare.pid != spare.pid


@pytest.mark.parametrize(
    ("preparation", "body", "found"),
    [
        ({}, {}, "no particle diameter"),
        (DIAMETER, {}, "no labels"),
        (DIAMETER, {"settings": {"diameter_angstrom": -1}}, "diameter -1"),
        (DIAMETER, {"settings": {"max_seconds": "long"}}, "max_seconds"),
        (DIAMETER, {"settings": {"colour": "red"}}, "colour"),
        (DIAMETER, {"settings": {"warm_start": "yes"}}, "warm_start"),
        (DIAMETER, {"kind": "dance"}, "'kind'"),
        (DIAMETER, {"focus": "1"}, "'focus'"),
    ],
    ids=str,
)
def test_what_could_not_train_is_refused_before_any_process_starts(app, client, preparation, body, found):
    client.patch("/api/project", preparation)
    status, error = client.error("POST", "/api/jobs", json=body)
    assert status == 400
    assert found in error["found"]
    jobs = app.extensions["peridot"].jobs
    assert (jobs.running, jobs.spare, client.get("/api/project")["job"]) == (None, None, None)
    assert list(jobs.state.jobs.iterdir()) == []


@pytest.mark.parametrize("expected", [1e6, 2.0], ids=["more than fit", "fewer than are labeled"])
def test_an_expectation_that_cannot_be_is_refused_with_pi(ready, expected):
    client = ready()
    client.label(operation(), operation())
    status, error = client.error("POST", "/api/jobs", json={"settings": {"expected_particles": expected}})
    assert (status, error["code"]) == (400, "bad_settings")
    assert "pi" in error["found"]
    assert client.flask.application.extensions["peridot"].jobs.running is None


def test_a_focus_on_a_micrograph_that_is_not_there_is_refused(ready):
    client = ready()
    assert "99" in client.error("POST", "/api/jobs", json={"focus": 99})[1]["found"]


def test_a_warm_start_goes_on_from_the_newest_model_of_the_same_scales(ready, folder):
    client = ready()
    first = ended(client, start(client))

    def warm_start_of(job: dict) -> str | None:
        path = folder / ".peridot" / "jobs" / job["id"] / "job.json"
        return json.loads(path.read_text(encoding="utf-8"))["warm_start"]

    second = ended(client, start(client, settings={"warm_start": True}))
    assert warm_start_of(second) == str(
        (folder / ".peridot/jobs" / first["id"] / "model.safetensors").resolve()
    )
    client.patch("/api/project", {"diameter_angstrom": 72})
    assert warm_start_of(ended(client, start(client, settings={"warm_start": True}))) is None


@pytest.mark.parametrize("job_id", ["0" * 16, "x", "..", "%2e%2e", "a" * 5000])
@pytest.mark.parametrize("tail", ["", "/events", "/cancel", "/finish", "/pause", "/continue", "/resume"])
def test_an_unknown_job_is_not_found(client, job_id, tail):
    method = "GET" if tail in ("", "/events") else "POST"
    body = {"json": {}} if method == "POST" else {}
    assert client.error(method, f"/api/jobs/{job_id}{tail}", **body)[0] == 404


@pytest.mark.parametrize("after", ["-1", "x", "1.5", "nan", "1" * 40])
def test_events_after_something_else_than_a_number_are_refused(ready, after):
    client = ready()
    job = ended(client, start(client))
    assert client.error("GET", f"/api/jobs/{job['id']}/events?after={after}")[0] == 400


def test_without_a_job_named_each_micrograph_shows_the_newest_that_picked_it(ready):
    client = ready()
    first = ended(client, start(client))
    second = ended(client, start(client))
    assert client.get("/api/micrographs/1/picks")["job"] == second["id"]
    assert client.get(f"/api/micrographs/1/picks?job={first['id']}")["job"] == first["id"]


def test_picks_whose_file_is_damaged_are_no_picks(ready, folder):
    client = ready()
    job = ended(client, start(client))
    (folder / ".peridot" / "jobs" / job["id"] / "picks" / "1.npy").write_bytes(b"\x93NUMPY junk")
    assert client.error("GET", "/api/micrographs/1/picks")[1]["code"] == "no_picks"
