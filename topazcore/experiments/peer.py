"""The reference program of the paper (topaz-em on PyPI) as a process beside ours.

It is installed into an environment of its own and spoken to through files and its command line; nothing of it is
imported or copied, and its pickled models are read by itself alone. Images that it gets are prepared by us, so that
both programs see the same pixels.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from topazcore.errors import PeridotError
from topazcore.images.mrc import encode_mrc

VERSION = "0.3.20"
ENVIRONMENT = Path(os.environ.get("PERIDOT_PEER", Path(__file__).resolve().parents[2] / ".venv-peer"))
_PLACES = ("bin/topaz", "Scripts/topaz.exe")
# The same torch as ours: a floating one pulls gigabytes.
_PACKAGES = ("torch==2.13.0", f"topaz-em=={VERSION}")


@dataclass(frozen=True)
class PeerTraining:
    """One training of the reference program.

    Args:
        images: name to float32 (height_ds, width_ds), as the network shall see them.
        labels: name to `(n, 2)` x, y in downsampled px.
        pi: expected fraction of positive sites.
        settings: of `TrainingSettings`, those that the program knows.
        steps: of the optimiser.
    """

    images: Mapping[str, np.ndarray]
    labels: Mapping[str, np.ndarray]
    pi: float
    settings: Mapping[str, object]
    steps: int


def program() -> Path | None:
    """The installed program."""
    return next((ENVIRONMENT / place for place in _PLACES if (ENVIRONMENT / place).exists()), None)


def install() -> None:
    """Install the program beside ours, if it is not there.

    Raises:
        PeridotError: it cannot be.
    """
    if program():
        return
    python = ENVIRONMENT / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    _run([sys.executable, "-m", "venv", "--without-pip", str(ENVIRONMENT)])
    for package in _PACKAGES:
        _run([sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", package])


def train_and_score(
    training: PeerTraining, test: Mapping[str, np.ndarray], folder: Path
) -> tuple[dict[str, np.ndarray], float]:
    """Train, then score every pixel of the test images.

    Args:
        folder: empty; gets the files that are exchanged.

    Returns:
        Name to scores (height_ds, width_ds); CPU seconds of the training.

    Raises:
        PeridotError: the program is not installed, or failed.
    """
    write_images({**training.images, **test}, folder)
    write_tables(training, folder)
    before = _cpu_seconds()
    _run([str(installed()), *_training_arguments(training, folder)])
    seconds = _cpu_seconds() - before
    images = [folder / f"{name}.mrc" for name in test]
    return score(folder / "model_epoch1.sav", images, folder / "scores"), seconds


def write_images(images: Mapping[str, np.ndarray], folder: Path) -> None:
    """Each as NAME.mrc."""
    for name, image in images.items():
        (folder / f"{name}.mrc").write_bytes(encode_mrc(image, 1.0))


def write_tables(training: PeerTraining, folder: Path) -> tuple[Path, Path]:
    """The tables of images and of labels that the program trains from."""
    images, labels = folder / "images.txt", folder / "labels.txt"
    _table(images, ("image_name", "path"), _paths(training.images, folder))
    _table(labels, ("image_name", "x_coord", "y_coord"), _centres(training.labels))
    return images, labels


def score(model: Path, images: Sequence[Path], folder: Path) -> dict[str, np.ndarray]:
    """Scores of every pixel by one of its models: name to float32 (height_ds, width_ds).

    Raises:
        PeridotError: the program is not installed, or failed.
    """
    options = ["--device", "-1", "-o", str(folder), "-m", str(model)]
    _run([str(installed()), "segment", *options, *map(str, images)])
    return {path.stem: _scores(folder / f"{path.stem}.tiff") for path in images}


def _training_arguments(training: PeerTraining, folder: Path) -> list[str]:
    settings = training.settings
    options = {
        "train-images": folder / "images.txt",
        "train-targets": folder / "labels.txt",
        "save-prefix": folder / "model",
        "output": folder / "curve.txt",
        "device": -1,
        "num-threads": 1,
        "pi": training.pi,
        "radius": round(settings["positive_radius_ds"]),
        "method": "GE-binomial",
        "slack": settings["slack"],
        "model": settings["classifier"],
        "units": settings["units"],
        "learning-rate": settings["learning_rate"],
        "l2": settings["weight_decay"],
        "minibatch-size": settings["crops_per_step"],
        "minibatch-balance": settings["positive_share"],
        "epoch-size": training.steps,
        "num-epochs": 1,
    }
    given = [part for name, value in options.items() for part in (f"--{name}", str(value))]
    return ["train", "--no-pretrained", *given]


def _paths(images: Mapping[str, np.ndarray], folder: Path) -> Iterator[tuple[object, ...]]:
    for name in images:
        yield name, folder / f"{name}.mrc"


def _centres(labels: Mapping[str, np.ndarray]) -> Iterator[tuple[object, ...]]:
    """The program takes whole pixels."""
    for name, xy in labels.items():
        for x, y in np.rint(xy).astype(int):
            yield name, x, y


def _table(path: Path, columns: tuple[str, ...], rows: Iterator[tuple[object, ...]]) -> None:
    lines = ["\t".join(map(str, row)) for row in (columns, *rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _scores(path: Path) -> np.ndarray:
    with Image.open(path, formats=("TIFF",)) as image:
        return np.array(image, dtype=np.float32)


def installed() -> Path:
    """The program.

    Raises:
        PeridotError: it is not installed.
    """
    found = program()
    if found is None:
        raise PeridotError("no reference program", f"topaz-em {VERSION}", "run `bench reference --peer`")
    return found


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["nothing"])[-1]
        raise PeridotError(f"{Path(command[0]).name} failed: {said[:300]}", "exit code 0")


def _cpu_seconds() -> float:
    """Of all processes that were waited for; Windows does not count them, there it is the time that passed."""
    if os.name == "nt":
        return time.monotonic()
    times = os.times()
    return times.children_user + times.children_system
