"""`evaluate` as a person calls it: files in, one JSON out, rules stated."""

import argparse
import json

import mrcfile
import numpy as np
import pytest

from topazcore.commands import evaluate
from topazcore.errors import PeridotError

HEADER = "image_name\tx_coord\ty_coord\tscore\n"


@pytest.fixture
def report(tmp_path, capsys):
    """Write PICKS and TRUTH from rows of name, x, y, score, run the command, return its JSON."""

    def run(picks, truth, *options):
        for name, rows in (("picks.txt", picks), ("truth.txt", truth)):
            lines = ("\t".join(str(value) for value in (*row, "")[:4]) for row in rows)
            (tmp_path / name).write_text(HEADER + "\n".join(lines), encoding="utf-8")
        parser = argparse.ArgumentParser()
        evaluate.add_arguments(parser)
        files = [str(tmp_path / "picks.txt"), str(tmp_path / "truth.txt")]
        sizes = ["--diameter-angstrom", "40", "--pixel-size-angstrom", "2"]
        assert evaluate.run(parser.parse_args([*files, *sizes, *options])) == 0
        return json.loads(capsys.readouterr().out)

    return run


def micrograph(path, height, width):
    with mrcfile.new(path) as mrc:
        mrc.set_data(np.zeros((height, width), np.float32))


def test_it_matches_within_half_the_diameter(report):
    found = report([("a", 10, 0, 1), ("a", 110.5, 0, 2), ("a", 50, 0, -1)], [("a", 0, 0), ("a", 100, 0)])
    assert (found["diameter_px"] if "diameter_px" in found else 2 * found["distance_px"]) == 20
    assert (found["picks"], found["matched"], found["truth"]) == (2, 1, 2)
    assert (found["precision"], found["recall"]) == (0.5, 0.5)
    assert (found["average_precision"], found["best_f1"], found["best_f1_threshold"]) == (0.25, 0.5, 1)
    assert (found["median_distance_px"], found["median_distance_diameters"]) == (10, 0.5)


def test_micrographs_in_one_file_only_are_left_out_and_said(report):
    found = report([("a", 0, 0, 1), ("c", 0, 0, 1)], [("a", 0, 0), ("b", 0, 0), ("b", 9, 9)])
    assert (found["micrographs"], found["precision"], found["recall"]) == (1, 1, 1)
    assert found["ignored"] == {"picks_elsewhere": 1, "truth_elsewhere": 2}
    assert found["rules"]["micrographs"] == "those in both files"


def test_given_micrographs_count_also_where_nothing_was_picked(report, tmp_path):
    for name in ("a", "b"):
        micrograph(tmp_path / f"{name}.mrc", 50, 50)
    found = report(
        [("a", 0, 0, 1), ("c", 0, 0, 1)], [("a", 0, 0), ("b", 0, 0)], "--micrographs", str(tmp_path / "*.mrc")
    )
    assert (found["micrographs"], found["precision"], found["recall"]) == (2, 1, 0.5)
    assert found["ignored"] == {"picks_elsewhere": 1, "truth_elsewhere": 0}


def test_the_margin_comes_from_the_images_where_they_are_given(report, tmp_path):
    micrograph(tmp_path / "a.mrc", 100, 200)
    rows = [("a", 20, 20), ("a", 19, 50), ("a", 179, 79), ("a", 180, 50), ("a", 50, 80)]
    found = report([(*row, 1) for row in rows], rows, "--margin-px", "20", "--micrographs", str(tmp_path))
    assert (found["truth"], found["picks"]) == (2, 2)
    assert (found["ignored"]["truth_in_margin"], found["ignored"]["picks_in_margin"]) == (3, 3)
    assert "headers" in found["rules"]["edges"]


def test_without_images_the_margin_starts_at_the_outermost_truth(report):
    truth = [("a", 10, 50), ("a", 300, 50), ("b", 50, 400)]
    picks = [("a", 9, 50, 1), ("a", 300, 50, 1), ("a", 301, 50, 1), ("b", 50, 401, 1), ("b", 50, 400, 1)]
    found = report(picks, truth, "--margin-px", "10")
    assert (found["picks"], found["truth"], found["precision"]) == (2, 3, 1)
    assert found["ignored"]["picks_in_margin"] == 3
    assert "outermost truth" in found["rules"]["edges"]


def test_the_threshold_can_be_chosen(report):
    rows = [("a", 0, 0, 1), ("a", 100, 0, -1)]
    assert report(rows, [("a", 0, 0), ("a", 100, 0)], "--threshold", "-1")["recall"] == 1


def test_wanted_precision_and_recall_give_the_threshold_and_the_numbers_there(report):
    picks = [("a", 0, 0, 3), ("a", 50, 0, 2), ("a", 100, 0, 1)]
    found = report(picks, [("a", 0, 0), ("a", 100, 0)], "--wanted-precision", "0.9", "--wanted-recall", "1")
    assert found["wanted_precision"] == {
        "wanted": 0.9, "threshold": 3, "picks": 1, "true": 1, "precision": 1, "recall": 0.5, "f1": 2 / 3,
    }  # fmt: skip
    assert (found["wanted_recall"]["threshold"], found["wanted_recall"]["precision"]) == (1, 2 / 3)


