"""The list of micrographs: whole, as differences, compressed; and who has looked at what."""

import gzip
import json

import pytest

from tests.server.support import Client, operation, write_micrograph


def listed(client: Client, since: str | None = None) -> dict:
    return client.get("/api/micrographs" + (f"?since={since}" if since else ""))


def test_the_first_answer_is_whole_and_the_next_holds_what_changed(client):
    first = listed(client)
    assert (first["whole"], [each["id"] for each in first["micrographs"]]) == (True, [1, 2])
    assert listed(client, first["stamp"]) == {**first, "whole": False, "micrographs": []}
    client.label(operation(), micrograph=2)
    second = listed(client, first["stamp"])
    assert (second["whole"], second["stamp"] != first["stamp"]) == (False, True)
    assert [(each["id"], each["labels"]) for each in second["micrographs"]] == [(2, 1)]
    client.patch("/api/micrographs/1", {"complete": True})
    assert [each["id"] for each in listed(client, second["stamp"])["micrographs"]] == [1]
    assert [each["id"] for each in listed(client, first["stamp"])["micrographs"]] == [1, 2]


def test_labels_that_come_and_go_are_counted(client):
    client.label(operation(pick_id="a"), operation(pick_id="b"), operation(pick_id="c", label="negative"))
    [first, _] = listed(client)["micrographs"]
    assert (first["labels"], first["negatives"]) == (2, 1)
    client.label(*[operation("remove", pick_id=name) for name in "abc"])
    [first, _] = listed(client)["micrographs"]
    assert (first["labels"], first["negatives"]) == (0, 0)


def test_a_new_file_is_told_with_the_whole_list(client, folder):
    stamp = listed(client)["stamp"]
    write_micrograph(folder / "m0.mrc")
    client.post("/api/project/scan")
    answer = listed(client, stamp)
    assert (answer["whole"], [each["name"] for each in answer["micrographs"]]) == (True, ["m0", "m1", "m2"])


def test_a_changed_file_is_a_changed_row(client, folder):
    stamp = listed(client)["stamp"]
    write_micrograph(folder / "m1.mrc", 44, 60, seed=5)
    client.post("/api/project/scan")
    answer = listed(client, stamp)
    assert [(each["id"], each["height"]) for each in answer["micrographs"]] == [(1, 44)]


@pytest.mark.parametrize(
    "stamp", ["", "x", "-1", "0-1", "{run}-", "{run}-x", "{run}--1", "{run}-²", "{run}-" + "9" * 99]
)
def test_a_stamp_of_another_run_or_none_gets_everything(client, stamp):
    run = listed(client)["stamp"].partition("-")[0]
    assert listed(client, stamp.format(run=run))["whole"] is True


def test_a_restarted_server_does_not_believe_the_stamps_of_the_one_before(make_app):
    app = make_app()
    stamp = listed(Client(app))["stamp"]
    app.extensions["peridot"].close()
    assert listed(Client(make_app()), stamp)["whole"] is True


def test_a_long_list_is_compressed_for_whoever_can_read_that(make_app, tmp_path):
    for number in range(12):
        write_micrograph(tmp_path / "many" / f"{number:03}.mrc")
    client = Client(make_app(folder=tmp_path / "many"))
    plain = client.call("GET", "/api/micrographs")
    packed = client.call("GET", "/api/micrographs", headers={"Accept-Encoding": "br, gzip"})
    refused = client.call("GET", "/api/micrographs", headers={"Accept-Encoding": "gzip;q=0"})
    assert (plain.headers.get("Content-Encoding"), refused.headers.get("Content-Encoding")) == (None, None)
    assert (packed.headers["Content-Encoding"], packed.headers["Vary"]) == ("gzip", "Accept-Encoding")
    assert json.loads(gzip.decompress(packed.data)) == plain.json
    assert len(packed.data) < len(plain.data) / 2


def test_a_look_is_kept_and_told_once(client, here, folder, monkeypatch):
    told = []
    monkeypatch.setattr(here.notifier, "tell", lambda event, content: told.append(event))
    assert client.post("/api/micrographs/2/look") == {}
    client.post("/api/micrographs/2/look")
    assert told == ["micrographs.changed"]
    write_micrograph(folder / "sub" / "m2.mrc", 30, 50, seed=9)
    client.post("/api/project/scan")
    assert [each["looked_at"] for each in listed(client)["micrographs"]] == [False, True]
    assert client.error("POST", "/api/micrographs/99/look")[0] == 404
