"""Labels over HTTP."""

import pytest

from tests.server.support import operation

LABELS = "/api/micrographs/1/labels"


def test_a_label_that_is_acknowledged_is_there(client):
    sent = operation(pick_id="p", x=1.5, y=2)
    assert client.label(sent) == {"revision": 1, "applied": [sent["op_id"]], "repeated": [], "refused": []}
    label = {"id": "p", "x": 1.5, "y": 2.0, "label": "positive", "source": "click"}
    assert client.get(LABELS) == {"revision": 1, "labels": [label], "filaments": [], "exclusions": []}


def test_moving_and_removing_change_that_label_only(client):
    client.label(operation(pick_id="a"), operation(pick_id="b", label="negative", source="pick"))
    client.label(operation("move", "a", x=3, y=4), operation("remove", "b"))
    assert [(each["id"], each["x"], each["y"]) for each in client.get(LABELS)["labels"]] == [("a", 3.0, 4.0)]


def test_the_same_batch_again_is_acknowledged_and_changes_nothing(client):
    batch = [operation(pick_id="p"), operation("move", "p", x=5, y=6)]
    first = client.label(*batch)
    client.label(operation("move", "p", x=7, y=8))
    again = client.label(*batch)
    assert again["applied"] == again["repeated"] == first["applied"]
    assert (again["revision"], client.get(LABELS)["labels"][0]["x"]) == (2, 7.0)


def test_moving_or_removing_what_is_gone_is_applied_as_nothing(client):
    answer = client.label(operation("move", "gone", x=1, y=1), operation("remove", "gone"))
    assert len(answer["applied"]) == 2
    assert client.get(LABELS)["labels"] == []


def test_adding_an_id_that_exists_sets_it(client):
    client.label(operation(pick_id="p", x=1, y=1), operation(pick_id="p", x=2, y=3, label="negative"))
    label = client.get(LABELS)["labels"][0]
    assert (label["x"], label["y"], label["label"]) == (2.0, 3.0, "negative")


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"x": -0.51}, "outside"),
        ({"x": 59.5}, "outside"),
        ({"y": 39.6}, "outside"),
        ({"x": 1e308}, "outside"),
        ({"x": None}, "no number"),
        ({"y": "3"}, "'y'"),
        ({"x": [1]}, "'x'"),
        ({"label": "maybe"}, "'label'"),
        ({"label": None}, "without its kind"),
        ({"kind": "explode"}, "'kind'"),
        ({"pick_id": ""}, "'pick_id'"),
        ({"pick_id": "x" * 65}, "'pick_id'"),
        ({"pick_id": "<img onerror=1>"}, "'pick_id'"),
        ({"colour": "red"}, "'colour'"),
    ],
    ids=str,
)
def test_an_operation_that_can_never_be_applied_is_refused_and_the_others_are_applied(client, wrong, reason):
    bad, good = {**operation(), **wrong}, operation()
    answer = client.label(bad, good)
    assert answer["applied"] == [good["op_id"]]
    [refused] = answer["refused"]
    assert refused["op_id"] == bad["op_id"]
    assert reason in refused["error"]["found"]


@pytest.mark.parametrize("x", [-0.5, 0, 59.49])
def test_the_edge_pixels_belong_to_the_micrograph(client, x):
    assert client.label(operation(x=x))["refused"] == []


@pytest.mark.parametrize(
    "body",
    [
        {"operations": [{"kind": "add"}]},
        {"operations": [{"op_id": 7}]},
        {"operations": "all"},
        {"operations": [operation() for _ in range(501)]},
        {"client": 3, "operations": []},
        {},
    ],
    ids=["no op_id", "op_id a number", "text", "501", "client a number", "empty"],
)
def test_a_batch_that_cannot_be_answered_operation_by_operation_is_refused_whole(client, body):
    status, error = client.error("POST", LABELS, json=body)
    assert (status, error["code"]) == (400, "bad_request")
    assert client.get(LABELS) == {"revision": 0, "labels": [], "filaments": [], "exclusions": []}


def test_an_unknown_micrograph_is_not_found(client):
    assert client.error("GET", "/api/micrographs/99/labels")[0] == 404
    assert client.error("POST", "/api/micrographs/99/labels", json={"operations": [operation()]})[0] == 404


def test_the_list_counts_positive_and_negative_labels(client):
    client.label(operation(), operation(), operation(label="negative"))
    first, second = client.get("/api/micrographs")["micrographs"]
    assert (first["labels"], first["negatives"]) == (2, 1)
    assert (second["labels"], second["negatives"]) == (0, 0)


def test_other_pages_are_told_what_was_applied_and_only_that(client, here):
    heard = []
    here.notifier.tell = lambda event, content: heard.append((event, content))
    good = operation(pick_id="p")
    client.label(good, operation(x=1e6))
    client.label(good)
    [(event, content)] = heard
    assert event == "labels.changed"
    assert (content["micrograph"], content["revision"], content["client"]) == (1, 1, "a page")
    assert content["operations"] == [good]
