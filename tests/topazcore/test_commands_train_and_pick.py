"""Both commands as `run.py` calls them."""

import argparse
import json
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.distance import pdist

from topazcore.checkpoint import load_model
from topazcore.commands import pick, train
from topazcore.coordinates import Coordinates
from topazcore.errors import CoordinateError, MicrographError, ModelError, PeridotError, SettingsError
from topazcore.formats import read_coordinates, write_coordinates
from topazcore.images.mrc import encode_mrc
from topazcore.metrics import evaluate
from topazcore.micrograph import read_micrograph


def call(command, *arguments) -> int:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return command.run(parser.parse_args([str(argument) for argument in arguments]))


def table(truth: dict[str, np.ndarray], *names: str) -> Coordinates:
    return Coordinates.concat(
        Coordinates(np.full(len(truth[name]), name, object), *truth[name].T) for name in names
    )


@pytest.fixture(scope="module")
def labels(blob_truth, tmp_path_factory) -> Path:
    """A STAR file with eight labels on b1."""
    path = tmp_path_factory.mktemp("labels") / "labels.star"
    write_coordinates(
        path, table(blob_truth, "b1").select(np.arange(0, 16, 2)), micrograph_paths={"b1": "b1.mrc"}
    )
    return path


@pytest.fixture(scope="module")
def model(blob_folder, labels, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("model") / "m.safetensors"
    arguments = [
        "--coordinates",
        labels,
        "--diameter-angstrom",
        36,
        "--out",
        path,
        "--expected-particles",
        16,
    ]
    assert call(train, blob_folder, *arguments, "--max-seconds", 4) == 0
    return path


def picked(blob_folder, model, out, *more) -> Coordinates:
    assert call(pick, blob_folder, "--model", model, "--out", out, *more) == 0
    return read_coordinates(out)


@pytest.mark.parametrize("name", ["picks.star", "picks.txt"])
def test_a_model_from_the_command_line_picks_every_micrograph(blob_folder, blob_truth, model, tmp_path, name):
    picks = picked(blob_folder, model, tmp_path / name)
    assert picks.names() == ["b1", "b2", "b3"]
    result = evaluate(picks, table(blob_truth, "b1", "b2", "b3"), distance_px=9)
    assert result.best_f1 > 0.8 and (picks.score < 0).any()


def test_with_a_threshold_only_those_above_are_written(blob_folder, model, tmp_path, capsys):
    everything = picked(blob_folder, model, tmp_path / "all.star")
    few = picked(blob_folder, model, tmp_path / "few.star", "--threshold", 0)
    assert 0 < len(few) == np.count_nonzero(everything.score >= 0) < len(everything)
    assert f"{len(few)} written" in capsys.readouterr().out


def test_distance_edge_and_exclusions_hold_for_what_is_written(blob_folder, model, tmp_path):
    left = [[[-1, -1], [99, -1], [99, 200], [-1, 200]]]
    (tmp_path / "e.json").write_text(json.dumps({"b2.mrc": left}), encoding="utf-8")
    options = [
        "--min-distance-angstrom",
        70,
        "--edge-margin-angstrom",
        20,
        "--exclusions",
        tmp_path / "e.json",
    ]
    picks = picked(blob_folder, model, tmp_path / "p.star", *options, "--exclusion-margin-angstrom", 10)
    parts = picks.by_micrograph()
    assert min(pdist(part.xy).min() for part in parts.values()) >= 35 - 0.01
    assert min(picks.xy.min(), 199 - picks.xy.max()) >= 10 - 0.01
    assert parts["b2"].x.min() > 104 > 90 > parts["b1"].x.min()


def test_a_micrograph_that_cannot_be_read_is_left_out_and_the_exit_code_says_so(
    blob_folder, model, tmp_path, capsys
):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "good.mrc").write_bytes((blob_folder / "b2.mrc").read_bytes())
    (tmp_path / "in" / "bad.mrc").write_bytes(b"junk")
    assert call(pick, tmp_path / "in", "--model", model, "--out", tmp_path / "p.star") == 2
    assert read_coordinates(tmp_path / "p.star").names() == ["good"]
    assert "left out: bad" in capsys.readouterr().err


def finer(image: np.ndarray) -> np.ndarray:
    """A micrograph of 200 px as a microscope with pixels 1.6 times as fine would give it: 320 px."""
    spectrum = np.fft.fftshift(np.fft.fft2(image))
    padded = np.fft.ifft2(np.fft.ifftshift(np.pad(spectrum, 60))).real
    return (padded * 1.6**2).astype(np.float32)


def test_another_pixel_size_is_said_once_and_its_particles_are_found(
    blob_folder, blob_truth, model, tmp_path, capsys
):
    (tmp_path / "in").mkdir()
    for name in ("b2", "b3"):
        image = finer(read_micrograph(blob_folder / f"{name}.mrc"))
        (tmp_path / "in" / f"{name}.mrc").write_bytes(encode_mrc(image, 1.25))
    assert call(pick, tmp_path / "in", "--model", model, "--out", tmp_path / "p.star") == 0
    said = capsys.readouterr().err
    assert said.count("1.25 Å per pixel, the model was trained at 2 Å: downsampled by 1.6 in place of 1") == 1
    truth = table({name: 1.6 * centres for name, centres in blob_truth.items()}, "b2", "b3")
    assert evaluate(read_coordinates(tmp_path / "p.star"), truth, distance_px=9 * 1.6).best_f1 > 0.8
    assert "1.25" in (tmp_path / "p.star").read_text()


