"""Export and import over HTTP; what the files hold is tested in test_exports and test_imports."""

import io
import zipfile

import pytest

from tests.server.support import Client, operation, wait_until

TABLE = "image_name\tx_coord\ty_coord\n"


def upload(client: Client, *files: tuple[str, str], expect: int = 200, **form) -> dict:
    data = {"files": [(io.BytesIO(text.encode()), name) for name, text in files], **form}
    answer = client.call("POST", "/api/import", data=data)
    assert answer.status_code == expect, answer.text
    return answer.json


@pytest.fixture
def picked(make_app) -> Client:
    """A project whose two micrographs have picks at (10, 20), (30, 40), (50, 60) with scores 2.5, 0.5, -1."""
    client = Client(make_app())
    client.patch("/api/project", {"diameter_angstrom": 36})
    client.label(operation(x=40.0, y=5.0))
    job = client.post("/api/jobs", {}, expect=201)["id"]
    wait_until(lambda: client.get(f"/api/jobs/{job}")["state"] == "done")
    return client


def rows(client: Client, query: str) -> list[tuple[str, float, float]]:
    answer = client.call("GET", f"/api/export?format=topaz&{query}")
    assert answer.status_code == 200, answer.text
    cells = [line.split("\t") for line in answer.text.splitlines()[1:]]
    return [(name, float(x), float(y)) for name, x, y, *_ in cells]


def test_labels_leave_as_a_table_under_their_micrographs_name(client):
    client.label(operation(x=1.5, y=2.25), operation(x=9, y=9, label="negative"))
    answer = client.call("GET", "/api/export?what=labels&format=topaz")
    assert answer.headers["Content-Disposition"] == "attachment; filename=peridot_labels.txt"
    assert rows(client, "what=labels") == [("m1", 1.5, 2.25)]


def test_picks_leave_above_the_threshold_only(picked):
    assert rows(picked, "what=picks&threshold=1") == [("m1", 10, 20), ("m2", 10, 20)]
    assert len(rows(picked, "what=picks")) == 4
    assert len(rows(picked, "what=picks&threshold=-5")) == 6


def test_a_removed_pick_is_not_exported_and_a_kept_one_once(picked):
    picked.label(operation(x=12.0, y=20.0, label="negative", source="pick"), operation(x=30.0, y=38.0))
    assert rows(picked, "what=picks") == [("m1", 30, 40), ("m2", 10, 20), ("m2", 30, 40)]
    assert sorted(rows(picked, "what=both"))[:2] == [("m1", 30, 38), ("m1", 40, 5)]


def test_the_picks_of_a_named_job_are_exported(picked):
    job = picked.get("/api/project")["job"]["id"]
    assert len(rows(picked, f"what=picks&job={job}")) == 4
    assert picked.error("GET", "/api/export?what=picks&format=star&job=0000000000000000")[0] == 404


def test_relion_gets_a_zip_with_the_whole_relative_names(client):
    client.label(operation(), micrograph=2)
    answer = client.call("GET", "/api/export?what=labels&format=relion")
    assert answer.mimetype == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        content = "".join(archive.read(name).decode() for name in archive.namelist())
    assert "sub/m2.mrc" in content


@pytest.mark.parametrize(
    "query",
    ["", "what=labels", "format=star", "what=all&format=star", "what=labels&format=exe", "what=labels&format=../star",
     "what=picks&format=star&threshold=nan", "what=picks&format=star&threshold=x"],
)  # fmt: skip
def test_an_export_that_makes_no_sense_is_refused(client, query):
    assert client.error("GET", f"/api/export?{query}")[0] == 400


def test_an_import_reports_first_and_changes_nothing(client):
    report = upload(client, ("a.txt", TABLE + "m1\t5\t6\nm9\t1\t1\nm1\t999\t1\n"))
    assert (report["total"], report["imported"], report["applied"]) == (3, 1, False)
    assert (report["matched"], report["unmatched"], report["outside"]) == ({"m1": 2}, {"m9": 1}, 1)
    assert client.get("/api/micrographs/1/labels")["labels"] == []


def test_an_import_adds_labels_and_tells_the_pages_and_twice_adds_nothing(client, here):
    heard = []
    here.notifier.tell = lambda event, content: heard.append(
        (event, content["micrograph"], content["revision"])
    )
    file = ("a.txt", TABLE + "m1\t5\t6\nm2\t7\t8\n")
    assert upload(client, file, apply="1")["imported"] == 2
    [label] = client.get("/api/micrographs/2/labels")["labels"]
    assert (label["x"], label["y"], label["label"], label["source"]) == (7.0, 8.0, "positive", "import")
    assert sorted(heard) == [("labels.changed", 1, 1), ("labels.changed", 2, 1)]
    again = upload(client, file, apply="1")
    assert (again["imported"], again["duplicates"]) == (0, 2)


def test_coordinates_of_a_binned_image_are_scaled(client):
    upload(client, ("a.txt", TABLE + "m1\t5\t6\n"), apply="1", scale="4")
    assert client.get("/api/micrographs/1/labels")["labels"][0]["x"] == 20.0


def test_an_export_that_is_imported_again_is_the_same_set(client, make_app, tmp_path):
    client.label(operation(x=1.25, y=2.5), operation(x=40.75, y=30.0))
    star = client.call("GET", "/api/export?what=labels&format=star").text
    before = client.get("/api/micrographs/1/labels")["labels"]
    client.label(*[operation("remove", each["id"]) for each in before])
    upload(client, ("a.star", star), apply="1")
    after = client.get("/api/micrographs/1/labels")["labels"]
    assert sorted((each["x"], each["y"]) for each in after) == sorted(
        (each["x"], each["y"]) for each in before
    )


@pytest.mark.parametrize(
    ("files", "form"),
    [
        ([], {}),
        ([("a.txt", TABLE + "m9\t1\t1\n")], {}),
        ([("a.txt", TABLE + "m1\tnan\t1\n")], {}),
        ([("a.txt", TABLE + "m1\t5\t6\n"), ("b.txt", "junk")], {"apply": "1"}),
        ([("a.txt", TABLE + "m1\t5\t6\n")], {"scale": "0", "apply": "1"}),
        ([("a.txt", TABLE + "m1\t5\t6\n")], {"scale": "inf", "apply": "1"}),
        ([("a.txt", TABLE + "m1\t5\t6\n")], {"scale": "two"}),
        ([("a.txt", TABLE + "m1\t5\t6\n")], {"apply": "yes"}),
        ([("../../evil.exe", "x")], {}),
    ],
    ids=str,
)
def test_an_import_that_cannot_be_is_refused_whole(client, files, form):
    error = upload(client, *files, expect=400, **form)["error"]
    assert error["found"] and error["code"]
    assert client.get("/api/micrographs/1/labels")["labels"] == []
