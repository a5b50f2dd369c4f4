"""Fixtures that every room may use. Never imports torch or Flask: those belong to the rooms' own conftest."""

from pathlib import Path

import pytest

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real micrographs beside the checkout."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the folder of real micrographs is not beside this checkout")
    return SHARED_DATA
