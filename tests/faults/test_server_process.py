"""faults.md E1, E3, E6, E9 to E12, E14 and E15: the server as a process of its own, killed, starved and stopped."""

import base64
import http.client
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import uuid
from contextlib import closing
from pathlib import Path

import pytest

from tests.server.support import FAKE_WORKER, TOKEN, operation, wait_until, write_micrograph

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif(os.name == "nt", reason="the faults are made with POSIX signals and limits")

# A server whose workers are fake; the rest is what `python -m server` does. Tests that were started with nohup have
# SIGHUP switched off, those in the background of a script SIGINT, and so had their children.
START = f"""
import functools, signal, sys
signal.signal(signal.SIGHUP, signal.SIG_DFL)
signal.signal(signal.SIGINT, signal.default_int_handler)
from server.commands import serve
from server.jobs import Jobs
serve.create_app = functools.partial(serve.create_app, worker_command=(sys.executable, {str(FAKE_WORKER)!r}, "deaf"))
{{before}}
from server.__main__ import main
sys.exit(main())
"""


class Server:
    """A server process on a port of its own choice."""

    def __init__(self, folder: Path, *flags: str, before: str = "", environment: dict | None = None):
        command = [
            sys.executable,
            "-c",
            START.format(before=before),
            str(folder),
            "--no-browser",
            "--port",
            "0",
        ]
        given = {**os.environ, "PERIDOT_TOKEN": TOKEN} if environment is None else environment
        self.process = subprocess.Popen(
            [*command, *flags], cwd=ROOT, env=given, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, start_new_session=True,
        )  # fmt: skip
        self.lines = []
        for line in self.process.stdout:
            self.lines.append(line)
            if line.startswith("Stop with"):
                break
        found = re.search(r"http://127\.0\.0\.1:(\d+)/", "".join(self.lines))
        self.port = int(found[1]) if found else None
        self.reader = threading.Thread(target=self.read_on, daemon=True)
        self.reader.start()

    def read_on(self) -> None:
        self.lines += self.process.stdout

    def call(self, method: str, path: str, body: dict | None = None) -> tuple[int, dict]:
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)) as connection:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())

    def label(self, *operations: dict) -> tuple[int, dict]:
        return self.call("POST", "/api/micrographs/1/labels", {"client": "c", "operations": list(operations)})

    def labels(self) -> set[str]:
        return {each["id"] for each in self.call("GET", "/api/micrographs/1/labels")[1]["labels"]}

    def refusal(self) -> int:
        """The exit code of a server that ends by itself."""
        self.process.wait(timeout=30)
        return self.end()

    def end(self, number: int = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            os.kill(self.process.pid, number)
        code = self.process.wait(timeout=30)
        self.reader.join(30)
        self.process.stdout.close()
        return code

    @property
    def output(self) -> str:
        return "".join(self.lines)


@pytest.fixture
def start(folder):
    servers = []

    def started(*flags: str, **options) -> Server:
        servers.append(Server(options.pop("folder", folder), *flags, **options))
        return servers[-1]

    yield started
    for server in servers:
        server.end(signal.SIGKILL)


def test_acknowledged_labels_survive_kill_minus_nine_again_and_again(start):
    """E1: after each kill, what was acknowledged is there, and a batch is there whole or not at all."""
    acknowledged, sent = set(), {}
    for _ in range(3):
        server = start()
        stop = threading.Event()

        def work(server=server, stop=stop):
            while not stop.is_set():
                batch = [operation() for _ in range(5)]
                names = [each["pick_id"] for each in batch]
                sent.update(dict.fromkeys(names, frozenset(names)))
                try:
                    status, _ = server.label(*batch)
                except (OSError, http.client.HTTPException, ValueError):
                    return
                assert status == 200
                acknowledged.update(names)

        before = len(acknowledged)
        writers = [threading.Thread(target=work) for _ in range(3)]
        for writer in writers:
            writer.start()
        wait_until(lambda before=before: len(acknowledged) > before + 50)
        server.end(signal.SIGKILL)
        stop.set()
        for writer in writers:
            writer.join()
    survived = start().labels()
    assert acknowledged <= survived
    assert all(sent[name] <= survived for name in survived)


def test_a_retry_after_a_kill_adds_nothing_twice(start):
    first = start()
    batch = [operation() for _ in range(3)]
    first.label(*batch)
    first.end(signal.SIGKILL)
    again = start()
    assert again.label(*batch)[1]["revision"] == 1
    assert len(again.labels()) == 3


DISK_FULL = """
import resource
from server.database import Database
prepare = Database.prepare
def prepare_and_limit(self, is_new):
    prepare(self, is_new)
    size = self.path.stat().st_size + 400_000
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
Database.prepare = prepare_and_limit
"""


def test_a_full_disk_is_507_and_what_was_acknowledged_stays(start):
    """E3: no file may grow any more, as on a full disk."""
    server = start(before=DISK_FULL)
    acknowledged = set()
    for _ in range(400):
        batch = [operation() for _ in range(20)]
        status, answer = server.label(*batch)
        if status != 200:
            break
        acknowledged.update(each["pick_id"] for each in batch)
    assert (status, answer["error"]["code"]) == (507, "not_saved")
    assert acknowledged and server.labels() == acknowledged
    assert server.call("GET", "/api/health")[0] == 200
    server.end(signal.SIGKILL)
    assert start().labels() == acknowledged


def test_a_terminated_server_ends_its_workers_and_exits_with_zero(start, folder):
    """E6, E9, E10: the worker ignores TERM and has a child; the job is interrupted."""
    server = start()
    server.call("PATCH", "/api/project", {"diameter_angstrom": 36})
    server.label(operation())
    job = server.call("POST", "/api/jobs", {})[1]["id"]

    def events() -> list[dict]:
        return server.call("GET", f"/api/jobs/{job}/events")[1]["events"]

    wait_until(lambda: [each for each in events() if each["event"] == "step"])
    pids = [events()[0]["pid"], events()[1]["child"]]
    with closing(socket.create_connection(("127.0.0.1", server.port))):
        assert server.end(signal.SIGTERM) == 0
    for pid in pids:
        wait_until(lambda pid=pid: not Path(f"/proc/{pid}").exists() or is_zombie(pid))
    again = start()
    assert again.call("GET", f"/api/jobs/{job}")[1]["state"] == "interrupted"
    assert len(again.labels()) == 1


def is_zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_every_polite_signal_ends_the_server_with_zero_and_an_open_websocket_does_not_hold_it(start, number):
    server = start()
    with closing(open_websocket(server.port)) as page:
        assert b"101" in page.recv(1000).splitlines()[0]
        assert server.end(number) == 0
    assert "Traceback" not in server.output


def open_websocket(port: int) -> socket.socket:
    """A websocket to the server, after its handshake was sent."""
    key = base64.b64encode(uuid.uuid4().bytes).decode()
    page = socket.create_connection(("127.0.0.1", port), timeout=20)
    page.sendall(
        f"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
        f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
        f"Origin: http://127.0.0.1:{port}\r\nAuthorization: Bearer {TOKEN}\r\n\r\n".encode()
    )
    return page


def test_a_killed_server_leaves_nothing_that_holds_its_port_or_its_project(start):
    first = start()
    first.end(signal.SIGKILL)
    again = start("--port", str(first.port))
    assert again.port == first.port
    assert again.call("GET", "/api/health")[0] == 200


def test_a_second_server_on_one_project_is_refused_and_told_the_address(start):
    first = start()
    second = start()
    assert second.refusal() == 2
    assert f"http://127.0.0.1:{first.port}/" in second.output
    assert TOKEN not in second.output
    assert first.call("GET", "/api/health")[0] == 200


def test_a_damaged_database_without_a_backup_is_a_clear_refusal(start, folder):
    assert start().end() == 0
    path = folder / ".peridot" / "peridot.sqlite"
    for backup in (folder / ".peridot" / "backups").iterdir():
        backup.unlink()
    path.write_bytes(b"x" * 9000)
    refused = start()
    assert refused.refusal() == 2
    assert "damaged" in refused.output and "Traceback" not in refused.output
    assert path.read_bytes() == b"x" * 9000


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--port", "{busy}"], "cannot listen on 127.0.0.1:{busy}"),
        (["--host", "203.0.113.7"], "cannot listen on 203.0.113.7"),
        (["--host", "0.0.0.0", "--token", "short"], "at least 16"),
        (["--token", ""], "an empty token"),
        (["--host", "0.0.0.0", "--token", "   "], "an empty token"),
        (["--state", "/proc/none"], "--state DIR"),
        (["--port", "http"], "--port is 'http'"),
    ],
    ids=lambda value: str(value),
)
def test_what_cannot_be_served_is_one_line_and_exit_code_two(start, flags, words):
    with closing(socket.socket()) as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = str(busy.getsockname()[1])
        server = start(*[flag.format(busy=port) for flag in flags])
        assert server.refusal() == 2
    assert words.format(busy=port) in server.output
    assert server.output.count("\n") == 1