def test_a_precision_that_no_threshold_reaches_is_null(report):
    found = report([("a", 50, 0, 1)], [("a", 0, 0)], "--wanted-precision", "0.5")["wanted_precision"]
    assert found["wanted"] == 0.5 and set(found.values()) == {0.5, None}


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_the_curve_goes_to_a_file(report, tmp_path, kind):
    path = tmp_path / f"curve.{kind}"
    report([("a", 0, 0, 3), ("a", 50, 0, 2)], [("a", 0, 0)], "--curve", str(path))
    text = path.read_text(encoding="utf-8")
    if kind == "csv":
        lines = ["threshold,picks,true,precision,recall,f1", "3.0,1,1,1.0,1.0,1.0"]
        assert text.splitlines()[:2] == lines and len(text.splitlines()) == 3
    else:
        assert json.loads(text)["precision"] == [1, 0.5]


@pytest.mark.parametrize(
    ("options", "bound", "said"), [([], False, "every"), (["--truth-is-sparse"], True, "only some")]
)
def test_whether_precision_is_a_lower_bound_is_said_and_why(report, options, bound, said):
    found = report([("a", 0, 0, 1)], [("a", 0, 0)], *options)
    assert found["precision_is_lower_bound"] is bound
    assert said in found["precision_is_lower_bound_because"]


def test_numbers_that_are_not_defined_are_null(report, tmp_path):
    micrograph(tmp_path / "a.mrc", 50, 50)
    found = report([], [("a", 0, 0)], "--micrographs", str(tmp_path))
    assert (found["precision"], found["average_precision"], found["recall"]) == (None, None, 0)


@pytest.mark.parametrize(
    ("picks", "options", "message"),
    [
        ([("z", 0, 0, 1)], [], "no micrograph in common: picks are on z, the truth is on a"),
        ([], [], "no micrograph in common"),
        ([("a", 0, 0, 1)], ["--diameter-angstrom", "0"], "--diameter-angstrom 0"),
        ([("a", 0, 0, 1)], ["--pixel-size-angstrom", "nan"], "--pixel-size-angstrom nan"),
        ([("a", 0, 0, 1)], ["--margin-px", "-1"], "--margin-px -1"),
        ([("a", 0, 0, 1)], ["--threshold", "nan"], "--threshold nan"),
        ([("a", 0, 0, 1)], ["--wanted-precision", "0"], "--wanted-precision 0"),
        ([("a", 0, 0, 1)], ["--wanted-recall", "1.5"], "--wanted-recall 1.5"),
        ([("a", 0, 0, 1)], ["--curve", "c.png"], "--curve c.png"),
        ([("a", 0, 0, 1)], ["--curve", "no/such/folder/c.csv"], "c.csv cannot be written"),
        ([("a", 0, 0, 1)], ["--micrographs", "nowhere"], "nowhere"),
        ([("a", 0, "x", 1)], [], "line 2: y is x"),
    ],
)
def test_bad_input_says_what_was_found(report, picks, options, message):
    with pytest.raises(PeridotError) as raised:
        report(picks, [("a", 0, 0)], *options)
    assert message in str(raised.value)


def test_equal_names_in_two_folders_stay_two_micrographs(tmp_path, capsys):
    head = "data_\nloop_\n_rlnMicrographName\n_rlnCoordinateX\n_rlnCoordinateY\n"
    (tmp_path / "t.star").write_text(head + "x/1.mrc 0 0\ny/1.mrc 50 0\n", encoding="utf-8")
    (tmp_path / "p.star").write_text(head + "m/y/1.mrc 0 0\nm/x/1.mrc 50 0\n", encoding="utf-8")
    parser = argparse.ArgumentParser()
    evaluate.add_arguments(parser)
    sizes = ["--diameter-angstrom", "40", "--pixel-size-angstrom", "2"]
    evaluate.run(parser.parse_args([str(tmp_path / "p.star"), str(tmp_path / "t.star"), *sizes]))
    found = json.loads(capsys.readouterr().out)
    assert (found["micrographs"], found["picks"], found["matched"]) == (2, 2, 0)


def test_the_truth_against_itself_is_perfect_on_real_data(shared_data, capsys):
    particles = str(shared_data / "bgal" / "particles.star")
    parser = argparse.ArgumentParser()
    evaluate.add_arguments(parser)
    sizes = ["--diameter-angstrom", "190", "--pixel-size-angstrom", "3.54", "--margin-px", "65"]
    evaluate.run(parser.parse_args([particles, particles, *sizes]))
    found = json.loads(capsys.readouterr().out)
    assert (found["truth"], found["matched"], found["f1"]) == (3807, 3807, 1)
