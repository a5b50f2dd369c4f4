"""The worker as a process: its protocol, and what is left when it is told nonsense, cancelled, orphaned or killed."""

import json
import os
import queue
import subprocess
import sys
import threading
from dataclasses import replace
from io import BytesIO, StringIO
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open

from topazcore.checkpoint import Model, save_model
from topazcore.config import TrainingSettings, derive_scales
from topazcore.control import Control
from topazcore.files import TEMPORARY_PREFIX
from topazcore.images.mrc import encode_mrc
from topazcore.job import CHECKPOINT_FILE, Job, JobLabel, JobMicrograph, write_job
from topazcore.model import make_classifier
from topazcore.worker import Events, run

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 120
NONSENSE = [
    "junk", "[]", "null", "7", '{"command": "fly"}', '{"command": "focus"}', '{"command": "focus", "micrograph": "x"}',
    "[" * 50_000, "x" * 1_000_000,
]  # fmt: skip


class Worker:
    """A worker process whose events and standard error are collected."""

    def __init__(self, *arguments, run=("-m", "topazcore.worker")):
        self.process = subprocess.Popen(
            [sys.executable, *run, *map(str, arguments)],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        self.lines: list[bytes] = []
        self._arriving: queue.Queue[bytes] = queue.Queue()
        self._errors: list[bytes] = []
        self._threads = [
            threading.Thread(
                target=self._collect, args=(self.process.stdout, self._arriving.put), daemon=True
            ),
            threading.Thread(
                target=self._collect, args=(self.process.stderr, self._errors.append), daemon=True
            ),
        ]
        for thread in self._threads:
            thread.start()

    @staticmethod
    def _collect(stream, keep) -> None:
        for line in stream:
            keep(line)
        keep(b"")

    def next_event(self) -> dict | None:
        """The next event, or None when there are no more."""
        line = self._arriving.get(timeout=PATIENCE_SECONDS)
        if not line:
            return None
        self.lines.append(line)
        return json.loads(line)

    def until(self, name: str) -> dict:
        while event := self.next_event():
            if event["event"] == name:
                return event
        raise AssertionError(f"no {name}; {self.errors()}")

    def rest(self) -> list[dict]:
        events = []
        while event := self.next_event():
            events.append(event)
        return events

    def say(self, text: str | dict) -> None:
        data = text if isinstance(text, str) else json.dumps(text) + "\n"
        self.process.stdin.write(data.encode())
        self.process.stdin.flush()

    def exit_code(self) -> int:
        return self.process.wait(timeout=PATIENCE_SECONDS)

    def errors(self) -> str:
        self._threads[1].join(PATIENCE_SECONDS)
        return b"".join(self._errors).decode(errors="replace")


@pytest.fixture
def start():
    workers = []

    def begin(*arguments, **options) -> Worker:
        workers.append(Worker(*arguments, **options))
        return workers[-1]

    yield begin
    for worker in workers:
        worker.process.kill()
        worker.process.wait()
        for stream in (worker.process.stdin, worker.process.stdout, worker.process.stderr):
            stream.close()


@pytest.fixture(scope="module")
def images(tmp_path_factory) -> Path:
    """1.mrc to 4.mrc: noise with dark squares at (40 i, 40 j); 3.mrc is junk."""
    folder = tmp_path_factory.mktemp("images")
    for number in (1, 2, 4):
        image = np.random.default_rng(number).standard_normal((200, 200)).astype(np.float32)
        for x in range(40, 200, 40):
            for y in range(40, 200, 40):
                image[y - 5 : y + 6, x - 5 : x + 6] -= 2
        (folder / f"{number}.mrc").write_bytes(encode_mrc(image, 2.0))
    (folder / "3.mrc").write_bytes(b"no image")
    return folder


@pytest.fixture
def job(images) -> Job:
    micrographs = tuple(JobMicrograph(n, str(n), str(images / f"{n}.mrc"), 2.0) for n in (1, 2, 3, 4))
    labels = tuple(JobLabel(1, 40.0 * i, 80.0) for i in (1, 2, 3, 4))
    settings = TrainingSettings(
        diameter_angstrom=36, expected_particles=16, max_steps=4, patches_per_step=8, threads=1
    )
    return Job("j", micrographs, labels, settings, focus=4)


@pytest.fixture
def endless(job) -> Job:
    return replace(job, settings=replace(job.settings, max_steps=1_000_000, max_seconds=600))


def frozen(job: Job, folder: Path) -> Path:
    write_job(job, folder)
    return folder


def untrained_model(path: Path) -> str:
    settings, scales = TrainingSettings(diameter_angstrom=36), derive_scales(36, 2.0)
    classifier = make_classifier(settings.classifier).eval()
    save_model(Model(classifier, settings, scales, 2.0, expected_particles=16.0, pixels_ds=4e4), path)
    return str(path)


def temporary_files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.name.startswith(TEMPORARY_PREFIX)]


