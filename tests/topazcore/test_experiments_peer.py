"""The exchange with the reference program, held against a stand-in that speaks its command line and its files."""

import sys

import numpy as np
import pytest

from topazcore.errors import PeridotError
from topazcore.experiments import peer
from topazcore.experiments.peer import PeerTraining, train_and_score
from topazcore.experiments.reference import SHARED_SETTINGS

# Writes what it was told beside its model, and scores a micrograph by its own pixels.
STAND_IN = """#!{python}
import shutil, sys
from pathlib import Path
import mrcfile
from PIL import Image
verb, *arguments = sys.argv[1:]
def value(name):
    return arguments[arguments.index(name) + 1]
if verb == "train":
    if value("--pi") == "0.5":
        sys.exit("cannot do that")
    Path(value("--save-prefix") + "_epoch1.sav").write_text(" ".join(arguments))
    shutil.copy(value("--train-targets"), {heard!r})
else:
    Path(value("-o")).mkdir()
    for name in arguments[arguments.index("-m") + 2 :]:
        with mrcfile.open(name) as image:
            scores = Image.fromarray(image.data * 2)
        scores.save(Path(value("-o")) / (Path(name).stem + ".tiff"))
"""
IMAGES = {"a": np.arange(12, dtype=np.float32).reshape(3, 4)}


def training(pi: float = 0.04) -> PeerTraining:
    return PeerTraining(IMAGES, {"a": np.array([[1.6, 0.4]])}, pi, SHARED_SETTINGS, steps=7)


@pytest.fixture
def heard(tmp_path, monkeypatch):
    """The labels that the stand-in was given, once it has run."""
    path = tmp_path / "heard.txt"
    program = tmp_path / "environment" / "bin" / "topaz"
    program.parent.mkdir(parents=True)
    program.write_text(STAND_IN.format(python=sys.executable, heard=str(path)))
    program.chmod(0o755)
    monkeypatch.setattr(peer, "ENVIRONMENT", tmp_path / "environment")
    return path


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a script that Windows cannot start")
def test_it_gets_our_images_and_whole_pixels_and_gives_scores(heard, tmp_path):
    folder = tmp_path / "exchange"
    folder.mkdir()
    scores, seconds = train_and_score(training(), {"t": IMAGES["a"] + 1}, folder)
    assert np.array_equal(scores["t"], 2 * (IMAGES["a"] + 1)) and seconds > 0
    assert heard.read_text() == "image_name\tx_coord\ty_coord\na\t2\t0\n"
    told = (folder / "model_epoch1.sav").read_text()
    assert "--no-pretrained" in told and "--epoch-size 7" in told and "--slack 1.0" in told


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a script that Windows cannot start")
def test_what_it_says_when_it_fails_is_passed_on(heard, tmp_path):
    with pytest.raises(PeridotError, match="cannot do that"):
        train_and_score(training(pi=0.5), {}, tmp_path)


def test_without_it_one_is_told_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setattr(peer, "ENVIRONMENT", tmp_path / "nowhere")
    assert peer.program() is None
    with pytest.raises(PeridotError, match="--peer"):
        train_and_score(training(), {}, tmp_path)
