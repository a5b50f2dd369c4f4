"""The library of models over HTTP: kept, listed, named, fetched, brought, deleted, and applied."""

import io
import json

import pytest

from tests.server.fake_worker import model_bytes
from tests.server.support import Client, operation, wait_until


@pytest.fixture
def trained(client) -> dict:
    """A training that has left its model."""
    client.patch("/api/project", {"diameter_angstrom": 36})
    client.label(operation(), operation(x=30.0))
    return run(client, {})


def run(client: Client, body: dict) -> dict:
    job = client.post("/api/jobs", body, expect=201)
    return wait_until(lambda: (now := client.get(f"/api/jobs/{job['id']}"))["state"] != "running" and now)


def keep(client: Client, job: dict, name: str = "first", expect: int = 201) -> dict:
    return client.post("/api/models", {"job": job["id"], "name": name}, expect=expect)


def bring(client: Client, data: bytes = model_bytes(), **form: str):
    content = {"file": (io.BytesIO(data), form.pop("filename", "brought.safetensors")), **form}
    return client.call("POST", "/api/models/upload", data=content, content_type="multipart/form-data")


def listed(client: Client) -> list[str]:
    return [each["name"] for each in client.get("/api/models")["models"]]


def folder_of(here) -> list[str]:
    return sorted(path.name for path in here.jobs.state.models.iterdir())


def test_a_model_is_kept_with_what_it_tells_of_itself(client, trained):
    kept = keep(client, trained, "  apo\u0308 1 ")
    assert (kept["name"], kept["classifier"], kept["diameter_angstrom"], kept["labels"]) == (
        "ap\u00f6 1", "conv31", 36.0, 2)  # fmt: skip
    assert client.get("/api/models") == {"models": [kept]}


def test_the_newest_stands_first_and_a_name_is_had_once(client, trained):
    keep(client, trained, "a")
    keep(client, trained, "b")
    assert listed(client) == ["b", "a"]
    assert keep(client, trained, "A", expect=409)["error"]["code"] == "conflict"


def test_a_job_without_a_model_has_nothing_to_keep(client):
    status, error = client.error("POST", "/api/models", json={"job": "0" * 16, "name": "x"})
    assert (status, error["code"]) == (404, "not_found")


def test_a_model_is_renamed_to_a_name_that_is_free(client):
    first, _ = bring(client, name="a").json, bring(client, name="b")
    assert client.patch(f"/api/models/{first['id']}", {"name": "c"})["name"] == "c"
    assert client.error("PATCH", f"/api/models/{first['id']}", json={"name": "b"})[0] == 409
    assert client.patch(f"/api/models/{first['id']}", {"name": "C"})["name"] == "C"
    assert sorted(listed(client)) == ["C", "b"]


@pytest.mark.parametrize("name", ["", "  ", "x" * 81, "a\nb", "a\x00b", "\u202egpj", 7, None])
def test_a_name_that_is_none_is_refused(client, name):
    kept = bring(client).json
    assert client.error("PATCH", f"/api/models/{kept['id']}", json={"name": name})[0] == 400
    assert listed(client) == ["brought"]


@pytest.mark.parametrize("name", ["../../x", "C:\\x", "/etc/passwd", "CON", "..", "a/b", "<img onerror=x>"])
def test_a_name_is_never_a_path(client, here, name):
    kept = bring(client, name=name).json
    assert kept["name"] == name
    assert folder_of(here) == [f"{kept['id']}.json", f"{kept['id']}.safetensors"]
    answer = client.call("GET", f"/api/models/{kept['id']}/file", buffered=True)
    shown = answer.headers["Content-Disposition"]
    assert shown.startswith("attachment") and not set("/\\<>:") & set(shown.partition("filename=")[2])


def test_a_model_is_fetched_as_it_is(client):
    kept = bring(client, name="my model").json
    answer = client.call("GET", f"/api/models/{kept['id']}/file", buffered=True)
    assert (answer.data, answer.mimetype) == (model_bytes(), "application/octet-stream")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="my model.safetensors"'