def test_it_runs_a_job_from_start_to_finish(start, job, tmp_path):
    worker = start(frozen(job, tmp_path))
    events = worker.rest()
    names = [event["event"] for event in events]
    assert worker.exit_code() == 0 and names[0] == "started" and names[-1] == "finished"
    assert events[-1]["outcome"] == "done" and events[-1]["error"] is None
    assert names.index("preparing") < names.index("step") < names.index("model")
    assert all(isinstance(event["time"], float) for event in events)
    final = [event for event in events if event["event"] == "picks" and event["final"]]
    assert [event["micrograph"] for event in final] == [4, 2, 1]
    assert final[-1]["done"] == final[-1]["total"] == 4 and final[-1]["seconds_left"] == 0
    (skipped,) = (event for event in events if event["event"] == "skipped")
    assert skipped["micrograph"] == 3 and set(skipped["error"]) == {"code", "found", "expected", "action"}
    for event in final:
        picks = np.load(tmp_path / "picks" / f"{event['micrograph']}.npy")
        assert picks.dtype == np.float32 and picks.shape[1] == 3
        assert (np.diff(picks[:, 2]) <= 0).all() and np.count_nonzero(picks[:, 2] >= 0) == event["count"]
    assert (tmp_path / "model.safetensors").stat().st_size > 0 and temporary_files(tmp_path) == []


@pytest.mark.parametrize("kind", ["pick", "suggest"])
def test_a_job_without_training_leaves_final_picks_of_every_micrograph(start, job, tmp_path, kind):
    model = untrained_model(tmp_path / "m.safetensors") if kind == "pick" else None
    worker = start(frozen(replace(job, kind=kind, labels=(), model=model), tmp_path))
    events = worker.rest()
    assert worker.exit_code() == 0
    names = [event["event"] for event in events]
    assert (names[0], names[-1]) == ("started", "finished")
    assert sorted(names[1:-1]) == ["picks", "picks", "picks", "skipped"]
    assert (events[0]["micrographs"], events[0]["labels"], events[-1]["outcome"]) == (4, 0, "done")
    final = [event for event in events if event["event"] == "picks"]
    assert [event["micrograph"] for event in final] == [4, 2, 1] and all(event["final"] for event in final)
    assert final[-1]["done"] == final[-1]["total"] == 4
    for event in final:
        rows = np.load(tmp_path / "picks" / f"{event['micrograph']}.npy")
        assert len(rows) > 10 and np.count_nonzero(rows[:, 2] >= 0) == event["count"]
    assert not (tmp_path / "model.safetensors").exists()


def test_a_warm_one_says_ready_and_waits_to_be_told(start, job, tmp_path):
    worker = start()
    assert worker.next_event()["event"] == "ready"
    worker.say({"command": "run", "job": str(frozen(job, tmp_path))})
    assert worker.until("finished")["outcome"] == "done" and worker.exit_code() == 0


def test_picks_come_while_it_trains_and_follow_the_focus(start, endless, tmp_path):
    worker = start(frozen(endless, tmp_path))
    first = worker.until("picks")
    assert (first["micrograph"], first["final"]) == (4, False)
    assert np.load(tmp_path / "picks" / "4.npy").shape[1] == 3
    worker.say({"command": "focus", "micrograph": 2})
    while worker.until("picks")["micrograph"] != 2:
        pass
    worker.say({"command": "finish"})
    events = worker.rest()
    final = [event["micrograph"] for event in events if event["event"] == "picks" and event["final"]]
    assert final == [2, 1, 4] and events[-1]["outcome"] == "done" and worker.exit_code() == 0


def test_cancel_ends_it_without_a_model(start, endless, tmp_path):
    worker = start(frozen(endless, tmp_path))
    worker.until("step")
    worker.say({"command": "cancel"})
    assert worker.until("finished")["outcome"] == "cancelled"
    assert worker.exit_code() == 0 and not (tmp_path / "model.safetensors").exists()


@pytest.mark.parametrize("moment", ["ready", "step"])
def test_it_ends_at_once_when_its_server_is_gone(start, endless, tmp_path, moment):
    worker = start(*([] if moment == "ready" else [frozen(endless, tmp_path)]))
    worker.until(moment)
    worker.process.stdin.close()
    assert worker.exit_code() == 1
    assert "finished" not in [event["event"] for event in worker.rest()]


