"""One worker process: reading what it prints, and ending it."""

import io
import os
import sys

import pytest

from server.worker_process import WorkerProcess, bounded_lines, environment, how_it_ended
from tests.server.support import is_alive, wait_until


@pytest.mark.parametrize(
    ("printed", "lines"),
    [
        (b"", []),
        (b"one\ntwo\n", [b"one", b"two"]),
        (b"one\ntw", [b"one", None]),
        (b"\n\n", [b"", b""]),
        (b"x" * 11 + b"\nnext\n", [None, b"next"]),
        (b"x" * 300_000 + b"\nnext\n", [None, b"next"]),
        (b"x" * 300_000, [None]),
        (b"0123456789\n", [b"0123456789"]),
    ],
    ids=["nothing", "two", "half", "empty", "too long", "far too long", "endless", "just fits"],
)
def test_lines_are_whole_or_none(printed, lines):
    assert list(bounded_lines(io.BytesIO(printed), longest=10)) == lines


def test_a_worker_does_not_see_our_token(monkeypatch):
    monkeypatch.setenv("PERIDOT_TOKEN", "secret")
    assert "secret" not in environment(0).values()


def test_threads_are_limited_only_when_asked_for(monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    assert "OMP_NUM_THREADS" not in environment(0)
    assert environment(3)["OMP_NUM_THREADS"] == "3"


def python(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code)


ECHO = "import sys\nprint(sys.stdin.readline().strip(), flush=True)\nprint('to the log', file=sys.stderr)"


def test_commands_go_in_and_lines_come_out_and_errors_go_to_the_log(tmp_path):
    worker = WorkerProcess(tmp_path / "job", python(ECHO))
    assert worker.send(command="run", job="/x") is True
    assert list(worker.lines()) == [b'{"command": "run", "job": "/x"}']
    worker.end()
    worker.release()
    assert (tmp_path / "job" / "worker.log").read_text(encoding="utf-8") == "to the log\n"


def test_a_command_to_a_dead_worker_is_told_to_be_unheard(tmp_path):
    worker = WorkerProcess(tmp_path / "job", python("pass"))
    worker.end()
    assert worker.send(command="cancel") is False
    worker.release()
    assert worker.send(command="cancel") is False


@pytest.mark.skipif(os.name == "nt", reason="Windows has no signals to ignore and no process groups")
def test_a_worker_that_ignores_everything_ends_and_so_do_its_children(tmp_path):
    code = (
        "import signal, subprocess, sys, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(600)"
    )
    worker = WorkerProcess(tmp_path / "job", python(code))
    child = int(next(worker.lines()))
    worker.end(polite_s=0.05, terminate_s=0.05)
    assert worker.process.returncode == -9
    wait_until(lambda: not is_alive(child))
    worker.release()


@pytest.mark.parametrize(
    ("code", "words"),
    [(3, "exit code 3"), (-9, "out of memory"), (-11, "SIGSEGV"), (-99, "signal 99"), (None, "did not end")],
)
def test_how_a_worker_ended_is_said_in_words(code, words):
    assert words in how_it_ended(code)[0]


def test_out_of_memory_says_what_to_reduce():
    assert how_it_ended(-9)[1].startswith("reduce")
