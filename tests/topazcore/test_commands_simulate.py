"""`run.py simulate`, called as run.py calls it."""

import argparse

import pytest

from topazcore.commands import simulate as command
from topazcore.errors import SettingsError
from topazcore.formats import read_coordinates
from topazcore.micrograph import find_micrographs, read_header


def run(*arguments) -> int:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return command.run(parser.parse_args([str(argument) for argument in arguments]))


SMALL = ("--size", 256, "--pixel-size-angstrom", 4, "--diameter-angstrom", 120, "--particles", 6)


def test_it_writes_micrographs_and_truth_and_says_so(tmp_path, capsys):
    assert (
        run(tmp_path / "out", *SMALL, "--micrographs", 2, "--particle", "horseshoe", "--carbon", "--ice", 1)
        == 0
    )
    paths, _ = find_micrographs(tmp_path / "out")
    truth = read_coordinates(tmp_path / "out" / "truth.star")
    assert [path.name for path in paths] == ["0001.mrc", "0002.mrc"]
    assert (read_header(paths[0]).width, read_header(paths[0]).pixel_size_angstrom) == (256, 4.0)
    said = capsys.readouterr()
    assert f"2 micrographs with {len(truth)} particles" in said.out and said.err == ""


def test_the_seed_decides(tmp_path):
    for name, seed in (("a", 5), ("b", 5), ("c", 6)):
        run(tmp_path / name, *SMALL, "--micrographs", 1, "--seed", seed)
    a, b, c = ((tmp_path / name / "0001.mrc").read_bytes() for name in "abc")
    assert a == b != c


def test_a_bad_number_is_refused(tmp_path):
    with pytest.raises(SettingsError, match="size_px 3"):
        run(tmp_path, "--size", 3)
