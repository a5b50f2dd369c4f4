"""The cache gives what the file would give, whatever happens to its own files."""

import os
from pathlib import Path

import numpy as np
import pytest

from topazcore import cache, files
from topazcore.cache import MicrographCache, reader
from topazcore.errors import MicrographError
from topazcore.images.mrc import encode_mrc
from topazcore.preprocess import read_compact


def write(path: Path, seed: int) -> None:
    image = np.random.default_rng(seed).normal(10, 2, (40, 60)).astype(np.float32)
    path.write_bytes(encode_mrc(image, 2.0))


@pytest.fixture
def micrograph(tmp_path) -> Path:
    write(tmp_path / "a.mrc", 1)
    return tmp_path / "a.mrc"


@pytest.fixture
def folder(tmp_path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def never_anew(monkeypatch):
    """From now on no micrograph is read."""

    def forget():
        def fail(path, factor):
            raise AssertionError(f"{path} was read")

        monkeypatch.setattr(cache, "read_compact", fail)

    return forget


def same(found, expected) -> bool:
    moments = (found.centre, found.scale) == (expected.centre, expected.scale)
    return moments and np.array_equal(found.values, expected.values)


def test_cold_and_warm_give_the_same_bits_as_none(micrograph, folder, never_anew):
    expected = read_compact(micrograph, 2)
    kept = MicrographCache(folder)
    assert not kept.holds(micrograph, 2)
    assert same(kept.read(micrograph, 2), expected) and kept.holds(micrograph, 2)
    never_anew()
    assert same(MicrographCache(folder).read(str(micrograph), 2.0), expected)


def test_without_a_folder_files_are_read(micrograph):
    assert same(reader(None)(micrograph, 2), read_compact(micrograph, 2))


def test_factors_have_files_of_their_own(micrograph, folder):
    kept = MicrographCache(folder)
    assert [kept.read(micrograph, factor).values.shape for factor in (2, 3)] == [(20, 30), (13, 20)]
    assert len(list(folder.iterdir())) == 2


def test_a_micrograph_that_changes_is_read_anew(micrograph, folder):
    kept = MicrographCache(folder)
    kept.read(micrograph, 2)
    write(micrograph, 2)
    os.utime(micrograph, ns=(1, 1))
    assert not kept.holds(micrograph, 2) and same(kept.read(micrograph, 2), read_compact(micrograph, 2))


def test_one_that_changes_while_it_is_read_is_not_kept(micrograph, folder, monkeypatch):
    def read_slowly(path, factor):
        found = read_compact(path, factor)
        os.utime(path, ns=(1, 1))
        return found

    monkeypatch.setattr(cache, "read_compact", read_slowly)
    MicrographCache(folder).read(micrograph, 2)
    assert not folder.exists()


def cut(data: bytes) -> bytes:
    return data[:-7]


def flipped(data: bytes) -> bytes:
    return data[:100] + bytes([data[100] ^ 1]) + data[101:]


def strange(data: bytes) -> bytes:
    return b"x" * len(data)


def grown(data: bytes) -> bytes:
    return data + b"\0\0"


@pytest.mark.parametrize("damage", [cut, flipped, strange, grown, lambda _: b"", lambda data: data[:20]])
def test_a_damaged_file_is_made_anew(micrograph, folder, damage, never_anew):
    expected = MicrographCache(folder).read(micrograph, 2)
    (place,) = folder.iterdir()
    place.write_bytes(damage(place.read_bytes()))
    assert same(MicrographCache(folder).read(micrograph, 2), expected)
    never_anew()
    assert same(MicrographCache(folder).read(micrograph, 2), expected)


def test_the_least_recently_used_goes_first(tmp_path, folder):
    names = [tmp_path / f"{name}.mrc" for name in "abc"]
    for seed, path in enumerate(names):
        write(path, seed)
    small = MicrographCache(folder, largest_bytes=2 * (64 + 20 * 30 * 2))
    for path in names[:2]:
        small.read(path, 2)
    for age, place in enumerate(sorted(folder.iterdir())):
        os.utime(place, ns=(age, age))
    small.read(names[0], 2)
    small.read(names[2], 2)
    assert [small.holds(path, 2) for path in names] == [True, False, True]


def test_what_a_killed_process_left_is_removed_in_its_turn(micrograph, folder):
    folder.mkdir()
    left = folder / f"{files.TEMPORARY_PREFIX}0{files.TEMPORARY_SUFFIX}"
    left.write_bytes(b"x" * 5000)
    os.utime(left, ns=(1, 1))
    MicrographCache(folder, largest_bytes=5000).read(micrograph, 2)
    assert not left.exists()


def test_a_disk_that_takes_nothing_is_no_error(micrograph, folder, monkeypatch):
    def full(*_arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "replace", full)
    assert same(MicrographCache(folder).read(micrograph, 2), read_compact(micrograph, 2))
    assert list(folder.iterdir()) == []


def test_a_folder_that_cannot_be_is_no_error(micrograph):
    assert same(MicrographCache(micrograph / "cache").read(micrograph, 2), read_compact(micrograph, 2))


def test_a_micrograph_that_is_not_there_says_so(tmp_path, folder):
    with pytest.raises(MicrographError):
        MicrographCache(folder).read(tmp_path / "none.mrc", 2)
