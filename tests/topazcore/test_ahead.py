import threading

import numpy as np
import pytest

from topazcore import cache
from topazcore.ahead import Ahead
from topazcore.cache import MicrographCache
from topazcore.images.mrc import encode_mrc
from topazcore.preprocess import read_compact


@pytest.fixture
def paths(tmp_path):
    """Three micrographs, the second of which is broken."""
    found = [tmp_path / f"{name}.mrc" for name in "abc"]
    for path in found:
        path.write_bytes(
            encode_mrc(np.random.default_rng(0).standard_normal((30, 30)).astype(np.float32), 2.0)
        )
    found[1].write_bytes(b"junk")
    return found


@pytest.fixture
def reading(monkeypatch):
    """The micrographs that were begun; each waits for `go`."""

    class Reading:
        begun, started, go = [], threading.Semaphore(0), threading.Semaphore(0)

    def read(path, factor):
        Reading.begun.append(path)
        Reading.started.release()
        assert Reading.go.acquire(timeout=10)
        return read_compact(path, factor)

    monkeypatch.setattr(cache, "read_compact", read)
    return Reading


def test_what_is_wanted_is_in_the_cache_and_what_is_broken_left_out(paths, tmp_path, reading):
    ahead = Ahead()
    ahead.want(str(tmp_path / "cache"), [[str(path), 2] for path in paths])
    reading.go.release(3)
    for _ in range(3):
        assert reading.started.acquire(timeout=10)
    ahead.stop()
    ahead._thread.join(10)
    assert [MicrographCache(tmp_path / "cache").holds(path, 2) for path in paths] == [True, False, True]


def test_it_begins_nothing_after_it_was_stopped(paths, tmp_path, reading):
    ahead = Ahead()
    ahead.want(str(tmp_path / "cache"), [[str(paths[0]), 2], [str(paths[2]), 2]])
    assert reading.started.acquire(timeout=10)
    ahead.stop()
    ahead.want(str(tmp_path / "cache"), [[str(paths[2]), 2]])
    reading.go.release(3)
    ahead._thread.join(10)
    assert reading.begun == [str(paths[0])]


def test_what_is_wanted_last_counts(paths, tmp_path, reading):
    ahead = Ahead()
    ahead.want(str(tmp_path / "cache"), [[str(paths[0]), 2], [str(paths[1]), 2]])
    assert reading.started.acquire(timeout=10)
    ahead.want(str(tmp_path / "cache"), [[str(paths[2]), 2]])
    reading.go.release(3)
    assert reading.started.acquire(timeout=10)
    ahead.stop()
    ahead._thread.join(10)
    assert reading.begun == [str(paths[0]), str(paths[2])]


@pytest.mark.parametrize("wrong", [5, [5], [["a.mrc"]], [["a.mrc", "two"]]])
def test_nonsense_is_refused(wrong):
    with pytest.raises((TypeError, ValueError)):
        Ahead().want("cache", wrong)
