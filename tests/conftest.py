"""Fixtures that every room may use. Never imports torch or Flask: those belong to the rooms' own conftest."""

import os
from pathlib import Path

import pytest

# Before any test loads torch, and for all processes that tests start. Two runners share the cores: a training that took
# two threads would wait for the one that is not running, layer by layer, and cost twice the processor's time.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real micrographs beside the checkout."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the folder of real micrographs is not beside this checkout")
    return SHARED_DATA
