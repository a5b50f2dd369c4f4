"""Exclusions over HTTP: drawn, taken away, frozen into jobs, and never exported."""

import json

import pytest

from tests.server.support import operation, wait_until

LABELS = "/api/micrographs/1/labels"
SQUARE = [[0, 0], [30, 0], [30, 30], [0, 30]]
FAR_OUT = [[-60, -40], [120, -40], [120, 80], [-60, 80]]


def exclude(outline: list = SQUARE, pick_id: str = "e") -> dict:
    return operation("add", pick_id, x=None, y=None, label=None, source=None, outline=outline)


def exclusions(client, micrograph: int = 1) -> list[dict]:
    return client.get(f"/api/micrographs/{micrograph}/labels")["exclusions"]


def test_an_exclusion_that_is_acknowledged_is_there_and_removed_by_its_id(client):
    assert client.label(exclude())["revision"] == 1
    assert exclusions(client) == [{"id": "e", "outline": SQUARE}]
    assert client.get(LABELS)["labels"] == []
    client.label(operation("remove", "e"))
    assert exclusions(client) == []


def test_labels_and_exclusions_share_one_space_of_ids(client):
    client.label(exclude(pick_id="a"), operation(pick_id="a"))
    assert (len(client.get(LABELS)["labels"]), exclusions(client)) == (1, [])
    client.label(exclude(pick_id="a"), operation("move", "a", x=1, y=1))
    assert (client.get(LABELS)["labels"], exclusions(client)) == ([], [{"id": "a", "outline": SQUARE}])


def test_other_pages_are_told_the_outline(client, here):
    heard = []
    here.notifier.tell = lambda event, content: heard.append(content)
    client.label(exclude())
    [operation_told] = heard[0]["operations"]
    assert (operation_told["kind"], operation_told["outline"]) == ("add", SQUARE)


def test_the_list_counts_them(client):
    client.label(exclude(), exclude(pick_id="f"))
    assert [each["exclusions"] for each in client.get("/api/micrographs")["micrographs"]] == [2, 0]


def test_corners_may_lie_beyond_the_edge_but_not_far(client):
    assert client.label(exclude(FAR_OUT))["refused"] == []


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"outline": SQUARE[:2]}, "2 corners"),
        ({"outline": []}, "0 corners"),
        ({"outline": SQUARE * 501}, "2004 corners"),
        ({"outline": [[0, 0], [121, 0], [0, 30]]}, "far outside"),
        ({"outline": [[0, 0], [10, 81], [0, 30]]}, "far outside"),
        ({"outline": [[0, 0], [10], [0, 30]]}, "outline"),
        ({"outline": [[0, 0], [10, "5"], [0, 30]]}, "outline"),
        ({"outline": "all"}, "outline"),
        ({"kind": "move"}, "beside something else"),
        ({"kind": "remove"}, "beside something else"),
        ({"label": "positive"}, "beside something else"),
        ({"x": 1.0, "y": 1.0}, "beside something else"),
    ],
    ids=str,
)
def test_an_exclusion_that_makes_no_sense_is_refused_and_the_others_are_applied(client, wrong, reason):
    answer = client.label({**exclude(), **wrong}, exclude(pick_id="good"))
    [refused] = answer["refused"]
    assert reason in refused["error"]["found"]
    assert [each["id"] for each in exclusions(client)] == ["good"]


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999"])
def test_corners_that_are_no_numbers_are_refused(client, number):
    batch = json.dumps({"client": "", "operations": [exclude([[0, 0], [9, 9], [0, 9.5]])]})
    answer = client.call("POST", LABELS, data=batch.replace("9.5", number), content_type="application/json")
    assert answer.status_code == 400 or answer.json["applied"] == []
    assert exclusions(client) == []


def test_a_job_holds_the_exclusions_and_the_margin(client, here):
    client.patch("/api/project", {"diameter_angstrom": 36, "training": {"exclusion_margin_angstrom": 8.0}})
    client.label(operation(x=50.0), exclude())
    job = client.post("/api/jobs", {}, expect=201)
    frozen = json.loads((here.jobs.state.job(job["id"]) / "job.json").read_text())
    assert [each["exclusions"] for each in frozen["micrographs"]] == [[SQUARE], []]
    assert frozen["settings"]["exclusion_margin_angstrom"] == 8.0


def test_the_prior_counts_neither_the_area_nor_the_labels_in_them(client):
    def told() -> tuple[int, float]:
        derived = client.get("/api/project")["derived"]
        return derived["labels"], derived["observed_fraction"]

    client.patch("/api/project", {"diameter_angstrom": 36, "training": {"downsample": 1}})
    client.label(operation(x=10.0, y=10.0), operation(x=50.0, y=35.0))
    labels, observed = told()
    assert labels == 2
    client.label(exclude())
    assert told() == (1, pytest.approx(observed / 2 * 2400 / (2400 - 30 * 30)))
    client.patch("/api/project", {"training": {"downsample": 1, "exclusion_margin_angstrom": 60}})
    assert told()[0] == 0
    assert client.get("/api/project")["derived_error"]["found"] == "no labels"


def test_picks_in_an_exclusion_or_its_margin_are_not_exported(client):
    """The fake worker picks (10, 20), (30, 40) and (50, 60) on each of the two micrographs."""
    client.patch("/api/project", {"diameter_angstrom": 36})
    client.label(operation(x=50.0, y=3.0))
    job = client.post("/api/jobs", {}, expect=201)
    wait_until(lambda: client.get(f"/api/jobs/{job['id']}")["state"] == "done", "the end of the job")

    def exported(what: str = "picks") -> list[str]:
        table = client.call("GET", f"/api/export?what={what}&format=topaz&threshold=-9").text.splitlines()
        return sorted(line for line in table[1:] if line.startswith("m1"))

    assert len(exported()) == 3
    client.label(exclude([[0, 0], [20, 0], [20, 30], [0, 30]]))
    assert [line.split("\t")[1] for line in exported()] == ["30.0", "50.0"]
    client.patch("/api/project", {"training": {"exclusion_margin_angstrom": 30}})
    assert [line.split("\t")[1] for line in exported()] == ["50.0"]
    assert len(exported("both")) == 2
