"""Snapshots of all labels, exclusions and marks, and the way back, on hand-written operations."""

import pytest

from server import snapshots
from tests.server.support import operation, write_micrograph
from tests.server.test_events import page

__all__ = ["page"]

REGION = [[0, 0], [9, 0], [0, 9]]


def shown(client, micrograph: int = 1) -> list[tuple]:
    answer = client.get(f"/api/micrographs/{micrograph}/labels")
    labels = [(one["id"], one["x"], one["label"]) for one in answer["labels"]]
    return labels + [(one["id"], one["outline"]) for one in answer["exclusions"]]


@pytest.fixture
def kept(client):
    """A snapshot of two labels, a removed pick and an exclusion on m1, none on m2, which is marked as empty."""
    client.label(operation(pick_id="a", x=1.0), operation(pick_id="b", x=2.0))
    client.label(operation(pick_id="n", x=3.0, label="negative", source="pick"))
    client.label({"op_id": "e", "kind": "add", "pick_id": "region", "outline": REGION})
    client.patch("/api/micrographs/2", {"empty": True})
    return client.post("/api/snapshots", {"name": " first pass ", "who": "Ada\n  L."}, expect=201)


def change_everything(client) -> None:
    client.label(
        operation("move", "a", x=30.0, y=5.0), operation("remove", "b"), operation(pick_id="c", x=4.0)
    )
    client.label(operation(pick_id="n", x=3.0), operation("remove", "region"))
    client.patch("/api/micrographs/2", {"empty": False})
    client.label(operation(pick_id="d", x=6.0), micrograph=2)
    client.patch("/api/micrographs/1", {"complete": True})


def marks(client) -> list[tuple]:
    return [(each["complete"], each["empty"]) for each in client.get("/api/micrographs")["micrographs"]]


THEN = [("a", 1, "positive"), ("b", 2, "positive"), ("n", 3, "negative"), ("region", REGION)]


def test_a_snapshot_says_what_was_kept_by_whom(kept, client):
    wanted = {"name": "first pass", "who": "Ada L.", "automatic": False, "labels": 2, "removed": 1,
              "exclusions": 1, "labeled_micrographs": 1}  # fmt: skip
    assert {name: kept[name] for name in wanted} == wanted
    assert client.get("/api/snapshots")["snapshots"] == [kept]


def test_going_back_brings_labels_exclusions_and_marks_of_all_micrographs(kept, client):
    change_everything(client)
    differs = {
        "set": 4,
        "removed": 2,
        "micrographs": 2,
        "marks": 2,
        "outside": 0,
        "came_later": 0,
        "missing": 0,
    }
    assert client.get(f"/api/snapshots/{kept['id']}/difference") == differs
    answer = client.post(f"/api/snapshots/{kept['id']}/restore", {"client": "p", "who": "Bo"})
    before = answer.pop("before")
    assert answer == differs
    assert (shown(client), shown(client, 2)) == (THEN, [])
    assert marks(client) == [(False, False), (False, True)]
    assert (before["name"], before["automatic"], before["who"]) == ("Before “first pass”", True, "Bo")


def test_going_back_can_be_taken_back_and_that_too(kept, client, here):
    change_everything(client)
    changed = shown(client), shown(client, 2), marks(client)
    before = client.post(f"/api/snapshots/{kept['id']}/restore")["before"]
    after = client.post(f"/api/snapshots/{before['id']}/restore")["before"]
    assert (shown(client), shown(client, 2), marks(client)) == changed
    assert after["name"] == "After “first pass”"
    again = client.post(f"/api/snapshots/{after['id']}/restore")["before"]
    assert (shown(client), again["name"]) == (THEN, "Before “first pass”")
    replayed = here.store.replay()
    assert sorted(replayed[1]) == ["a", "b", "n", "region"] and replayed[2] == {}


def test_the_log_grows_by_what_was_changed_and_names_who_did_it(kept, client, here):
    client.label(operation("remove", "b"))
    client.post(f"/api/snapshots/{kept['id']}/restore", {"client": "page 2", "who": "Bo"})
    query = "SELECT kind, pick_id, client, who FROM operation ORDER BY seq"
    with here.database.reading() as connection:
        log = [tuple(row) for row in connection.execute(query)]
    assert log[-2:] == [("remove", "b", "a page", ""), ("add", "b", "page 2", "Bo")] and len(log) == 6
    assert client.get("/api/micrographs/1/labels")["revision"] == 5


