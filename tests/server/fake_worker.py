"""A worker for the server's tests: a real process that speaks the protocol, and breaks it as it is told.

`python fake_worker.py SCENARIO`; never imports torch.
"""

import json
import os
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np


def say(event: str, **fields: object) -> None:
    print(json.dumps({"event": event, "time": time.time(), **fields}), flush=True)


def write_picks(folder: Path, micrograph: int) -> None:
    (folder / "picks").mkdir(exist_ok=True)
    temporary = folder / "picks" / f"{micrograph}.tmp.npy"
    np.save(temporary, np.array([[10, 20, 2.5], [30, 40, 0.5], [50, 60, -1]], np.float32))
    temporary.replace(folder / "picks" / f"{micrograph}.npy")


def model_bytes(held_out: dict | None = None, **settings: object) -> bytes:
    """A file as `checkpoint.save_model` writes it, of one small tensor."""
    document = {
        "format": 1,
        "settings": {"classifier": "conv31", "diameter_angstrom": 36.0, **settings},
        "pixel_size_angstrom": 1.5,
        "summary": {"labels": 2, "held_out": held_out},
    }
    tensor = {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}
    header = json.dumps({"__metadata__": {"peridot": json.dumps(document)}, "weight": tensor}).encode()
    return struct.pack("<Q", len(header)) + header + bytes(24)


class Worker:
    def __init__(self, scenario: str):
        self.scenario = scenario
        self.commands: list[dict] = []
        self.told = threading.Condition()

    def listen(self) -> None:
        for line in sys.stdin:
            with self.told:
                self.commands.append(json.loads(line))
                self.told.notify_all()
        if self.scenario not in ("deaf", "hangs"):
            os._exit(1)

    def wait_for(self, *names: str) -> dict:
        def found() -> list[dict]:
            return [command for command in self.commands if command["command"] in names]

        with self.told:
            self.told.wait_for(found)
            return found()[0]

    def run(self) -> None:
        threading.Thread(target=self.listen, daemon=True).start()
        say("ready")
        folder = Path(self.wait_for("run")["job"])
        job = json.loads((folder / "job.json").read_text(encoding="utf-8"))
        say("started", pid=os.getpid(), labels=len(job["labels"]))
        getattr(self, self.scenario)(folder, job)

    def good(self, folder: Path, job: dict) -> None:
        for step in range(3):
            say("step", step=step, steps=3, loss=0.5)
        for place, micrograph in enumerate(job["micrographs"], start=1):
            write_picks(folder, micrograph["id"])
            say("picks", micrograph=micrograph["id"], count=2, mean_score=1.5, final=True, step=3, done=place,
                total=len(job["micrographs"]))  # fmt: skip
        if job["kind"] == "train":
            (folder / "model.safetensors").write_bytes(model_bytes())
            say("model", steps=3)
        say("finished", outcome="done", error=None, seconds=0.1)

    def pauses(self, folder: Path, job: dict) -> None:
        say("step", step=1, steps=3, loss=0.5)
        self.wait_for("pause")
        say("paused", step=1)
        self.wait_for("resume")
        say("resumed", step=1)
        self.waits(folder, job)

    def stumbles(self, folder: Path, job: dict) -> None:
        """Ends at its first step, with a checkpoint; a job that resumes from one ends well."""
        if job["resume"]:
            return self.good(folder, job)
        say("step", step=1, steps=3, loss=0.5)
        (folder / "checkpoint.safetensors").write_bytes(b"checkpoint")
        sys.exit(3)

    def stumbles_again(self, folder: Path, job: dict) -> None:
        """A job that resumes ends before it has a checkpoint of its own."""
        if not job["resume"]:
            self.stumbles(folder, job)
        sys.exit(3)

    def waits(self, folder: Path, job: dict) -> None:
        command = self.wait_for("cancel", "finish")["command"]
        say("finished", outcome="cancelled" if command == "cancel" else "done", error=None, seconds=0.1)

    def focuses(self, folder: Path, job: dict) -> None:
        wanted = self.wait_for("focus")["micrograph"]
        write_picks(folder, wanted)
        say("picks", micrograph=wanted, count=2, final=False, step=1)
        self.waits(folder, job)

    def deaf(self, folder: Path, job: dict) -> None:
        """Ignores commands, TERM and the end of its input, and has a child."""
        import signal

        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        say("step", step=0, steps=1, child=child.pid)
        threading.Event().wait()

    def exits(self, folder: Path, job: dict) -> None:
        sys.exit(3)

    def killed(self, folder: Path, job: dict) -> None:
        os.kill(os.getpid(), 9)

    def half_a_line(self, folder: Path, job: dict) -> None:
        sys.stdout.write('{"event": "step", "st')
        sys.stdout.flush()
        os._exit(1)

    def junk(self, folder: Path, job: dict) -> None:
        sys.stdout.buffer.write(
            b"\xff\xfe\x00 junk\n[1, 2]\n{}\nnull\n" + b'{"event": 3}\n' + b"[" * 5000 + b"\n"
        )
        for _ in range(100):
            sys.stdout.buffer.write(b"x" * (1 << 20))
        sys.stdout.buffer.write(b"\n")
        say("step", step=1, steps=2, loss=float("nan"), seconds=1e999)
        say("picks", micrograph="one", count=None, final=True)
        say("finished", outcome="done", error=None, seconds=0.1)

    def flood(self, folder: Path, job: dict) -> None:
        for step in range(500):
            say("step", step=step, steps=500, loss=0.5)
        say("finished", outcome="done", error=None, seconds=0.1)

    def lies(self, folder: Path, job: dict) -> None:
        say("finished", outcome="splendid", error={"code": 7, "found": ["x"], "more": "y"})

    def fails(self, folder: Path, job: dict) -> None:
        error = {
            "code": "training_failed",
            "found": "NaN",
            "expected": "a number",
            "action": "lower the rate",
        }
        say("finished", outcome="failed", error=error, seconds=0.1)


if __name__ == "__main__":
    Worker(sys.argv[1]).run()