def test_a_model_of_another_project_is_brought_under_its_file_name_or_another(client):
    assert bring(client).json["name"] == "brought"
    assert bring(client, name="other").json["name"] == "other"
    assert sorted(listed(client)) == ["brought", "other"]


@pytest.mark.parametrize("data", [b"", b"junk", model_bytes()[:-1], model_bytes() + b"x"])
def test_what_is_no_model_is_not_brought(client, here, data):
    answer = bring(client, data)
    assert (answer.status_code, answer.json["error"]["code"], folder_of(here)) == (400, "bad_model", [])


def test_an_upload_without_a_file_or_above_the_limit_is_refused(make_app):
    client = Client(make_app(max_upload_mb=1))
    assert client.error("POST", "/api/models/upload", json={})[0] == 400
    large = {"data": bytes(2 << 20), "content_type": "multipart/form-data; boundary=x"}
    assert client.error("POST", "/api/models/upload", **large)[0] == 413


def test_a_deleted_model_is_gone(client, here):
    kept = bring(client).json
    assert client.call("DELETE", f"/api/models/{kept['id']}", json={}).json == {}
    assert (listed(client), folder_of(here)) == ([], [])
    assert client.error("DELETE", f"/api/models/{kept['id']}", json={})[0] == 404


@pytest.mark.parametrize("model_id", ["0" * 16, "x", "..", "%2e%2e", "a" * 5000, "../jobs/x"])
def test_an_unknown_model_is_not_found(client, model_id):
    for method, tail in (("GET", "/file"), ("PATCH", ""), ("DELETE", "")):
        body = {} if method == "GET" else {"json": {"name": "a"}}
        assert client.error(method, f"/api/models/{model_id}{tail}", **body)[0] in (404, 405)


def test_a_link_in_the_library_is_not_followed(client, here, tmp_path):
    kept = bring(client).json
    (tmp_path / "secret").write_bytes(model_bytes())
    path = here.jobs.state.model(kept["id"])
    path.unlink()
    try:
        path.symlink_to(tmp_path / "secret")
    except OSError:
        pytest.skip("this system lets nobody make links without special rights")
    assert listed(client) == []
    assert client.error("GET", f"/api/models/{kept['id']}/file")[0] == 404


def test_a_damaged_model_is_left_out_and_the_others_stay(client, here):
    bad, good = bring(client, name="bad").json, bring(client, name="good").json
    here.jobs.state.model(bad["id"]).write_bytes(b"junk")
    (here.jobs.state.models / "notes.txt").write_text("mine")
    (here.jobs.state.models / "my own.safetensors").write_bytes(model_bytes())
    assert client.get("/api/models")["models"] == [good]


def test_applying_a_model_is_a_job_that_picks(client, folder, trained):
    kept = keep(client, trained)
    job = run(client, {"kind": "pick", "model": kept["id"], "focus": 2})
    assert (job["kind"], job["state"], job["model"], job["resumable"]) == ("pick", "done", "first", False)
    frozen = json.loads((folder / ".peridot/jobs" / job["id"] / "job.json").read_text(encoding="utf-8"))
    assert frozen["model"] == str((folder / ".peridot/models").resolve() / f"{kept['id']}.safetensors")
    assert client.get("/api/micrographs/1/picks")["kind"] == "pick"


def test_a_model_is_applied_without_labels_or_diameter(client):
    kept = bring(client).json
    job = run(client, {"kind": "pick", "model": kept["id"]})
    assert (job["state"], job["settings"]["diameter_angstrom"]) == ("done", 36.0)


@pytest.mark.parametrize(
    "body",
    [{"kind": "pick"}, {"kind": "train", "model": "0" * 16}, {"kind": "pick", "model": "0" * 16}],
    ids=str,
)
def test_a_model_is_needed_to_pick_and_only_then(client, here, body):
    status, _ = client.error("POST", "/api/jobs", json=body)
    assert status in (400, 404) and here.jobs.running is None