def test_where_nothing_differs_nothing_is_done(kept, client):
    client.label(operation("move", "a", x=9.0, y=9.0), operation("move", "a", x=1.0, y=20.0))
    answer = client.post(f"/api/snapshots/{kept['id']}/restore")
    assert answer["before"] is None and answer["micrographs"] == 0
    assert len(client.get("/api/snapshots")["snapshots"]) == 1


def test_micrographs_that_came_later_stay_as_they_are_and_vanished_ones_are_named(kept, client, folder):
    (folder / "sub" / "m2.mrc").unlink()
    write_micrograph(folder / "m3.mrc")
    client.post("/api/project/scan")
    client.label(operation(pick_id="later"), micrograph=3)
    client.label(operation(pick_id="gone"), micrograph=2)
    answer = client.post(f"/api/snapshots/{kept['id']}/restore")
    told = {name: answer[name] for name in ("removed", "micrographs", "came_later", "missing")}
    assert told == {"removed": 1, "micrographs": 1, "came_later": 1, "missing": 1}
    assert [each[0] for each in shown(client, 3)] == ["later"]


def test_what_does_not_fit_on_a_file_that_has_changed_is_left_out_and_counted(client, folder):
    client.label(operation(pick_id="right", x=55.0), operation(pick_id="left", x=5.0))
    kept = client.post("/api/snapshots", {"name": "wide"}, expect=201)
    client.label(operation("remove", "right"), operation("remove", "left"))
    write_micrograph(folder / "m1.mrc", width=50)
    client.post("/api/project/scan")
    answer = client.post(f"/api/snapshots/{kept['id']}/restore")
    assert (answer["set"], answer["outside"]) == (1, 1)
    assert [each[0] for each in shown(client)] == ["left"]


def test_a_snapshot_of_an_empty_project_takes_everything_away(client):
    kept = client.post("/api/snapshots", {"name": "nothing"}, expect=201)
    client.label(operation(pick_id="a"))
    client.post(f"/api/snapshots/{kept['id']}/restore")
    assert shown(client) == [] and client.get("/api/micrographs")["micrographs"][0]["labels"] == 0


def test_all_pages_hear_of_it(kept, client, page):
    listener = page()
    client.label(operation("remove", "a"))
    client.post(f"/api/snapshots/{kept['id']}/restore", {"client": "p", "who": "Bo"})
    received = [(each["name"], each["args"][0]) for each in listener.get_received()]
    assert ("labels.restored", {"client": "p", "who": "Bo", "name": "first pass"}) in received
    assert ("snapshots.changed", {}) in received and ("micrographs.changed", {}) in received


@pytest.mark.parametrize("name", ["", "   ", "a\nb", "x" * 81, "\u202egnp"])
def test_a_name_that_cannot_be_read_is_refused(client, name):
    status, error = client.error("POST", "/api/snapshots", json={"name": name})
    assert (status, error["code"]) == (400, "bad_request")


def test_a_name_is_used_once_in_capitals_or_not(kept, client):
    assert client.error("POST", "/api/snapshots", json={"name": "First Pass"})[0] == 409
    client.call("DELETE", f"/api/snapshots/{kept['id']}")
    client.post("/api/snapshots", {"name": "First Pass"}, expect=201)


def test_there_is_an_end_to_snapshots(kept, client, monkeypatch):
    monkeypatch.setattr(snapshots, "MOST_SNAPSHOTS", 1)
    assert client.error("POST", "/api/snapshots", json={"name": "more"})[0] == 409
    client.label(operation("remove", "a"))
    assert client.post(f"/api/snapshots/{kept['id']}/restore")["before"], "going back is always possible"


@pytest.mark.parametrize(("method", "rest"), [("GET", "/difference"), ("POST", "/restore"), ("DELETE", "")])
def test_what_is_not_there_is_told_so(client, method, rest):
    assert client.error(method, f"/api/snapshots/7{rest}", json={})[0] == 404


def test_removing_a_snapshot_leaves_the_labels(kept, client):
    client.call("DELETE", f"/api/snapshots/{kept['id']}")
    assert client.get("/api/snapshots")["snapshots"] == [] and shown(client) == THEN
