"""The view, tiles and thumbnails over HTTP; the list as far as it is asked for whole."""

import io

import numpy as np
import pytest
from PIL import Image

from tests.server.support import Client, operation, write_micrograph


def test_the_list_has_everything_the_page_shows(client):
    first, second = client.get("/api/micrographs")["micrographs"]
    revision = first.pop("revision")
    assert len(revision) == 16
    assert first == {
        "id": 1, "name": "m1", "path": "m1.mrc", "width": 60, "height": 40, "pixel_size_angstrom": 2.0,
        "labels": 0, "negatives": 0, "filaments": 0, "exclusions": 0, "complete": False, "empty": False,
        "looked_at": False,
        "picks": None, "ctf": None, "missing": False, "warnings": [],
    }  # fmt: skip
    assert (second["name"], second["path"]) == ("m2", "sub/m2.mrc")


def test_a_micrograph_is_marked_complete_for_everyone_and_stays_so(client, here, folder):
    assert client.patch("/api/micrographs/2", {"complete": True})["complete"] is True
    write_micrograph(folder / "sub" / "m2.mrc", 30, 50, seed=9)
    client.post("/api/project/scan")
    assert [each["complete"] for each in client.get("/api/micrographs")["micrographs"]] == [False, True]
    assert client.patch("/api/micrographs/2", {"complete": False})["complete"] is False


def test_the_mark_goes_into_the_frozen_job(client, here):
    from server.job_request import freeze
    from server.schemas import NewJob

    client.patch("/api/project", {"diameter_angstrom": 36})
    client.label(operation())
    client.patch("/api/micrographs/2", {"complete": True})
    job = freeze(here, NewJob(), "0" * 16)
    assert [each.complete for each in job.micrographs] == [False, True]


def test_a_micrograph_without_particles_is_told_to_the_job_until_it_has_a_label(client, here, folder):
    from server.job_request import freeze
    from server.schemas import NewJob

    def in_job() -> list[bool]:
        return [each.complete for each in freeze(here, NewJob(), "0" * 16).micrographs]

    client.patch("/api/project", {"diameter_angstrom": 36})
    client.label(operation())
    assert client.patch("/api/micrographs/2", {"empty": True})["empty"] is True
    write_micrograph(folder / "sub" / "m2.mrc", 30, 50, seed=9)
    client.post("/api/project/scan")
    assert in_job() == [False, True]
    client.label(operation(pick_id="late"), micrograph=2)
    assert in_job() == [False, False]
    client.label(operation("remove", "late"), micrograph=2)
    assert in_job() == [False, True]
    assert client.patch("/api/micrographs/2", {"empty": False})["empty"] is False
    assert in_job() == [False, False]


def test_a_micrograph_is_complete_or_empty_and_not_both(client):
    client.patch("/api/micrographs/1", {"empty": True})
    now = client.patch("/api/micrographs/1", {"complete": True})
    assert (now["complete"], now["empty"]) == (True, False)


def test_a_micrograph_with_labels_is_not_without_particles(client):
    client.label(operation(), operation(label="negative"))
    status, error = client.error("PATCH", "/api/micrographs/1", json={"empty": True})
    assert (status, error["found"]) == (409, "1 label on a micrograph without particles")
    assert client.patch("/api/micrographs/1", {"empty": False})["empty"] is False


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"complete": 1},
        {"complete": "yes"},
        {"complete": None},
        {"complete": True, "empty": True},
        {"missing": True},
    ],
    ids=str,
)
def test_a_mark_that_is_none_is_refused(client, body):
    assert client.error("PATCH", "/api/micrographs/1", json=body)[0] == 400
    assert client.error("PATCH", "/api/micrographs/99", json={"complete": True})[0] == 404


def test_the_view_describes_a_layer_whose_tiles_can_be_had(client):
    view = client.get("/api/micrographs/1/view")
    raw = view["layers"]["raw"]
    assert (view["width"], view["height"], view["tile_size"]) == (60, 40, 512)
    assert (raw["width"], raw["height"], raw["levels"]) == (60, 40, 1)
    assert (raw["scale_x"], raw["origin_x"], raw["origin_y"]) == (1.0, -0.5, -0.5)
    assert raw["low"] < 10 < raw["high"]
    assert sum(raw["histogram"]) == 60 * 40 and len(raw["histogram"]) == 256
    assert 0 <= raw["auto_low"] < raw["auto_high"] <= 255
    answer = client.call("GET", f"/tiles/1/{raw['revision']}/raw/0/0/0.png")
    image = Image.open(io.BytesIO(answer.data))
    assert (image.size, image.mode, answer.mimetype) == ((60, 40), "L", "image/png")
    assert answer.headers["Cache-Control"] == "private, max-age=31536000, immutable"


