"""Filaments over HTTP: drawn, moved, counted, frozen into jobs, exported and imported."""

import io
import json
import zipfile

import pytest

from tests.server.support import operation, wait_until

LABELS = "/api/micrographs/1/labels"
ENDS = [[5.0, 10.0], [45.0, 10.0]]
OTHER = [[5.0, 30.0], [5.0, 12.0]]


def line(ends: list = ENDS, pick_id: str = "f", kind: str = "add", source: str | None = "click") -> dict:
    return operation(kind, pick_id, x=None, y=None, label=None, source=source, ends=ends)


def on_disk(client, micrograph: int = 1) -> list[dict]:
    return client.get(f"/api/micrographs/{micrograph}/labels")["filaments"]


def send(client, data: str | bytes, name: str = "m1_manualpick.star", apply: str = "1", **fields):
    form = {"files": (io.BytesIO(data if isinstance(data, bytes) else data.encode()), name), "apply": apply}
    form |= {"rows": "filaments", **fields}
    return client.call("POST", "/api/import", data=form, content_type="multipart/form-data")


def test_a_filament_is_added_moved_and_removed_by_its_id(client):
    assert client.label(line())["revision"] == 1
    assert on_disk(client) == [{"id": "f", "ends": ENDS, "source": "click"}]
    client.label(line(OTHER, kind="move", source=None))
    assert on_disk(client) == [{"id": "f", "ends": OTHER, "source": "click"}]
    client.label(operation("move", "f", x=1, y=1))
    assert on_disk(client)[0]["ends"] == OTHER
    client.label(operation("remove", "f"), line(ENDS, "gone", "move", None))
    assert on_disk(client) == []


def test_one_id_is_one_thing(client):
    client.label(line(pick_id="a"), operation(pick_id="a"))
    client.label(line(OTHER, "a", "move", None))
    assert (len(client.get(LABELS)["labels"]), on_disk(client)) == (1, [])


def test_other_pages_are_told_the_ends(client, here):
    heard = []
    here.notifier.tell = lambda event, content: heard.append(content)
    client.label(line())
    assert heard[0]["operations"][0]["ends"] == ENDS


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"ends": ENDS[:1]}, "1 ends"),
        ({"ends": [*ENDS, [1, 1]]}, "3 ends"),
        ({"ends": [[5, 10], [60, 10]]}, "outside the micrograph"),
        ({"ends": [[5, 10], [5.5, 10]]}, "at one place"),
        ({"ends": [[5, 10], [5, "9"]]}, "ends"),
        ({"source": None}, "without its source"),
        ({"kind": "remove"}, "beside something else"),
        ({"x": 1.0, "y": 1.0}, "beside something else"),
        ({"outline": [[0, 0], [9, 0], [9, 9]]}, "beside something else"),
    ],
    ids=str,
)
def test_a_filament_that_makes_no_sense_is_refused_and_the_others_are_applied(client, wrong, reason):
    answer = client.label({**line(), **wrong}, line(pick_id="good"))
    assert reason in answer["refused"][0]["error"]["found"]
    assert [each["id"] for each in on_disk(client)] == ["good"]


def test_history_and_snapshots_bring_filaments_back(client):
    client.label(line())
    (step,) = client.get(f"{LABELS}/history")["steps"]
    assert (step["added"], step["filaments"], step["labels"]) == (1, 1, 0)
    kept = client.post("/api/snapshots", {"name": "one"}, expect=201)
    assert (kept["filaments"], kept["labeled_micrographs"]) == (1, 1)
    client.label(line(OTHER, kind="move", source=None), line(pick_id="g"))
    assert client.get(f"{LABELS}?at={step['seq']}")["filaments"][0]["ends"] == ENDS
    client.post(f"/api/snapshots/{kept['id']}/restore", {"client": "a page"})
    assert on_disk(client) == [{"id": "f", "ends": ENDS, "source": "click"}]


def test_the_list_counts_them_and_they_speak_against_no_particles(client):
    client.label(line(), line(OTHER, "g"))
    assert [each["filaments"] for each in client.get("/api/micrographs")["micrographs"]] == [2, 0]
    status, error = client.error("PATCH", "/api/micrographs/1", json={"empty": True})
    assert status == 409 and "2 labels" in error["found"]


def test_the_spacing_follows_from_the_diameter_until_it_is_typed(client):
    def told() -> dict:
        return client.get("/api/project")["filaments"]

    client.label(line())
    assert told() == {
        "count": 1,
        "particles": None,
        "spacing_angstrom": None,
        "training_spacing_angstrom": None,
    }
    client.patch("/api/project", {"diameter_angstrom": 36})
    assert (told()["spacing_angstrom"], told()["particles"]) == (18, 5)
    client.patch("/api/project", {"filament_spacing_angstrom": 8})
    assert (told()["spacing_angstrom"], told()["particles"]) == (8, 11)
    assert told()["training_spacing_angstrom"] == 18
    status, _ = client.error("PATCH", "/api/project", json={"filament_spacing_angstrom": 0.5})
    assert status == 400


