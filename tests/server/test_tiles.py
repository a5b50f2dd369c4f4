"""Tiles: what a layer looks like, what is cached, what happens when the file changes under it."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from server import pyramid, tiles
from server.project import Micrograph
from server.tiles import PyramidCache, Tiles
from tests.server.support import wait_until, write_micrograph
from topazcore.errors import MicrographError


def indexed(path: Path, height: int = 40, width: int = 60) -> Micrograph:
    """A micrograph as the index would have it."""
    status = path.stat()
    return Micrograph(1, path.name, path.stem, path.resolve(), status.st_size, status.st_mtime_ns, height, width,
                      "MRC float32", 2.0, ())  # fmt: skip


@pytest.fixture
def drawn(tmp_path) -> Tiles:
    (tmp_path / "thumbnails").mkdir()
    return Tiles(tmp_path / "thumbnails", cache_bytes=1 << 20)


def fake_pyramid(size: int) -> pyramid.Pyramid:
    return pyramid.Pyramid((np.zeros(size, np.uint8),), None, (), 0, 255)


def test_everyone_who_asks_at_once_waits_for_one_reading():
    cache, readings, go = PyramidCache(1000), [], threading.Event()

    def make():
        readings.append(1)
        go.wait(30)
        return fake_pyramid(10)

    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(cache.get, "a", make) for _ in range(8)]
        wait_until(lambda: readings)
        go.set()
        made = {id(each.result()) for each in asked}
    assert (len(readings), len(made)) == (1, 1)


def test_a_failed_reading_reaches_all_who_wait_and_is_tried_again():
    cache = PyramidCache(1000)

    def fail():
        raise MicrographError("torn")

    for _ in range(2):
        with pytest.raises(MicrographError, match="torn"):
            cache.get("a", fail)
    assert cache.get("a", lambda: fake_pyramid(5)).nbytes == 5


def test_the_least_recently_used_go_when_the_cache_is_full():
    cache = PyramidCache(250)
    for key in "ab":
        cache.get(key, lambda: fake_pyramid(100))
    cache.get("a", lambda: fake_pyramid(100))
    cache.get("c", lambda: fake_pyramid(100))
    assert sorted(cache.entries) == ["a", "c"]


def test_one_that_is_larger_than_the_cache_is_served_and_kept_alone():
    cache = PyramidCache(10)
    cache.get("small", lambda: fake_pyramid(5))
    assert cache.get("large", lambda: fake_pyramid(500)).nbytes == 500
    assert list(cache.entries) == ["large"]


def test_the_layers_stand_in_the_same_frame(tmp_path, drawn):
    micrograph = indexed(write_micrograph(tmp_path / "a.mrc"))
    layers = drawn.layers(micrograph, 4)
    raw, model = (drawn.describe(micrograph, layers[name]) for name in ("raw", "model"))
    assert (raw["width"] * raw["scale_x"], raw["height"] * raw["scale_y"]) == (60, 40)
    assert (model["width"] * model["scale_x"], model["height"] * model["scale_y"]) == (60, 40)
    assert (model["width"], model["origin_x"], model["origin_y"]) == (15, -2.0, -2.0)


def replace_by_link(path: Path) -> None:
    path.rename(path.with_suffix(".bak"))
    path.symlink_to(path.with_suffix(".bak"))


def replace_by_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


CHANGES = {
    "truncated": lambda path: path.write_bytes(path.read_bytes()[:3000]),
    "replaced by a longer one": lambda path: path.write_bytes(path.read_bytes() + b"\0" * 4),
    "deleted": lambda path: path.unlink(),
    "replaced by a link": replace_by_link,
    "replaced by a folder": replace_by_folder,
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_file_that_is_not_the_indexed_one_any_more_is_a_clean_error(tmp_path, drawn, change):
    path = write_micrograph(tmp_path / "a.mrc")
    micrograph = indexed(path)
    change(path)
    with pytest.raises(MicrographError) as refused:
        drawn.pyramid(micrograph, tiles.raw_layer(micrograph))
    assert "Re-scan" in refused.value.action
    assert str(tmp_path) not in str(refused.value)


def test_a_file_that_changes_while_it_is_read_is_not_shown_under_the_old_address(
    tmp_path, drawn, monkeypatch
):
    path = write_micrograph(tmp_path / "a.mrc")
    micrograph = indexed(path)
    read = tiles.read_micrograph

    def read_and_change(target):
        image = read(target)
        path.write_bytes(path.read_bytes() + b"\0" * 8)
        return image

    monkeypatch.setattr(tiles, "read_micrograph", read_and_change)
    with pytest.raises(MicrographError, match="changed since"):
        drawn.pyramid(micrograph, tiles.raw_layer(micrograph))


def test_what_is_in_the_cache_is_served_also_after_the_file_is_gone(tmp_path, drawn):
    path = write_micrograph(tmp_path / "a.mrc")
    micrograph = indexed(path)
    layer = tiles.raw_layer(micrograph)
    first = drawn.tile(micrograph, layer, (0, 0, 0), "png")
    path.unlink()
    assert drawn.tile(micrograph, layer, (0, 0, 0), "png") == first
