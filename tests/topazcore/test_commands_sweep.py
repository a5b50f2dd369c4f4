import argparse
import json
import re

import numpy as np
import pytest

from topazcore.commands import sweep
from topazcore.coordinates import Coordinates
from topazcore.errors import PeridotError
from topazcore.formats import write_coordinates


def call(*arguments) -> int:
    parser = argparse.ArgumentParser()
    sweep.add_arguments(parser)
    return sweep.run(parser.parse_args([str(argument) for argument in arguments]))


@pytest.fixture(scope="module")
def labels(blob_truth, tmp_path_factory):
    """All particles of b1 and b2, none of b3."""
    path = tmp_path_factory.mktemp("labels") / "labels.txt"
    tables = (Coordinates(np.full(16, name, object), *blob_truth[name].T) for name in ("b1", "b2"))
    write_coordinates(path, Coordinates.concat(tables))
    return path


@pytest.fixture
def usual(blob_folder, labels):
    return [blob_folder, "--coordinates", labels, "--diameter-angstrom", 36, "--set", "max_steps=3"]


def test_the_table_has_a_row_for_each_combination_and_says_what_it_is_worth(usual, tmp_path, capsys):
    varied = ["--vary", "expected_particles=2,20", "--vary", "objective=ge-binomial,pn"]
    assert call(*usual, *varied, "--out", tmp_path / "s.json") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("2 folds of 2 labeled micrographs, 32 labels")
    assert " ".join(lines[1].split()) == "expected_particles objective sites: AP picks: AP picks: best F1"
    assert lines[2].split() == ["2", "ge-binomial", "refused", "refused", "refused"]
    number = r"[01]\.\d{3} ± [01]\.\d{3}"
    assert re.match(rf"20 +ge-binomial +{number} +{number} +{number}$", lines[4])
    assert lines[6].startswith("refused: expected_particles=2, objective=ge-binomial: pi ")
    assert lines[-1].startswith("Lower bounds")
    report = json.loads((tmp_path / "s.json").read_text(encoding="utf-8"))
    assert sorted(report["folds"]) == [["b1"], ["b2"]] and report["lower_bound"] is True
    assert [trial["values"]["objective"] for trial in report["trials"]] == ["ge-binomial", "pn"] * 2
    assert report["trials"][0]["error"]["code"] == "bad_settings"
    measured = report["trials"][3]["best_f1"]
    assert measured["mean"] == pytest.approx(np.mean(measured["folds"])) and len(measured["folds"]) == 2


def test_on_complete_micrographs_the_scores_are_no_lower_bounds(usual, capsys):
    assert call(*usual, "--complete", "b1,b2", "--vary", "positive_radius_ds=none") == 0
    said = capsys.readouterr().out
    assert "Lower bounds" not in said and "derived" in said
    assert "compare such rows by picks" in said


def test_nothing_that_could_be_trained_is_exit_code_two(usual, capsys):
    assert call(*usual, "--vary", "pi=0.001") == 2
    assert "raise pi above that" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--vary", "pi"], "--vary pi; expected NAME=VALUE"),
        (["--vary", "sloth=1"], "setting 'sloth'"),
        (["--vary", "pi=0.1,0.1"], "each of its values once"),
        (["--vary", "pi=0.1", "--vary", "pi=0.2"], "each setting"),
        (["--vary", "pi=0.1,many"], "pi 'many'"),
        (["--vary", "slack=1,"], "slack ''"),
        (["--vary", "pi=0.1", "--folds", "1"], "--folds 1; expected 2 or more"),
        (["--vary", "pi=0.1", "--out", "{here}/no/folder.json"], "make the folder first"),
    ],
)
def test_what_cannot_be_compared_is_refused_before_anything_is_trained(usual, tmp_path, arguments, said):
    with pytest.raises(PeridotError, match=re.escape(said)):
        call(*usual, *(text.format(here=tmp_path) for text in arguments))


def test_labels_on_one_micrograph_are_not_enough(usual, blob_truth, tmp_path):
    write_coordinates(tmp_path / "l.txt", Coordinates(np.full(16, "b1", object), *blob_truth["b1"].T))
    with pytest.raises(PeridotError, match=r"labeled particles on 1 micrograph .*two or more"):
        call(usual[0], "--coordinates", tmp_path / "l.txt", *usual[3:], "--vary", "pi=0.1")