def test_a_tile_is_also_to_be_had_as_jpeg_and_not_sent_again(client):
    revision = client.get("/api/micrographs/1/view")["layers"]["raw"]["revision"]
    address = f"/tiles/1/{revision}/raw/0/0/0.jpg"
    answer = client.call("GET", address)
    assert answer.mimetype == "image/jpeg"
    again = client.call("GET", address, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_a_tile_for_a_slow_line_shows_the_same_with_far_fewer_bytes(client):
    revision = client.get("/api/micrographs/1/view")["layers"]["raw"]["revision"]
    usual, small = (
        client.call("GET", f"/tiles/1/{revision}/raw/0/0/0.{kind}") for kind in ("jpg", "small.jpg")
    )
    assert small.mimetype == "image/jpeg" and "immutable" in small.headers["Cache-Control"]
    assert len(small.data) < 0.7 * len(usual.data)
    grey = [np.asarray(Image.open(io.BytesIO(answer.data)), float) for answer in (usual, small)]
    assert grey[0].shape == grey[1].shape
    assert np.corrcoef(grey[0].ravel(), grey[1].ravel())[0, 1] > 0.75, "of white noise, the worst case"


def test_the_model_layer_is_there_once_the_diameter_is_known(client):
    assert "model" not in client.get("/api/micrographs/1/view")["layers"]
    client.patch("/api/project", {"diameter_angstrom": 72})
    model = client.get("/api/micrographs/1/view")["layers"]["model"]
    assert (model["width"], model["height"]) == (30, 20)
    assert (model["scale_x"], model["origin_x"]) == (2.0, -1.0)
    assert client.call("GET", f"/tiles/1/{model['revision']}/model/0/0/0.png").status_code == 200


def test_a_page_in_a_hurry_gets_the_raw_layer_alone(client):
    client.patch("/api/project", {"diameter_angstrom": 72})
    assert set(client.get("/api/micrographs/1/view")["layers"]) == {"raw", "model"}
    assert set(client.get("/api/micrographs/1/view?layers=raw")["layers"]) == {"raw"}
    assert client.get("/api/micrographs/1/view?layers=no,such")["layers"] == {}


def test_another_diameter_gives_the_model_layer_another_address(client):
    revisions = set()
    for diameter in (36, 72):
        client.patch("/api/project", {"diameter_angstrom": diameter})
        revisions.add(client.get("/api/micrographs/1/view")["layers"]["model"]["revision"])
    assert len(revisions) == 2


@pytest.mark.parametrize(
    "place",
    [
        "1/{r}/raw/1/0/0.jpg",
        "1/{r}/raw/0/1/0.jpg",
        "1/{r}/raw/0/0/1.jpg",
        "1/{r}/raw/-1/0/0.jpg",
        "1/{r}/raw/0/-1/0.jpg",
        "1/{r}/raw/0/0/99999999999999999999.jpg",
        "1/{r}/raw/nan/0/0.jpg",
        "1/{r}/raw/0.5/0/0.jpg",
        "1/{r}/raw/0/0/0.gif",
        "1/{r}/raw/0/0/0",
        "1/{r}/model/0/0/0.jpg",
        "1/{r}/other/0/0/0.jpg",
        "1/0000000000000000/raw/0/0/0.jpg",
        "2/{r}/raw/0/0/0.jpg",
        "99/{r}/raw/0/0/0.jpg",
    ],
)
def test_a_tile_that_is_not_there_is_not_found_and_nothing_is_read_for_it(client, here, place):
    revision = client.get("/api/micrographs")["micrographs"][0]["revision"]
    status, error = client.error("GET", "/tiles/" + place.format(r=revision))
    assert (status, error["code"]) == (404, "not_found")
    assert len(here.tiles.cache.entries) <= 1


def test_a_thumbnail_is_small_and_kept_on_disk(client, here):
    answer = client.call("GET", "/api/micrographs/1/thumbnail")
    assert Image.open(io.BytesIO(answer.data)).size == (60, 40)
    [kept] = here.tiles.thumbnails.iterdir()
    assert kept.read_bytes() == answer.data


def test_a_large_micrograph_has_a_thumbnail_of_at_most_96_pixels(make_app, tmp_path):
    write_micrograph(tmp_path / "large" / "a.mrc", 300, 900)
    client = Client(make_app(folder=tmp_path / "large"))
    image = Image.open(io.BytesIO(client.call("GET", "/api/micrographs/1/thumbnail").data))
    assert max(image.size) == 96


def test_a_thumbnail_of_another_revision_is_not_found(client):
    assert client.error("GET", "/api/micrographs/1/thumbnail?revision=0")[0] == 404


def test_a_file_that_changes_gets_a_new_revision_and_its_old_thumbnail_goes(client, here, folder):
    client.call("GET", "/api/micrographs/1/thumbnail")
    before = client.get("/api/micrographs")["micrographs"][0]["revision"]
    write_micrograph(folder / "m1.mrc", 44, 60, seed=5)
    client.post("/api/project/scan")
    after = client.get("/api/micrographs")["micrographs"][0]
    assert after["revision"] != before and after["height"] == 44
    assert list(here.tiles.thumbnails.iterdir()) == []
    assert client.error("GET", f"/tiles/1/{before}/raw/0/0/0.jpg")[0] == 404


def test_pixels_are_where_the_file_has_them(make_app, tmp_path):
    from topazcore.images.mrc import encode_mrc

    image = np.zeros((40, 60), np.float32)
    image[7, 11] = 1
    (tmp_path / "dot").mkdir()
    (tmp_path / "dot" / "a.mrc").write_bytes(
        encode_mrc(image + np.linspace(0, 0.1, 60, dtype=np.float32), 1.0)
    )
    client = Client(make_app(folder=tmp_path / "dot"))
    revision = client.get("/api/micrographs")["micrographs"][0]["revision"]
    tile = np.asarray(Image.open(io.BytesIO(client.call("GET", f"/tiles/1/{revision}/raw/0/0/0.png").data)))
    assert np.unravel_index(tile.argmax(), tile.shape) == (7, 11)
