"""One server per project."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from server.errors import StartError
from server.lock import ProjectLock

ROOT = Path(__file__).resolve().parents[2]
HOLD = """
import sys
from pathlib import Path
from server.lock import ProjectLock
lock = ProjectLock(Path(sys.argv[1]))
lock.tell("http://127.0.0.1:1234/")
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, tmp_path / "lock"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout.readline().strip() == b"held"
    yield process
    process.kill()
    process.wait()
    process.stdin.close()
    process.stdout.close()


def test_a_second_server_is_refused_and_told_where_the_first_is(tmp_path, holder):
    with pytest.raises(StartError) as refused:
        ProjectLock(tmp_path / "lock")
    assert "http://127.0.0.1:1234/" in refused.value.found
    assert f"process {holder.pid}" in refused.value.found


def test_the_lock_of_a_killed_server_is_no_obstacle(tmp_path, holder):
    holder.kill()
    holder.wait()
    lock = ProjectLock(tmp_path / "lock")
    assert lock.read()["pid"] == os.getpid()
    lock.release()


def test_a_released_lock_can_be_taken_again(tmp_path):
    ProjectLock(tmp_path / "lock").release()
    again = ProjectLock(tmp_path / "lock")
    assert again.read()["pid"] == os.getpid()
    again.release()


def test_a_lock_file_with_junk_is_still_a_lock(tmp_path):
    (tmp_path / "lock").write_bytes(b"\xff{not json")
    first = ProjectLock(tmp_path / "lock")
    os.ftruncate(first.descriptor, 0)
    with pytest.raises(StartError, match="has not told yet"):
        ProjectLock(tmp_path / "lock")
    first.release()
