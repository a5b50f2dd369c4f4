"""What the tests of the server, its security and its faults share: tiny projects, an app, a client, patience."""

import os
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from server import create_app
from server.services import Services
from server.settings import Settings
from topazcore.images.mrc import encode_mrc

TOKEN = "a-token-of-some-length"
FAKE_WORKER = Path(__file__).with_name("fake_worker.py")
PATIENCE_S = 30


def write_micrograph(
    path: Path, height: int = 40, width: int = 60, seed: int = 0, pixel_size: float = 2.0
) -> Path:
    """A small MRC of noise."""
    image = np.random.default_rng(seed).normal(10, 2, (height, width)).astype(np.float32)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encode_mrc(image, pixel_size))
    return path


def wait_until(condition: Callable[[], object], what: str = "the condition") -> object:
    """Wait for something another thread or process does; fails, never passes, by waiting too long."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.005)
    raise AssertionError(f"waited {PATIENCE_S} s for {what}")


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and waits for its parent does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:  # gone since, or a system without /proc
        return not Path("/proc/self").exists()
    except ProcessLookupError:
        return False


def operation(kind: str = "add", pick_id: str | None = None, **fields) -> dict:
    """An operation as a page sends it."""
    added = {"x": 10.0, "y": 20.0, "label": "positive", "source": "click"} if kind == "add" else {}
    pick_id = pick_id or uuid.uuid4().hex
    return {"op_id": uuid.uuid4().hex, "kind": kind, "pick_id": pick_id, **added, **fields}


class Client:
    """Flask's test client with the token, and with the answers unpacked."""

    def __init__(self, app):
        self.flask = app.test_client()
        self.headers = {"Authorization": f"Bearer {TOKEN}"}

    def call(self, method: str, path: str, **options):
        return self.flask.open(
            path, method=method, headers={**self.headers, **options.pop("headers", {})}, **options
        )

    def get(self, path: str) -> dict:
        answer = self.call("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json

    def post(self, path: str, body: dict | None = None, expect: int = 200) -> dict:
        answer = self.call("POST", path, json=body or {})
        assert answer.status_code == expect, answer.text
        return answer.json

    def patch(self, path: str, body: dict, expect: int = 200) -> dict:
        answer = self.call("PATCH", path, json=body)
        assert answer.status_code == expect, answer.text
        return answer.json

    def label(self, *operations: dict, micrograph: int = 1) -> dict:
        return self.post(
            f"/api/micrographs/{micrograph}/labels", {"client": "a page", "operations": list(operations)}
        )

    def error(self, method: str, path: str, **options) -> tuple[int, dict]:
        """Status and error of a request that is refused; checks the one shape."""
        answer = self.call(method, path, **options)
        error = answer.json["error"]
        assert set(error) - {"id"} == {"code", "found", "expected", "action"}
        assert all(isinstance(value, str) for value in error.values())
        assert "Traceback" not in answer.text
        return answer.status_code, error


@pytest.fixture
def folder(tmp_path) -> Path:
    """A project of two micrographs, m1 (60 x 40) and sub/m2 (50 x 30), at 2 Å per pixel."""
    write_micrograph(tmp_path / "project" / "m1.mrc")
    write_micrograph(tmp_path / "project" / "sub" / "m2.mrc", 30, 50, seed=1)
    return tmp_path / "project"


@pytest.fixture
def make_app(folder) -> Iterator[Callable]:
    """Open the project; what is opened is closed when the test ends."""
    apps = []

    def make(scenario: str = "good", **settings):
        command = (sys.executable, str(FAKE_WORKER), scenario)
        chosen = Settings(folder=settings.pop("folder", folder), **settings)
        apps.append(create_app(chosen, TOKEN, worker_command=command))
        return apps[-1]

    yield make
    for app in apps:
        app.extensions["peridot"].close()


@pytest.fixture
def app(make_app):
    return make_app()


@pytest.fixture
def here(app) -> Services:
    """The services of the app."""
    return app.extensions["peridot"]


@pytest.fixture
def client(app) -> Client:
    return Client(app)