def test_a_training_takes_the_particles_along_for_labels_no_closer_than_picks(client, here):
    client.patch("/api/project", {"diameter_angstrom": 36, "filament_spacing_angstrom": 8})
    assert client.get("/api/project")["derived_error"]["found"] == "no labels"
    client.label(line(), operation(x=50.0, y=35.0))
    derived = client.get("/api/project")["derived"]
    assert (derived["labels"], derived["labeled_micrographs"]) == (6, 1)
    job = client.post("/api/jobs", {}, expect=201)
    frozen = json.loads((here.jobs.state.job(job["id"]) / "job.json").read_text())
    places = sorted((each["x"], each["y"], each["label"]) for each in frozen["labels"])
    assert places == [(x, 10.0, "positive") for x in (5.0, 14.0, 23.0, 32.0, 41.0)] + [
        (50.0, 35.0, "positive")
    ]


def test_particles_in_an_exclusion_are_not_counted(client):
    client.patch("/api/project", {"diameter_angstrom": 36})
    square = [[0, 0], [20, 0], [20, 30], [0, 30]]
    client.label(line(), {**operation(pick_id="e"), "outline": square, **dict.fromkeys(
        ("x", "y", "label", "source"))})  # fmt: skip
    assert client.get("/api/project")["derived"]["labels"] == 3


def export(client, rest: str) -> bytes:
    answer = client.call("GET", f"/api/export?what=filaments&{rest}")
    assert answer.status_code == 200, answer.text
    return answer.data


def test_pairs_come_out_and_go_in_again_the_same(client):
    client.label(line(), line(OTHER, "g"))
    data = export(client, "format=relion")
    names = zipfile.ZipFile(io.BytesIO(data)).namelist()
    assert names == ["manualpick.star", "m1_manualpick.star"]
    assert send(client, data, "all.zip").json["duplicates"] == 2
    client.label(operation("remove", "f"), operation("remove", "g"))
    answer = send(client, data, "all.zip").json
    assert (answer["total"], answer["imported"], answer["matched"]) == (2, 2, {"m1": 2})
    assert sorted(each["ends"] for each in on_disk(client)) == sorted([ENDS, OTHER])
    assert {each["source"] for each in on_disk(client)} == {"import"}


def test_segments_come_out_at_the_spacing(client):
    client.label(line())
    status, error = client.error("GET", "/api/export?what=filaments&format=star&shape=segments")
    assert status == 400 and "spacing" in error["found"]
    client.patch("/api/project", {"filament_spacing_angstrom": 40})
    text = export(client, "format=star&shape=segments").decode()
    assert "_rlnHelicalTrackLengthAngst" in text
    table = export(client, "format=topaz&shape=segments").decode().splitlines()
    assert [row.split("\t")[1:3] for row in table[1:]] == [
        ["5.0", "10.0"],
        ["25.0", "10.0"],
        ["45.0", "10.0"],
    ]


def test_labels_and_both_hold_the_particles_and_no_pick_beside_them(client):
    """The fake worker picks (10, 20), (30, 40) and (50, 60) on each of the two micrographs."""
    client.patch("/api/project", {"diameter_angstrom": 36, "filament_spacing_angstrom": 40})
    client.label(line())
    job = client.post("/api/jobs", {}, expect=201)
    wait_until(lambda: client.get(f"/api/jobs/{job['id']}")["state"] == "done", "the end of the job")

    def exported(what: str) -> list[tuple[float, float]]:
        table = client.call("GET", f"/api/export?what={what}&format=topaz&threshold=-9").text.splitlines()
        return sorted(tuple(map(float, row.split("\t")[1:3])) for row in table[1:] if row.startswith("m1"))

    assert exported("labels") == [(5, 10), (25, 10), (45, 10)]
    assert exported("both") == [(5, 10), (10, 20), (25, 10), (30, 40), (45, 10), (50, 60)]
    client.label(line([[5, 12], [45, 12]], kind="move", source=None))
    assert exported("both") == [(5, 12), (25, 12), (30, 40), (45, 12), (50, 60)]


@pytest.mark.parametrize(
    ("rows", "reason"),
    [("1 1\n2 2\n3 3\n", "odd number"), ("", None)],
)
def test_an_odd_number_of_rows_changes_nothing(client, rows, reason):
    answer = send(client, f"data_\nloop_\n_rlnCoordinateX\n_rlnCoordinateY\n{rows}")
    if reason:
        assert answer.status_code == 400 and reason in answer.json["error"]["found"]
    else:
        assert answer.json["imported"] == 0
    assert on_disk(client) == []


def test_what_does_not_fit_is_counted_once_each(client):
    rows = [
        ("m1", 1, 1),
        ("m1", 9, 9),
        ("m1", 9, 9),
        ("m1", 1, 1),
        ("m1", 5, 5),
        ("m1", 99, 5),
        ("no", 1, 1),
        ("no", 2, 2),
    ]
    table = "\n".join(["image_name\tx_coord\ty_coord", *("\t".join(map(str, row)) for row in rows)])
    answer = send(client, table, "pairs.txt", apply="0").json
    counts = {name: answer[name] for name in ("total", "outside", "duplicates", "imported", "unmatched")}
    assert counts == {"total": 4, "outside": 1, "duplicates": 1, "imported": 1, "unmatched": {"no": 1}}
    assert on_disk(client) == []
    status, error = client.error("POST", "/api/import", data={
        "files": (io.BytesIO(b"x"), "a.star"), "rows": "lines"}, content_type="multipart/form-data")  # fmt: skip
    assert status == 400 and "rows is" in error["found"]
