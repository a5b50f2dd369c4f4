"""replace_file: the old content or the new, whatever goes wrong in between."""

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from topazcore import files
from topazcore.files import TEMPORARY_PREFIX, replace_file, replacing, sweep

ROOT = Path(__file__).resolve().parents[2]
OLD, NEW = b"old" * 1000, b"new" * 5000

posix_only = pytest.mark.skipif(os.name == "nt", reason="limits of file size and SIGKILL are POSIX")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def failing(code: int):
    def fail(*_arguments):
        raise OSError(code, os.strerror(code))

    return fail


def test_it_writes_a_new_file_and_replaces_an_old_one(tmp_path):
    path = tmp_path / "picks.star"
    replace_file(path, OLD)
    assert path.read_bytes() == OLD
    replace_file(path, NEW)
    assert path.read_bytes() == NEW
    assert names(tmp_path) == ["picks.star"]


def test_a_stream_is_not_visible_until_its_block_ends(tmp_path):
    path = tmp_path / "model"
    replace_file(path, OLD)
    with replacing(path) as stream:
        stream.write(NEW)
        assert path.read_bytes() == OLD
    assert path.read_bytes() == NEW


@pytest.mark.parametrize(
    ("call", "code"), [("fsync", errno.EIO), ("fsync", errno.ENOSPC), ("replace", errno.EACCES)]
)
def test_a_failing_system_call_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch, call, code):
    path = tmp_path / "labels"
    replace_file(path, OLD)
    monkeypatch.setattr(files.os, call, failing(code))
    with pytest.raises(OSError) as raised:
        replace_file(path, NEW)
    assert raised.value.errno == code
    assert path.read_bytes() == OLD
    assert names(tmp_path) == ["labels"]


def test_an_error_of_the_writer_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "labels"
    replace_file(path, OLD)
    with pytest.raises(KeyboardInterrupt), replacing(path) as stream:
        stream.write(NEW)
        raise KeyboardInterrupt
    assert path.read_bytes() == OLD
    assert names(tmp_path) == ["labels"]


def test_a_folder_that_cannot_be_synced_is_no_error(tmp_path, monkeypatch):
    real = os.fsync
    calls = []

    def only_files(descriptor):
        calls.append(descriptor)
        if len(calls) == 2:
            raise OSError(errno.EINVAL, "no sync of folders here")
        real(descriptor)

    monkeypatch.setattr(files.os, "fsync", only_files)
    replace_file(tmp_path / "a", NEW)
    assert (tmp_path / "a").read_bytes() == NEW


@posix_only
def test_permissions_stay(tmp_path):
    path = tmp_path / "token"
    path.write_bytes(OLD)
    path.chmod(0o600)
    replace_file(path, NEW)
    assert path.stat().st_mode & 0o777 == 0o600


@posix_only
def test_a_full_disk_leaves_the_old_file_and_nothing_else(tmp_path):
    program = f"""
import resource
from topazcore.files import replace_file
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
try:
    replace_file({str(tmp_path / "labels")!r}, {NEW!r})
except OSError as error:
    print("refused", error.errno)
"""
    replace_file(tmp_path / "labels", OLD)
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.split() == ["refused", str(errno.EFBIG)]
    assert (tmp_path / "labels").read_bytes() == OLD
    assert names(tmp_path) == ["labels"]


@posix_only
def test_killed_at_any_moment_the_file_is_whole_and_leftovers_are_swept(tmp_path):
    path = tmp_path / "labels"
    replace_file(path, OLD)
    program = f"""
from topazcore.files import replace_file
contents = [b"a" * 1_000_000, b"b" * 1_000_000]
print("ready", flush=True)
while True:
    for content in contents:
        replace_file({str(path)!r}, content)
"""
    whole = (OLD, b"a" * 1_000_000, b"b" * 1_000_000)
    for reads in range(0, 24, 2):  # killed at ever later moments of its writing
        writer = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, cwd=ROOT)
        writer.stdout.readline()
        assert all(path.read_bytes() in whole for _ in range(reads))
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        writer.stdout.close()
        assert path.read_bytes() in whole
        assert all(name == "labels" or name.startswith(TEMPORARY_PREFIX) for name in names(tmp_path))
    sweep(tmp_path)
    assert names(tmp_path) == ["labels"]


def test_sweep_takes_only_its_own_leftovers(tmp_path):
    for name in (".peridot-00ff.tmp", ".peridot-x", "a.tmp", ".peridot"):
        (tmp_path / name).write_bytes(OLD)
    assert sweep(tmp_path) == 1
    assert names(tmp_path) == [".peridot", ".peridot-x", "a.tmp"]