def test_the_same_pixel_size_needs_no_word(blob_folder, model, tmp_path, capsys):
    picked(blob_folder, model, tmp_path / "p.star")
    assert capsys.readouterr().err == ""


def test_a_model_can_be_trained_with_the_mixture(blob_folder, labels, tmp_path):
    path = tmp_path / "m.safetensors"
    options = ["--coordinates", labels, "--diameter-angstrom", 36, "--out", path, "--max-seconds", 0.1]
    assert call(train, blob_folder, *options, "--normalisation", "mixture") == 0
    assert load_model(path).normalisation is not None
    assert len(picked(blob_folder, path, tmp_path / "p.star"))


def test_training_says_what_it_learned_from_and_what_it_left_out(blob_folder, blob_truth, tmp_path, capsys):
    rows = Coordinates.concat([
        table(blob_truth, "b1"), Coordinates(np.array(["b2", "elsewhere"], object), np.array([900.0, 1]), np.ones(2))
    ])  # fmt: skip
    write_coordinates(tmp_path / "l.txt", rows)
    arguments = ["--coordinates", tmp_path / "l.txt", "--diameter-angstrom", 36, "--out", tmp_path / "m"]
    assert call(train, blob_folder, *arguments, "--max-seconds", 0.1) == 0
    said = capsys.readouterr()
    assert "16 labels of 2 micrographs" in said.out and "1 labels outside" in said.err
    assert "1 labels on elsewhere" in said.err


@pytest.mark.parametrize(
    ("changes", "error", "said"),
    [
        ({"micrographs": "{here}/none"}, MicrographError, "none"),
        ({"--coordinates": "{here}/none.star"}, CoordinateError, "none.star"),
        ({"--coordinates": "{here}/elsewhere.txt"}, CoordinateError, "elsewhere"),
        ({"--diameter-angstrom": "-4"}, SettingsError, "diameter_angstrom -4"),
        ({"--pixel-size-angstrom": "0"}, SettingsError, "pixel-size-angstrom 0"),
        ({"--expected-particles": "nan"}, SettingsError, "expected_particles nan"),
        ({"--expected-particles": "3"}, SettingsError, "labeled already"),
        ({"--seed": "-1"}, SettingsError, "seed -1"),
        ({"--max-seconds": "0"}, SettingsError, "max_seconds 0"),
        ({"--out": "{here}/no/folder/m"}, PeridotError, "folder"),
    ],
)
def test_training_refuses_what_cannot_work(blob_folder, labels, tmp_path, changes, error, said):
    elsewhere = Coordinates(np.array(["elsewhere"], object), np.ones(1), np.ones(1))
    write_coordinates(tmp_path / "elsewhere.txt", elsewhere)
    options = {"--coordinates": labels, "--diameter-angstrom": 36, "--out": tmp_path / "m"}
    options |= {name: text.format(here=tmp_path) for name, text in changes.items()}
    where = options.pop("micrographs", blob_folder)
    with pytest.raises(error, match=said):
        call(train, where, *(part for option in options.items() for part in option))
    assert not (tmp_path / "m").exists()


def test_training_asks_for_a_pixel_size_that_the_file_does_not_have(blob_truth, labels, tmp_path):
    (tmp_path / "b1.mrc").write_bytes(encode_mrc(np.zeros((200, 200), np.float32), None))
    with pytest.raises(MicrographError, match="give --pixel-size-angstrom"):
        call(train, tmp_path, "--coordinates", labels, "--diameter-angstrom", 36, "--out", tmp_path / "m")


@pytest.mark.parametrize(
    ("changes", "error", "said"),
    [
        ({"micrographs": "{here}/none"}, MicrographError, "none"),
        ({"--model": "{here}/none"}, ModelError, "none"),
        ({"--min-distance-angstrom": "-1"}, SettingsError, "min_distance_angstrom -1"),
        ({"--edge-margin-angstrom": "nan"}, SettingsError, "edge_margin_angstrom nan"),
        ({"--exclusions": "{here}/none.json"}, CoordinateError, r"none\.json"),
        ({"--out": "{here}/picks.doc"}, CoordinateError, r"picks\.doc"),
        ({"--out": "{here}/no/folder/p.star"}, PeridotError, "folder"),
        ({"--threshold": "nan"}, SettingsError, "threshold"),
        ({"--pixel-size-angstrom": "-1"}, SettingsError, "pixel-size-angstrom -1"),
    ],
)
def test_picking_refuses_what_cannot_work(blob_folder, model, tmp_path, changes, error, said):
    options = {"--model": model, "--out": tmp_path / "p.star"}
    options |= {name: text.format(here=tmp_path) for name, text in changes.items()}
    where = options.pop("micrographs", blob_folder)
    with pytest.raises(error, match=said):
        call(pick, where, *(part for option in options.items() for part in option))
    assert not (tmp_path / "p.star").exists()
