"""The page's files under addresses that name their content."""

import gzip
import os

import pytest

from server import code
from server.app import ROOT

APP = (ROOT / "static" / "app.js").read_bytes()


@pytest.fixture
def address(client):
    """Where the page says that its files are."""
    page = client.call("GET", "/").text
    return "/" + page.partition('src="')[2].partition("/joined.js")[0]


def test_a_file_is_kept_for_ever_under_the_address_of_the_page(client, address):
    answer = client.call("GET", f"{address}/app.js")
    assert (answer.data, answer.mimetype) == (APP, "text/javascript")
    assert "immutable" in answer.headers["Cache-Control"]


def test_all_modules_come_as_one_file_in_the_same_way(client, address):
    answer = client.call("GET", f"{address}/joined.js", headers={"Accept-Encoding": "gzip"})
    assert "immutable" in answer.headers["Cache-Control"] and answer.mimetype == "text/javascript"
    text = gzip.decompress(answer.data).decode()
    assert "$modules['app.js'] = " in text and "from './vendor/uPlot.esm.js'" in text
    assert client.call("GET", "/code/of-yesterday/joined.js").headers["Cache-Control"] == "no-cache"


def test_under_another_address_it_is_asked_for_again(client):
    answer = client.call("GET", "/code/of-yesterday/app.js")
    assert (answer.data, answer.headers["Cache-Control"]) == (APP, "no-cache")
    etag = answer.headers["ETag"]
    assert client.call("GET", "/code/of-yesterday/app.js", headers={"If-None-Match": etag}).status_code == 304


def test_it_travels_compressed_where_the_browser_can_read_that(client, address):
    answer = client.call("GET", f"{address}/app.js", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip" and "Accept-Encoding" in answer.headers["Vary"]
    assert gzip.decompress(answer.data) == APP and len(answer.data) < len(APP) / 2


@pytest.mark.parametrize(
    "name", ["../run.py", "..%2frun.py", "no.js", "panels", "vendor/README.md", "/etc/passwd"]
)
def test_nothing_else_is_served(client, address, name):
    assert client.error("GET", f"{address}/{name}")[0] == 404


def test_the_address_is_another_one_when_a_file_has_changed(tmp_path):
    (tmp_path / "a.js").write_text("one")
    first = code.stamp_of(tmp_path, 1)
    os.utime(tmp_path / "a.js", ns=(1, 1))
    second = code.stamp_of(tmp_path, 2)
    (tmp_path / "b.js").write_text("")
    assert len({first, second, code.stamp_of(tmp_path, 3)}) == 3
