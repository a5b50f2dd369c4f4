"""`compare` and `remove-overlap` as a person calls them."""

import argparse
import json

import pytest

from topazcore.commands import compare, remove_overlap
from topazcore.errors import PeridotError
from topazcore.formats import read_coordinates

HEADER = "image_name\tx_coord\ty_coord\tscore\n"


@pytest.fixture
def call(tmp_path):
    """Write a.txt and b.txt from rows of name, x, y, score and run a command on them."""

    def run(command, a, b, *options) -> int:
        for name, rows in (("a.txt", a), ("b.txt", b)):
            lines = ("\t".join(str(value) for value in (*row, "")[:4]) for row in rows)
            (tmp_path / name).write_text(HEADER + "\n".join(lines), encoding="utf-8")
        parser = argparse.ArgumentParser()
        command.add_arguments(parser)
        files = [str(tmp_path / "a.txt"), str(tmp_path / "b.txt")]
        return command.run(parser.parse_args([*files, "--pixel-size-angstrom", "2", *map(str, options)]))

    return run


def agreement(call, capsys, a, b, *options) -> dict:
    assert call(compare, a, b, "--diameter-angstrom", 40, *options) == 0
    return json.loads(capsys.readouterr().out)


A = [("m", 0, 0, 2), ("m", 100, 0, -1), ("n", 50, 50, 1)]
B = [("m", 6, 8), ("n", 90, 50), ("o", 0, 0)]


def test_what_is_in_both_and_only_in_one_in_total_and_on_each(call, capsys):
    found = agreement(call, capsys, A, B)
    assert (found["both"], found["only_a"], found["only_b"], found["jaccard"]) == (1, 2, 1, 1 / 4)
    assert (found["median_distance_px"], found["distance_px"], found["micrographs"]) == (10, 10, 2)
    assert found["by_micrograph"]["n"] == {
        "both": 0, "only_a": 1, "only_b": 1, "jaccard": 0, "f1": 0, "median_distance_px": None,
    }  # fmt: skip
    assert found["ignored"] == {"a_elsewhere": 0, "b_elsewhere": 1}


def test_rows_below_the_threshold_are_left_out_and_those_without_a_score_stay(call, capsys):
    assert agreement(call, capsys, A, B, "--threshold", 0)["only_a"] == 1


def test_the_margin_holds_for_both(call, capsys):
    found = agreement(call, capsys, A, B, "--margin-px", 5)
    assert (found["ignored"]["a_in_margin"], found["ignored"]["b_in_margin"]) == (2, 0)


def removed(call, tmp_path, picks, given, distance, out="new.txt"):
    assert call(remove_overlap, picks, given, "--distance-angstrom", distance, "--out", tmp_path / out) == 0
    return read_coordinates(tmp_path / out)


@pytest.mark.parametrize(("distance", "left"), [(20, [100, 50]), (19.9, [0, 100, 50]), (80, [100])])
def test_picks_near_a_given_one_are_left_out(call, tmp_path, capsys, distance, left):
    others = removed(call, tmp_path, A, B, distance)
    assert others.x.tolist() == left
    assert f"{3 - len(left)} of 3 picks overlap" in capsys.readouterr().out


def test_names_and_scores_stay_as_they_were(call, tmp_path):
    others = removed(call, tmp_path, A, B, 20, "new.star")
    assert (others.names(), others.score.tolist()) == (["m", "n"], [-1, 1])


@pytest.mark.parametrize(
    ("command", "options", "said"),
    [
        (compare, ["--diameter-angstrom", 0], "--diameter-angstrom 0"),
        (compare, ["--diameter-angstrom", 40, "--margin-px", "nan"], "--margin-px nan"),
        (remove_overlap, ["--distance-angstrom", -1, "--out", "{here}/o.txt"], "--distance-angstrom -1"),
        (remove_overlap, ["--distance-angstrom", 9, "--out", "{here}/a.txt"], "as input and output"),
        (remove_overlap, ["--distance-angstrom", 9, "--out", "{here}/o.png"], "o.png"),
        (remove_overlap, ["--distance-angstrom", 9, "--out", "{here}/none/o.txt"], "a place to write to"),
    ],
)
def test_bad_input_says_what_was_found(call, tmp_path, command, options, said):
    with pytest.raises(PeridotError, match=said):
        call(command, A, B, *(str(option).format(here=tmp_path) for option in options))


@pytest.mark.parametrize(
    ("command", "name"), [(compare, "a are on m, n, b are on o"), (remove_overlap, "on m, n")]
)
def test_files_without_a_common_micrograph_are_refused(call, tmp_path, command, name):
    flag = "--diameter-angstrom" if command is compare else "--distance-angstrom"
    more = [] if command is compare else ["--out", tmp_path / "o.txt"]
    with pytest.raises(PeridotError, match=f"no micrograph in common.*{name}"):
        call(command, A, B[2:], flag, 40, *more)