@pytest.mark.parametrize(
    "make", [lambda path: None, lambda path: path.write_text("a file")], ids=["missing", "a file"]
)
def test_a_folder_that_is_none_is_one_line_and_exit_code_two(start, tmp_path, make):
    make(tmp_path / "nothing")
    server = start(folder=tmp_path / "nothing")
    assert server.refusal() == 2
    assert "no folder" in server.output and server.output.count("\n") == 1


def test_a_read_only_folder_asks_for_another_place_and_takes_it(start, folder, tmp_path, monkeypatch):
    """Root may write anywhere, so the refusal itself is made."""
    before = """
import os, server.paths, pathlib
real = pathlib.Path.mkdir
def mkdir(self, *a, **k):
    if ".peridot" in self.parts:
        raise PermissionError(13, "Permission denied")
    return real(self, *a, **k)
pathlib.Path.mkdir = mkdir
"""
    refused = start(before=before)
    assert refused.refusal() == 2
    assert "--state DIR" in refused.output
    server = start("--state", str(tmp_path / "elsewhere"), before=before)
    assert server.label(operation())[0] == 200
    assert not (folder / ".peridot").exists()


def test_a_folder_that_is_removed_while_it_is_served_is_an_error_and_no_crash(start, tmp_path):
    folder = tmp_path / "gone"
    write_micrograph(folder / "a.mrc")
    server = start("--state", str(tmp_path / "state"), folder=folder)
    (folder / "a.mrc").unlink()
    folder.rmdir()
    assert server.call("GET", "/api/micrographs/1/view")[0] == 400
    assert server.call("POST", "/api/project/scan")[0] == 400
    assert server.call("GET", "/api/health")[0] == 200


