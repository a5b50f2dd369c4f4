"""`suggest` as `run.py` calls it."""

import argparse
import json

import numpy as np
import pytest

from topazcore.commands import suggest
from topazcore.coordinates import Coordinates
from topazcore.errors import PeridotError
from topazcore.formats import read_coordinates, write_coordinates
from topazcore.metrics import evaluate


def call(*arguments) -> int:
    parser = argparse.ArgumentParser()
    suggest.add_arguments(parser)
    return suggest.run(parser.parse_args([str(argument) for argument in arguments]))


@pytest.fixture(scope="module")
def truth(blob_truth) -> Coordinates:
    return Coordinates.concat(Coordinates([name] * len(xy), *xy.T) for name, xy in blob_truth.items())


@pytest.mark.parametrize("labeled", [False, True])
def test_about_as_many_as_expected_are_written(blob_folder, truth, tmp_path, capsys, labeled):
    write_coordinates(tmp_path / "l.txt", truth.select(np.arange(5)))
    more = (
        ["--coordinates", tmp_path / "l.txt", "--method", "templates"] if labeled else ["--method", "blobs"]
    )
    options = ["--diameter-angstrom", 36, "--expected-particles", 16, "--out", tmp_path / "s.star"]
    assert call(blob_folder, *options, *more) == 0
    found = read_coordinates(tmp_path / "s.star")
    assert found.names() == ["b1", "b2", "b3"] and found.score.min() >= 0
    assert evaluate(found, truth, distance_px=9).f1 > 0.75
    assert f"{len(found)} suggestions to review on 3 micrographs" in capsys.readouterr().out


def test_with_a_lower_threshold_more_are_written_and_rules_hold(blob_folder, tmp_path):
    left = [[[-1, -1], [99, -1], [99, 200], [-1, 200]]]
    (tmp_path / "e.json").write_text(json.dumps(dict.fromkeys(("b1", "b2", "b3"), left)), encoding="utf-8")
    options = ["--diameter-angstrom", 36, "--expected-particles", 16, "--out", tmp_path / "s.txt"]
    assert call(blob_folder, *options, "--threshold", -9, "--exclusions", tmp_path / "e.json") == 0
    found = read_coordinates(tmp_path / "s.txt")
    assert len(found) > 60 and found.x.min() > 99


def test_what_cannot_be_read_is_left_out_and_the_exit_code_says_so(blob_folder, tmp_path, capsys):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "good.mrc").write_bytes((blob_folder / "b2.mrc").read_bytes())
    (tmp_path / "in" / "bad.mrc").write_bytes(b"junk")
    assert call(tmp_path / "in", "--diameter-angstrom", 36, "--out", tmp_path / "s.star") == 2
    assert read_coordinates(tmp_path / "s.star").names() == ["good"]
    assert "left out: bad" in capsys.readouterr().err


def test_labels_on_other_micrographs_are_told(blob_folder, truth, tmp_path, capsys):
    elsewhere = Coordinates(["z"], [1], [1])
    write_coordinates(tmp_path / "l.txt", Coordinates.concat([truth.select(np.arange(5)), elsewhere]))
    options = ["--diameter-angstrom", 36, "--coordinates", tmp_path / "l.txt", "--out", tmp_path / "s.star"]
    assert call(blob_folder, *options) == 0
    assert "left out: 1 labels on z" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--method", "templates"], "--method templates without labels"),
        (["--method", "blobs", "--coordinates", "{here}/z.txt"], "--method blobs with"),
        (["--coordinates", "{here}/z.txt"], r"labels on z in z\.txt"),
        (["--diameter-angstrom", "-1"], "diameter_angstrom -1"),
        (["--expected-particles", "0"], "expected_particles 0"),
        (["--threshold", "nan"], "--threshold nan"),
        (["--pixel-size-angstrom", "1000"], "1000"),
        (["--out", "{here}/s.doc"], r"s\.doc"),
        (["--out", "{here}/no/s.star"], "a folder that exists"),
    ],
)
def test_bad_input_says_what_was_found(blob_folder, tmp_path, options, said):
    write_coordinates(tmp_path / "z.txt", Coordinates(["z"], [1], [1]))
    usual = ["--diameter-angstrom", 36, "--out", tmp_path / "s.star"]
    with pytest.raises(PeridotError, match=said):
        call(blob_folder, *usual, *(option.format(here=tmp_path) for option in options))


def test_the_help_says_that_they_are_no_labels():
    assert "review" in suggest.HELP and "no labels" in suggest.HELP
