"""`run.py bench memory`: the peak memory of a worker that trains on few and on many micrographs.

The micrographs are noise with dark disks, a few files under many names (hard links): each name is read, prepared and
kept as if it were a file of its own. The worker is a real one, started as the server starts it; its peak is the
system's own count at the end of the training, before anything is picked. Linux only.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from topazcore.config import TrainingSettings
from topazcore.errors import PeridotError
from topazcore.images.mrc import encode_mrc
from topazcore.job import Job, JobLabel, JobMicrograph, write_job

_ROOT = Path(__file__).resolve().parents[2]
_STATUS = Path("/proc/self/status")
_PIXEL_SIZE_ANGSTROM, _DIAMETER_ANGSTROM = 2.0, 144.0
_DISTINCT, _LABELS_PER_SIDE = 4, 3


@dataclass(frozen=True)
class Peak:
    """Of one training: micrographs of `side`² px, seconds of preparing them, and what was resident at most."""

    micrographs: int
    side: int
    prepare_seconds: float
    train_seconds: float
    peak_bytes: int


def measure_memory(out: Path, is_quick: bool) -> list[Peak]:
    """The peaks for few and for many micrographs; what it makes below `out` is gone afterwards.

    Raises:
        PeridotError: a training failed, or this system does not count a process's memory.
    """
    if not _STATUS.exists():
        raise PeridotError("a system without /proc", "Linux")
    side, counts, steps = (256, (2, 4), 3) if is_quick else (4096, (20, 200), 60)
    with TemporaryDirectory(dir=out, prefix="memory-") as folder:
        centres = _make_files(Path(folder), side)
        return [_peak(Path(folder), count, side, centres, steps) for count in counts]


def show(peaks: Sequence[Peak]) -> str:
    """A line for each, and how much the last is above the first."""
    lines = [
        f"{each.micrographs:>4} micrographs of {each.side}²: peak {each.peak_bytes / 1e6:.0f} MB, prepared in "
        f"{each.prepare_seconds:.1f} s ({each.prepare_seconds / each.micrographs:.2f} s each), trained in "
        f"{each.train_seconds:.1f} s"
        for each in peaks
    ]
    return "\n".join([*lines, f"{peaks[-1].peak_bytes / peaks[0].peak_bytes - 1:+.1%}"])


def as_json(peaks: Sequence[Peak]) -> str:
    """The same for programs."""
    return json.dumps([asdict(each) for each in peaks], indent=1)


def _make_files(folder: Path, side: int) -> np.ndarray:
    """0.mrc to 3.mrc; `(n, 2)` x, y of the disks, which are the same on all."""
    radius = _DIAMETER_ANGSTROM / _PIXEL_SIZE_ANGSTROM / 2
    places = (np.arange(_LABELS_PER_SIDE) + 0.5) * side / _LABELS_PER_SIDE
    centres = np.stack(np.meshgrid(places, places), axis=-1).reshape(-1, 2)
    for number in range(_DISTINCT):
        image = np.random.default_rng(number).standard_normal((side, side), dtype=np.float32)
        for x, y in centres:
            top, left = int(y - radius), int(x - radius)
            image[max(0, top) : int(y + radius), max(0, left) : int(x + radius)] -= 0.5
        (folder / f"{number}.mrc").write_bytes(encode_mrc(image, _PIXEL_SIZE_ANGSTROM))
    return centres


def _peak(folder: Path, count: int, side: int, centres: np.ndarray, steps: int) -> Peak:
    place = folder / str(count)
    place.mkdir()
    micrographs = []
    for number in range(count):
        path = place / f"{number}.mrc"
        os.link(folder / f"{number % _DISTINCT}.mrc", path)
        micrographs.append(JobMicrograph(number, str(number), str(path), _PIXEL_SIZE_ANGSTROM))
    labels = [JobLabel(each.id, float(x), float(y)) for each in micrographs for x, y in centres]
    settings = TrainingSettings(diameter_angstrom=_DIAMETER_ANGSTROM, max_steps=steps, max_seconds=600)
    job = Job("memory", tuple(micrographs), tuple(labels), settings, focus=0, cache=str(place / "cache"))
    write_job(job, place)
    return _watched(place, count, side)


def _watched(place: Path, count: int, side: int) -> Peak:
    """Run the job in a worker until its model is there."""
    command = (sys.executable, "-m", "topazcore.worker", str(place))
    began = prepared = time.monotonic()
    with subprocess.Popen(command, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as worker:
        for line in worker.stdout:
            event = json.loads(line)
            if event["event"] == "preparing":
                prepared = time.monotonic()
            elif event["event"] == "finished":
                raise PeridotError(f"a training that failed: {event['error']}", "a model")
            elif event["event"] == "model":
                peak, now = _peak_bytes(worker.pid), time.monotonic()
                worker.kill()
                return Peak(count, side, prepared - began, now - prepared, peak)
    raise PeridotError("a worker that ended without a word", "a model")


def _peak_bytes(pid: int) -> int:
    """The most memory that was resident at any time since the process began."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return int(status.split("VmHWM:")[1].split()[0]) * 1024