def test_it_ends_when_nobody_reads_its_events(endless, tmp_path):
    reading, writing = os.pipe()
    command = [sys.executable, "-m", "topazcore.worker", frozen(endless, tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=writing) as process:
        os.close(writing)
        assert b"started" in os.read(reading, 4096)
        os.close(reading)
        assert process.wait(timeout=PATIENCE_SECONDS) == 1


def test_nonsense_on_its_input_changes_nothing(start):
    worker = start()
    worker.until("ready")
    for nonsense in NONSENSE:
        worker.say(nonsense + "\n")
    worker.say({"command": "run", "job": "/nowhere"})
    assert worker.until("finished")["error"]["code"] == "bad_job"
    assert worker.exit_code() == 1 and worker.errors().count("not understood") == len(NONSENSE)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda job: replace(job, labels=()), "training_failed"),
        (lambda job: replace(job, labels=(JobLabel(3, 1, 1),)), "training_failed"),
        (lambda job: replace(job, settings=replace(job.settings, expected_particles=0.1)), "bad_settings"),
        (lambda job: replace(job, settings=replace(job.settings, positive_radius_ds=100)), "bad_settings"),
        (lambda job: replace(job, warm_start="/nowhere/model"), "bad_model"),
    ],
)
def test_a_job_that_cannot_work_fails_with_a_reason(job, tmp_path, change, code, capsys):
    stream = StringIO()
    assert run(frozen(change(job), tmp_path), Events(stream), Control()) == 1
    finished = json.loads(stream.getvalue().splitlines()[-1])
    assert (finished["event"], finished["outcome"], finished["error"]["code"]) == ("finished", "failed", code)
    assert finished["error"]["found"] and "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (MemoryError(), "out_of_memory", "reduce"),
        (RuntimeError("CUDA out of memory. Tried to allocate"), "out_of_memory", "reduce"),
        (OSError(28, "No space left on device"), "error", "make room"),
        (ZeroDivisionError("x"), "error", "worker.log"),
    ],
)
def test_an_error_that_nobody_foresaw_is_told_without_its_inside(
    job, tmp_path, monkeypatch, error, code, said, capsys
):
    def fail(*_arguments):
        raise error

    monkeypatch.setattr("topazcore.pipeline.make_plan", fail)
    stream = StringIO()
    assert run(frozen(job, tmp_path), Events(stream), Control()) == 1
    told = json.loads(stream.getvalue().splitlines()[-1])["error"]
    assert told["code"] == code and said in told["action"] and "Traceback" not in str(told)
    assert "Traceback" in capsys.readouterr().err


