"""The history of a micrograph's labels, made of hand-written operations."""

import pytest

from server import timeline
from tests.server.support import operation


def place(label: dict) -> tuple:
    return label["id"], label["x"], label["y"], label["label"]


@pytest.fixture
def worked(client):
    """Three added, one moved, one removed; the operations' numbers are 1 to 5."""
    for name, x in (("a", 1.0), ("b", 2.0), ("c", 3.0)):
        client.label(operation(pick_id=name, x=x))
    client.label(operation("move", "b", x=20.0, y=5.0))
    client.label(operation("remove", "c"))
    return client


def history(client) -> list[dict]:
    return client.get("/api/micrographs/1/labels/history")["steps"]


def test_what_one_page_does_without_a_pause_is_one_step(worked):
    (step,) = history(worked)
    assert (step["added"], step["moved"], step["removed"], step["labels"]) == (3, 1, 1, 2)
    assert step["seq"] == 5 and step["time"] > 1.7e9


def test_a_pause_begins_another_step_and_so_does_another_page(worked, monkeypatch):
    body = {"client": "another", "who": "Ada\n", "operations": [operation(pick_id="d")]}
    worked.call("POST", "/api/micrographs/1/labels", json=body)
    monkeypatch.setattr(timeline, "PAUSE_S", -1.0)
    assert [step["seq"] for step in history(worked)] == [6, 5, 4, 3, 2, 1]
    monkeypatch.undo()
    newest, oldest = history(worked)
    assert (newest["client"], newest["who"], newest["added"], newest["labels"]) == ("another", "Ada", 1, 3)
    assert (oldest["labels"], oldest["client"], oldest["who"]) == (2, "a page", "")


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (0, []),
        (2, [("a", 1, 20, "positive"), ("b", 2, 20, "positive")]),
        (4, [("a", 1, 20, "positive"), ("b", 20, 5, "positive"), ("c", 3, 20, "positive")]),
        (5, [("a", 1, 20, "positive"), ("b", 20, 5, "positive")]),
        (10**17, [("a", 1, 20, "positive"), ("b", 20, 5, "positive")]),
    ],
)
def test_the_labels_of_another_time_are_those_that_were_there(worked, at, expected):
    assert [place(each) for each in worked.get(f"/api/micrographs/1/labels?at={at}")["labels"]] == expected


def test_the_last_step_is_what_is_there_now(worked):
    step, now = history(worked)[0], worked.get("/api/micrographs/1/labels")["labels"]
    assert worked.get(f"/api/micrographs/1/labels?at={step['seq']}")["labels"] == now


def test_exclusions_have_their_place_in_it(worked):
    outline = [[0, 0], [9, 0], [0, 9]]
    worked.label({"op_id": "e", "kind": "add", "pick_id": "region", "outline": outline})
    worked.label(operation("remove", "region"))
    step = history(worked)[0]
    assert (step["excluded"], step["removed"], step["labels"], step["exclusions"]) == (1, 2, 2, 0)
    then = worked.get("/api/micrographs/1/labels?at=6")
    assert (len(then["labels"]), then["exclusions"]) == (2, [{"id": "region", "outline": outline}])


def test_a_micrograph_without_operations_has_no_history(client):
    assert history(client) == []


@pytest.mark.parametrize("at", ["", "-1", "1.5", "x", "9" * 40, "٣"])
def test_what_is_no_number_of_an_operation_is_refused(client, at):
    status, error = client.error("GET", f"/api/micrographs/1/labels?at={at}")
    assert (status, error["code"]) == (400, "bad_settings")


def test_the_history_of_no_micrograph_is_told_so(client):
    assert client.error("GET", "/api/micrographs/99/labels/history")[0] == 404
    assert client.error("GET", "/api/micrographs/99/labels?at=1")[0] == 404
