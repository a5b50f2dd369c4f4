"""`convert` as a person calls it: between the formats and frames, never guessing."""

import argparse

import mrcfile
import numpy as np
import pytest

from topazcore.commands import convert
from topazcore.coordinates import Coordinates
from topazcore.errors import PeridotError
from topazcore.formats import read_coordinates, write_coordinates

ROWS = Coordinates(["0066", "a.b"], [12.9, 1], [3, 4], [0.5, -1], ["m/0066.mrc", "m/a.b.mrc"])


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with `in.star` and its two micrographs, the current one of the process."""
    monkeypatch.chdir(tmp_path)
    paths = dict(zip(ROWS.micrograph, ROWS.path, strict=True))
    write_coordinates(tmp_path / "in.star", ROWS, micrograph_paths=paths)
    (tmp_path / "m").mkdir()
    for path in ROWS.path:
        with mrcfile.new(tmp_path / path) as mrc:
            mrc.set_data(np.zeros((8, 8), np.float32))
    return tmp_path


def run(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    convert.add_arguments(parser)
    return convert.run(parser.parse_args(arguments))


def same_rows(found: Coordinates) -> bool:
    return found.xy.tolist() == ROWS.xy.tolist() and found.score.tolist() == ROWS.score.tolist()


@pytest.mark.parametrize("name", ["out.txt", "out.tsv", "out.star"])
def test_from_star_to_each_format(folder, capsys, name):
    assert run("in.star", name) == 0
    found = read_coordinates(folder / name)
    assert same_rows(found)
    assert list(found.micrograph) == ["0066", "a.b"]
    assert "2 coordinates of 2 micrographs" in capsys.readouterr().out


def test_to_a_relion_folder_and_back(folder):
    run("in.star", "relion")
    found = read_coordinates(folder / "relion" / "autopick.star")
    assert same_rows(found)
    assert list(found.path) == ["m/0066.mrc", "m/a.b.mrc"]


def test_paths_stay_from_star_to_star(folder):
    run("in.star", "out.star")
    assert list(read_coordinates(folder / "out.star").path) == ["m/0066.mrc", "m/a.b.mrc"]


def test_the_micrographs_give_the_paths_that_a_table_has_not(folder):
    run("in.star", "table.txt")
    run("table.txt", "out.star", "--micrographs", ".")
    assert list(read_coordinates(folder / "out.star").path) == ["m/0066.mrc", "m/a.b.mrc"]


def test_several_files_become_one(folder):
    run("in.star", "in.star", "out.txt")
    assert len(read_coordinates(folder / "out.txt")) == 4


def test_the_flip_comes_before_the_scale(folder):
    run("in.star", "out.txt", "--flip-y", "4096", "--scale", "0.5")
    assert read_coordinates(folder / "out.txt").xy.tolist() == [[6.45, 2046], [0.5, 2045.5]]


def test_the_pixel_size_is_noted(folder):
    run("in.star", "out.star", "--pixel-size-angstrom", "1.35")
    assert "data_optics" in (folder / "out.star").read_text(encoding="utf-8")
    assert same_rows(read_coordinates(folder / "out.star"))


def test_equal_names_in_two_folders_stay_apart(folder):
    two = Coordinates(["x/1", "y/1"], [1, 2], [3, 4])
    write_coordinates(folder / "two.star", two, micrograph_paths={"x/1": "x/1.mrc", "y/1": "y/1.mrc"})
    run("two.star", "out.star")
    assert list(read_coordinates(folder / "out.star").path) == ["x/1.mrc", "y/1.mrc"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["in.star", "out.csv"], "out.csv"),
        (["in.star", "in.star"], "as input and output"),
        (["missing.star", "out.txt"], "missing.star"),
        (["in.star", "out.txt", "--scale", "0"], "--scale 0"),
        (["in.star", "out.txt", "--scale", "inf"], "--scale inf"),
        (["in.star", "out.txt", "--flip-y", "0"], "--flip-y 0"),
        (["in.star", "out.star", "--pixel-size-angstrom", "-1"], "--pixel-size-angstrom -1"),
        (["in.star", "no/folder/out.txt"], "a place to write to"),
        (["in.star", "out.star", "--micrographs", "m/0066.mrc"], "1 names without a micrograph, such as a.b"),
    ],
)
def test_bad_input_says_what_was_found_and_writes_nothing(folder, arguments, message):
    before = sorted(folder.rglob("*"))
    with pytest.raises(PeridotError) as raised:
        run(*arguments)
    assert message in str(raised.value)
    assert sorted(folder.rglob("*")) == before


def test_other_peoples_frame_is_brought_to_ours_on_real_data(shared_data, tmp_path):
    name = "Falcon_2012_06_12-14_57_34_0"
    manual = shared_data / "bgal" / "other_frames" / f"{name}.relion_manual_picks.star"
    run(str(manual), str(tmp_path / "ours.txt"), "--flip-y", "4096", "--scale", "0.5")
    ours, theirs = (
        read_coordinates(tmp_path / "ours.txt"),
        read_coordinates(shared_data / "bgal" / "particles.star"),
    )
    gaps = ours.xy[:, None] - theirs.of(name).xy[None]
    assert np.median(np.linalg.norm(gaps, axis=2).min(axis=1)) < 8


def test_filaments_are_paired_and_cut_into_segments(folder, capsys):
    rows = Coordinates(["a.b"] * 4, [10, 50, 30, 30], [20, 20, 40, 90])
    write_coordinates(folder / "pairs.star", rows)
    run(
        "pairs.star",
        "segments.star",
        "--filaments",
        "--segments-angstrom",
        "30",
        "--pixel-size-angstrom",
        "1.5",
    )
    found = read_coordinates(folder / "segments.star")
    assert found.tube.tolist() == [1, 1, 1, 2, 2, 2]
    assert "_rlnAnglePsiPrior" in (folder / "segments.star").read_text()
    run("segments.star", "back.star", "--filaments")
    back = read_coordinates(folder / "back.star")
    assert back.xy.tolist() == [[10, 20], [50, 20], [30, 40], [30, 80]]
    capsys.readouterr()


@pytest.mark.parametrize(
    "options", [["--filaments", "--segments-angstrom", "30"], ["--segments-angstrom", "3"]]
)
def test_segments_need_filaments_and_a_pixel_size(folder, options):
    with pytest.raises(PeridotError, match="--segments-angstrom"):
        run("in.star", "out.star", *options)


def test_rows_that_are_no_pairs_are_refused(folder):
    with pytest.raises(PeridotError, match="odd number"):
        run("in.star", "out.star", "--filaments")