def test_what_a_library_prints_never_reaches_its_standard_output():
    code = (
        "import os, subprocess, sys\n"
        "from topazcore import worker\n"
        "events = worker.Events(worker._claim_stdout())\n"
        "print('from python', flush=True)\n"
        "os.write(1, b'from C\\n')\n"
        "subprocess.run([sys.executable, '-c', 'print(\"from a child\")'])\n"
        "events.emit('ready')\n"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    (line,) = answer.stdout.splitlines()
    assert json.loads(line)["event"] == "ready"
    assert all(text in answer.stderr for text in ("from python", "from C", "from a child"))


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_killed_in_the_middle_it_leaves_whole_files_only(start, endless, tmp_path):
    worker = start(frozen(endless, tmp_path))
    worker.until("picks")
    worker.process.kill()
    worker.exit_code()
    for path in (tmp_path / "picks").glob("*.npy"):
        assert np.load(BytesIO(path.read_bytes())).shape[1] == 3


@pytest.fixture
def two_labeled(job, images) -> Job:
    """Long enough to be killed in the middle; 2 is held out."""
    places = [(1, i, j) for i in (1, 2, 3, 4) for j in (2, 3, 4)] + [(2, i, 3) for i in (1, 2, 3, 4)]
    labels = tuple(JobLabel(number, 40.0 * i, 40.0 * j) for number, i, j in places)
    return replace(job, labels=labels, settings=replace(job.settings, max_steps=30))


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_killed_in_the_middle_it_goes_on_to_the_same_weights_and_picks(start, two_labeled, tmp_path):
    whole, torn, resumed = (tmp_path / name for name in ("whole", "torn", "resumed"))
    for folder in (whole, torn, resumed):
        folder.mkdir()
    uninterrupted = start(frozen(two_labeled, whole))
    killed = start(frozen(two_labeled, torn), run=("-c", KEEPS_AT_EVERY_STEP))
    while killed.until("step")["step"] < 8:
        pass
    killed.process.kill()
    killed.exit_code()
    checkpoint = torn / CHECKPOINT_FILE
    again = start(frozen(replace(two_labeled, resume=str(checkpoint)), resumed))
    assert again.until("step")["step"] >= 8
    assert again.until("finished")["outcome"] == uninterrupted.until("finished")["outcome"] == "done"
    assert weights(resumed) == weights(whole)
    for number in (1, 2, 4):
        assert (resumed / "picks" / f"{number}.npy").read_bytes() == (
            whole / "picks" / f"{number}.npy"
        ).read_bytes()
    # Of the worker that was killed its checkpoint is left; those that ended well keep none.
    assert [path.name for path in tmp_path.rglob(CHECKPOINT_FILE)] == [CHECKPOINT_FILE]
    assert checkpoint.exists()


KEEPS_AT_EVERY_STEP = (
    "import os, sys\n"
    "from topazcore import course, worker\n"
    "course._KEPT_EVERY_SECONDS = 0\n"
    "os._exit(worker.main(sys.argv[1:]))\n"
)


def weights(folder: Path) -> dict[str, bytes]:
    with safe_open(folder / "model.safetensors", "numpy") as file:
        return {name: file.get_tensor(name).tobytes() for name in file.keys()}  # noqa: SIM118


def test_a_pause_lasts_until_it_is_told_to_go_on(start, endless, tmp_path):
    worker = start(frozen(endless, tmp_path))
    worker.until("step")
    worker.say({"command": "pause"})
    paused = worker.until("paused")
    assert (tmp_path / CHECKPOINT_FILE).exists()
    before = processor_seconds(worker)
    with pytest.raises(queue.Empty):
        worker._arriving.get(timeout=0.5)
    # It rests: not a tenth of that time was computed.
    assert processor_seconds(worker) - before < 0.05
    worker.say({"command": "resume"})
    assert worker.until("resumed")["step"] == paused["step"]
    assert worker.until("step")["step"] > paused["step"]


def processor_seconds(worker: Worker) -> float:
    if not Path("/proc/self/stat").exists():
        return 0.0
    fields = Path(f"/proc/{worker.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.mark.parametrize(("command", "outcome"), [("finish", "done"), ("cancel", "cancelled")])
def test_finish_and_cancel_work_while_it_rests(start, endless, tmp_path, command, outcome):
    worker = start(frozen(endless, tmp_path))
    worker.until("step")
    worker.say({"command": "pause"})
    worker.until("paused")
    worker.say({"command": command})
    assert worker.until("finished")["outcome"] == outcome and worker.exit_code() == 0
    assert (tmp_path / "model.safetensors").exists() == (command == "finish")
    assert not (tmp_path / CHECKPOINT_FILE).exists()


def test_a_checkpoint_that_the_disk_does_not_take_is_no_reason_to_stop(job, tmp_path, monkeypatch, capsys):
    def full(*_arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("topazcore.resume.replace_file", full)
    stream = StringIO()
    assert run(frozen(job, tmp_path), Events(stream), Control()) == 0
    assert json.loads(stream.getvalue().splitlines()[-1])["outcome"] == "done"
    assert "no checkpoint was kept: No space left" in capsys.readouterr().err


def test_a_damaged_checkpoint_fails_with_a_reason(job, tmp_path):
    (tmp_path / "bad.safetensors").write_bytes(b"PK\x03\x04" + b"x" * 100)
    stream = StringIO()
    damaged = replace(job, resume=str(tmp_path / "bad.safetensors"))
    assert run(frozen(damaged, tmp_path), Events(stream), Control()) == 1
    error = json.loads(stream.getvalue().splitlines()[-1])["error"]
    assert error["code"] == "bad_model" and "train afresh" in error["action"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no limit on the size of files")
def test_a_full_disk_is_said_and_no_half_model_is_left(start, job, tmp_path):
    full = (
        "import os, resource, signal, sys\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "from topazcore import worker\n"
        "os._exit(worker.main(sys.argv[1:]))\n"
    )
    worker = start(frozen(job, tmp_path), run=("-c", full))
    finished = worker.until("finished")
    assert finished["outcome"] == "failed" and "could not be written" in finished["error"]["found"]
    assert worker.exit_code() == 1
    assert not (tmp_path / "model.safetensors").exists() and temporary_files(tmp_path) == []
