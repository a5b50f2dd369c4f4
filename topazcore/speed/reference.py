"""The reference program's own command lines for the paths that are measured, with its defaults.

All but the device (the CPU) and what it cannot know (files, labels, number of particles, distance of two picks) is as
it comes. Nothing of it is imported here: where a single function is timed, its own Python does it.
"""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path

from topazcore.errors import PeridotError
from topazcore.experiments import peer

MODEL_FILE = "reference_epoch1.sav"

_SUPPRESS = """
import json, sys, time, numpy
from topaz.algorithms import non_maximum_suppression
scores, seconds = numpy.load(sys.argv[1]), []
for _ in range(int(sys.argv[3])):
    began = time.perf_counter()
    non_maximum_suppression(scores, int(sys.argv[2]))
    seconds.append(time.perf_counter() - began)
print(json.dumps(seconds))
"""


def preprocess(paths: Sequence[Path], out: Path, factor: int) -> list[str | Path]:
    """Downsample and normalise by its Gaussian mixture."""
    return [_program(), "preprocess", "-s", str(factor), "-d", "-1", "-o", out, *paths]


def train(training: peer.PeerTraining, particles: float, folder: Path) -> list[str | Path]:
    """Its warm-started network, `training.steps` steps; images and labels are written to `folder` first."""
    peer.write_images(training.images, folder)
    images, labels = peer.write_tables(training, folder)
    return [
        *(_program(), "train", "-d", "-1", "--train-images", images, "--train-targets", labels),
        *("--num-particles", str(particles), "--epoch-size", str(training.steps), "--num-epochs", "1"),
        *("--save-prefix", folder / "reference", "-o", folder / "curve.txt"),
    ]


def pick(model: Path, radius_ds: int, paths: Sequence[Path], out: Path) -> list[str | Path]:
    """Score maps, suppression and one table of picks."""
    return [_program(), "extract", "-m", model, "-r", str(radius_ds), "-d", "-1", "-o", out, *paths]


def suppression_seconds(scores: Path, radius_px: int, rounds: int) -> list[float]:
    """Wall seconds of its suppression alone on a stored map, once per round.

    Raises:
        PeridotError: it failed.
    """
    python = Path(_program()).parent / "python3"
    command = [str(python), "-c", _SUPPRESS, str(scores), str(radius_px), str(rounds)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise PeridotError(f"the reference's suppression failed: {done.stderr[-300:]}", "exit code 0")
    return json.loads(done.stdout)


def _program() -> Path:
    return peer.installed()
