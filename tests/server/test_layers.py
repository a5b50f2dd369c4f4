"""Filtered layers over HTTP: their names, addresses, frames and what they show; which cannot be."""

import io

import numpy as np
import pytest
from PIL import Image

from tests.server.support import Client
from topazcore.images.mrc import encode_mrc

COARSE_PX, FINE_PX = 48.0, 6.0


def waves(shape: tuple[int, int] = (240, 360)) -> np.ndarray:
    """A coarse wave from left to right and a fine one from above to below."""
    y, x = np.mgrid[: shape[0], : shape[1]]
    return np.cos(2 * np.pi * (x + 0.5) / COARSE_PX) + np.cos(2 * np.pi * (y + 0.5) / FINE_PX)


@pytest.fixture
def wavy(make_app, tmp_path) -> Client:
    """One micrograph of 2 Å/px."""
    (tmp_path / "waves").mkdir()
    (tmp_path / "waves" / "a.mrc").write_bytes(encode_mrc(waves().astype(np.float32), 2.0))
    return Client(make_app(folder=tmp_path / "waves"))


def described(client: Client, name: str) -> dict:
    return client.get(f"/api/micrographs/1/view?layers={name}")["layers"][name]


def shown(client: Client, name: str) -> np.ndarray:
    """The densities of the only tile."""
    layer = described(client, name)
    answer = client.call("GET", f"/tiles/1/{layer['revision']}/{name}/0/0/0.png")
    assert answer.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    grey = np.asarray(Image.open(io.BytesIO(answer.data)), np.float64)
    return layer["low"] + grey / 255 * (layer["high"] - layer["low"])


def test_a_low_pass_shows_the_coarse_wave_small_and_edge_to_edge(wavy):
    layer = described(wavy, "filtered-32-off")
    assert (layer["width"], layer["height"], layer["levels"]) == (90, 60, 1)
    assert (layer["scale_x"], layer["scale_y"]) == (4.0, 4.0)
    assert (layer["origin_x"], layer["origin_y"]) == (-0.5, -0.5)
    expected = np.cos(2 * np.pi * (np.arange(90) + 0.5) * 4 / COARSE_PX)
    np.testing.assert_allclose(shown(wavy, "filtered-32-off"), np.tile(expected, (60, 1)), atol=0.02)


def test_a_high_pass_shows_the_fine_wave_at_full_size(wavy):
    assert described(wavy, "filtered-off-32")["width"] == 360
    expected = np.cos(2 * np.pi * (np.arange(240) + 0.5) / FINE_PX)
    np.testing.assert_allclose(shown(wavy, "filtered-off-32"), np.tile(expected, (360, 1)).T, atol=0.02)


def test_its_histogram_and_contrast_are_its_own(wavy):
    layer = described(wavy, "filtered-32-off")
    assert sum(layer["histogram"]) == 90 * 60
    assert -1.1 < layer["low"] < -0.9 and 0.9 < layer["high"] < 1.1
    assert 0 <= layer["auto_low"] < layer["auto_high"] <= 255


def test_layers_are_asked_for_by_name_and_costly_ones_never_unasked(wavy):
    assert set(wavy.get("/api/micrographs/1/view")["layers"]) == {"raw"}
    asked = wavy.get("/api/micrographs/1/view?layers=raw,filtered-20-400,model")["layers"]
    assert set(asked) == {"raw", "filtered-20-400"}


def test_another_filter_or_pixel_size_has_another_address(wavy):
    revisions = {
        described(wavy, name)["revision"]
        for name in ("filtered-20-off", "filtered-20-400", "filtered-20.5-400")
    }
    before = described(wavy, "filtered-20-400")["revision"]
    wavy.patch("/api/project", {"pixel_size_angstrom": 2.5})
    assert len(revisions | {described(wavy, "filtered-20-400")["revision"]}) == 4
    assert wavy.error("GET", f"/tiles/1/{before}/filtered-20-400/0/0/0.png")[0] == 404


@pytest.mark.parametrize(
    ("name", "code", "found"),
    [
        ("filtered-3-off", "bad_settings", "a low-pass of 3 Å where a pixel has 2 Å"),
        ("filtered-40-20", "bad_settings", "a high-pass of 20 Å with a low-pass of 40 Å"),
        ("filtered-off-off", "bad_settings", "a filter without low-pass and high-pass"),
        ("filtered-020-off", "bad_request", "a layer 'filtered-020-off'"),
        ("filtered-20.55-off", "bad_request", "a layer 'filtered-20.55-off'"),
        ("filtered-1e9-off", "bad_request", "a layer 'filtered-1e9-off'"),
        ("filtered-nan-inf", "bad_request", "a layer 'filtered-nan-inf'"),
        ("filtered-٢٠-off", "bad_request", "a layer 'filtered-٢٠-off'"),
        ("filtered-20", "bad_request", "a layer 'filtered-20'"),
    ],
)
def test_a_filter_that_cannot_be_is_an_error_that_says_why(wavy, here, name, code, found):
    status, error = wavy.error("GET", f"/api/micrographs/1/view?layers=raw,{name}")
    assert (status, error["code"], error["found"]) == (400, code, found)
    assert error["expected"] and error["action"]
    assert wavy.error("GET", f"/tiles/1/0/{name}/0/0/0.png")[0] == 400
    assert not here.tiles.cache.entries


def test_a_filter_needs_the_pixel_size(make_app, tmp_path):
    (tmp_path / "plain").mkdir()
    Image.fromarray(np.zeros((30, 40), np.uint8)).save(tmp_path / "plain" / "a.png")
    client = Client(make_app(folder=tmp_path / "plain"))
    status, error = client.error("GET", "/api/micrographs/1/view?layers=filtered-20-400")
    assert (status, error["found"]) == (400, "a filter in Å without a pixel size")
    client.patch("/api/project", {"pixel_size_angstrom": 2.0})
    assert described(client, "filtered-20-400")["width"] == 16


def test_many_layers_at_once_are_refused(wavy):
    names = ",".join(f"filtered-{length}-off" for length in range(20, 25))
    assert wavy.error("GET", f"/api/micrographs/1/view?layers={names}")[0] == 400


def test_a_hot_pixel_makes_no_blob(make_app, tmp_path):
    image = np.random.default_rng(3).normal(0, 1, (200, 200)).astype(np.float32)
    image[90, 110] = 1e6
    (tmp_path / "hot").mkdir()
    (tmp_path / "hot" / "a.mrc").write_bytes(encode_mrc(image, 2.0))
    layer = described(Client(make_app(folder=tmp_path / "hot")), "filtered-20-off")
    assert max(-layer["low"], layer["high"]) < 3