def test_without_a_terminal_home_or_user_name_the_server_starts(start):
    """E14."""
    environment = {"PATH": os.environ["PATH"], "PERIDOT_TOKEN": TOKEN}
    server = start(environment=environment)
    assert server.call("GET", "/api/project")[0] == 200
    assert server.end() == 0


def test_nothing_is_left_behind_after_a_clean_stop(start, folder):
    server = start()
    server.label(operation())
    server.end()
    state = folder / ".peridot"
    assert sorted(path.name for path in state.iterdir()) == [
        "backups",
        "jobs",
        "lock",
        "models",
        "peridot.sqlite",
        "tiles",
    ]
    assert list((state / "jobs").iterdir()) == []
    with closing(sqlite3.connect(state / "peridot.sqlite")) as connection:
        assert connection.execute("SELECT count(*) FROM label").fetchone()[0] == 1


def test_the_token_is_random_kept_and_for_the_owner_alone(start, folder):
    """G17."""
    environment = {name: value for name, value in os.environ.items() if name != "PERIDOT_TOKEN"}
    first = start(environment=environment)
    token = re.search(r"token=(\S+)", first.output)[1]
    first.end()
    kept = folder / ".peridot" / "token"
    assert kept.read_text() == token and len(token) >= 43
    assert kept.stat().st_mode & 0o777 == 0o600
    assert (folder / ".peridot").stat().st_mode & 0o777 == 0o700
    assert f"token={token}" in start(environment=environment).output


def test_the_way_in_from_another_machine_is_printed_exactly(start):
    server = start()
    tunnel = rf"ssh -N -L {server.port}:127\.0\.0\.1:{server.port} \S+@{re.escape(socket.gethostname())}\n"
    assert re.search(tunnel, server.output)
