"""The CTF of micrographs over HTTP: reported, imported, listed, kept."""

import io

import pytest

from server.ctf import CtfStore

HEAD = "data_\nloop_\n_rlnMicrographName\n_rlnDefocusU\n_rlnDefocusV\n_rlnCtfMaxResolution\n"


def send(client, rows: str, apply: str = "1", name: str = "micrographs_ctf.star"):
    form = {"files": (io.BytesIO((HEAD + rows).encode()), name), "apply": apply, "rows": "ctf"}
    return client.call("POST", "/api/import", data=form, content_type="multipart/form-data")


def listed(client) -> list:
    return [each["ctf"] for each in client.get("/api/micrographs")["micrographs"]]


def test_a_report_counts_and_changes_nothing_an_import_is_in_the_list_and_lasts(client, here):
    rows = "Job/m1.mrc 15000 14000 4.256\nJob/other.mrc 1 1 1\nJob/bad.mrc nan nan 1\n"
    report = send(client, rows, apply="0").json
    assert (report["rows"], report["total"], report["imported"], report["applied"]) == ("ctf", 3, 1, False)
    assert (report["matched"], report["unmatched"], report["outside"]) == ({"m1": 1}, {"other": 1}, 1)
    assert listed(client) == [None, None]
    stamp = client.get("/api/micrographs")["stamp"]
    assert send(client, rows).json["applied"]
    assert listed(client) == [{"defocus_angstrom": 14500.0, "resolution_angstrom": 4.26}, None]
    told = client.get(f"/api/micrographs?since={stamp}")
    assert (told["whole"], [each["name"] for each in told["micrographs"]]) == (False, ["m1"])
    assert CtfStore(here.database).all() == here.ctf.all()


def test_a_later_file_replaces_what_it_names_and_leaves_the_rest(client):
    send(client, "m1.mrc 15000 15000 4\nm2.mrc 9000 9000 5\n")
    send(client, "sub/m2.mrc 8000 8000 0\n")
    assert listed(client) == [
        {"defocus_angstrom": 15000.0, "resolution_angstrom": 4.0},
        {"defocus_angstrom": 8000.0, "resolution_angstrom": None},
    ]


def test_pages_are_told(client, here):
    heard = []
    here.notifier.tell = lambda event, content: heard.append(event)
    send(client, "m1.mrc 15000 15000 4\n")
    assert heard == ["micrographs.changed"]


@pytest.mark.parametrize(
    ("rows", "reason"), [("x.mrc 1 1 1\n", "1 rows, none on a micrograph"), ("m1.mrc 1 1\n", "3 values")]
)
def test_what_cannot_be_used_is_refused(client, rows, reason):
    answer = send(client, rows)
    assert answer.status_code == 400 and reason in answer.json["error"]["found"]
    assert listed(client) == [None, None]
