"""Fixtures that every room may use. Never imports torch or Flask: those belong to the rooms' own conftest."""

import os
from pathlib import Path

import pytest

# Before any test loads torch, and for all processes that tests start. Two runners share the cores: a training that took
# two threads would wait for the one that is not running, layer by layer, and cost twice the processor's time.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

TESTS = Path(__file__).resolve().parent
SHARED_DATA = TESTS.parents[1] / "shared" / "data"
# A file goes to one runner whole. The longest go first, those of few tests before all: what is left for the end shall
# be small, so that neither runner waits for the other.
FIRST = (
    "page/test_two_browsers.py",
    "page/test_faults.py",
    "page/test_keyboard_job.py",
    "page/test_whole_job.py",
    "test_command_line.py",
    "server/test_merge.py",
    "faults/test_worker.py",
    "faults/test_server_process.py",
    "page/annotator/",
    "topazcore/test_speed.py",
    "topazcore/test_commands_sweep.py",
    "topazcore/test_experiments_execution.py",
    "test_docs.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Bring the tests into the order of `FIRST`, which leaves the order within a file as it is."""

    def place(item: pytest.Item) -> int:
        name = item.path.relative_to(TESTS).as_posix()
        return next((number for number, start in enumerate(FIRST) if name.startswith(start)), len(FIRST))

    items.sort(key=place)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real micrographs beside the checkout."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the folder of real micrographs is not beside this checkout")
    return SHARED_DATA
