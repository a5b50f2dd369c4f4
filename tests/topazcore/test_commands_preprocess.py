"""`run.py preprocess`, called as run.py calls it."""

import argparse

import numpy as np
import pytest

from topazcore.commands import preprocess as command
from topazcore.errors import MicrographError, SettingsError
from topazcore.images.mrc import encode_mrc
from topazcore.micrograph import read_header, read_micrograph
from topazcore.mixture import fit_mixture, sample
from topazcore.preprocess import prepare, read_compact


def run(*arguments) -> int:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return command.run(parser.parse_args([str(argument) for argument in arguments]))


@pytest.fixture
def folder(tmp_path):
    rng = np.random.default_rng(0)
    for name in ("a", "sub/b"):
        path = tmp_path / "in" / f"{name}.mrc"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(encode_mrc(rng.normal(size=(90, 102)), 2.0))
    return tmp_path / "in"


def test_every_micrograph_is_written_as_the_network_sees_it(folder, tmp_path, capsys):
    assert run(folder, "--out", tmp_path / "out", "--downsample", 4) == 0
    small = read_micrograph(tmp_path / "out" / "a.mrc")
    np.testing.assert_array_equal(small, prepare(folder / "a.mrc", 4))
    assert read_header(tmp_path / "out" / "a.mrc").pixel_size_angstrom == pytest.approx(
        2.0 * 102 / 26, rel=1e-5
    )
    assert (tmp_path / "out" / "b.mrc").exists()
    assert "2 micrographs written" in capsys.readouterr().out


def test_the_factor_can_come_from_the_diameter(folder, tmp_path):
    assert run(folder / "a.mrc", "--out", tmp_path / "out", "--diameter-angstrom", 150) == 0
    assert read_header(tmp_path / "out" / "a.mrc").pixel_size_angstrom > 4


def test_the_factor_need_not_be_whole(folder, tmp_path):
    assert run(folder / "a.mrc", "--out", tmp_path / "out", "--downsample", 2.5) == 0
    small = read_header(tmp_path / "out" / "a.mrc")
    assert (small.height, small.width) == (36, 41)


def test_with_a_mixture_all_that_can_be_read_share_one(folder, tmp_path):
    (folder / "broken.mrc").write_bytes(b"junk")
    out = tmp_path / "out"
    assert run(folder, "--out", out, "--downsample", 2, "--normalisation", "mixture") == 2
    mixture = fit_mixture([sample(read_compact(folder / name, 2).image()) for name in ("a.mrc", "sub/b.mrc")])
    np.testing.assert_array_equal(read_micrograph(out / "a.mrc"), prepare(folder / "a.mrc", 2, mixture))
    assert sorted(path.name for path in out.iterdir()) == ["a.mrc", "b.mrc"]


def test_what_cannot_be_read_is_listed_and_the_rest_is_written(folder, tmp_path, capsys):
    (folder / "broken.mrc").write_bytes((folder / "a.mrc").read_bytes()[:-1])
    assert run(folder, "--out", tmp_path / "out", "--downsample", 2) == 2
    said = capsys.readouterr()
    assert "left out: broken.mrc has" in said.err
    assert "2 micrographs written" in said.out
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a.mrc", "b.mrc"]


def test_a_micrograph_without_a_pixel_size_needs_one(folder, tmp_path, capsys):
    (folder / "a.mrc").write_bytes(encode_mrc(np.eye(40), None))
    out = ("--out", tmp_path / "out", "--diameter-angstrom", 100)
    assert run(folder / "a.mrc", *out) == 2
    assert "a.mrc has no pixel size" in capsys.readouterr().err
    assert run(folder / "a.mrc", *out, "--pixel-size-angstrom", 3) == 0


def test_an_earlier_output_inside_the_folder_is_no_input(folder, capsys):
    for _ in range(2):
        assert run(folder, "--out", folder / "small", "--downsample", 2) == 0
        assert "2 micrographs written" in capsys.readouterr().out


def test_nothing_of_the_users_is_overwritten(folder):
    before = (folder / "a.mrc").read_bytes()
    with pytest.raises(SettingsError, match="would overwrite"):
        run(folder, "--out", folder, "--downsample", 2)
    assert (folder / "a.mrc").read_bytes() == before


@pytest.mark.parametrize(
    "bad", [("--downsample", 0), ("--diameter-angstrom", 100, "--pixel-size-angstrom", -1)], ids=str
)
def test_bad_numbers_are_refused_before_anything_is_written(folder, tmp_path, bad):
    with pytest.raises(SettingsError):
        run(folder, "--out", tmp_path / "out", *bad)
    assert not (tmp_path / "out").exists()


def test_a_folder_without_micrographs_is_refused(tmp_path):
    with pytest.raises(MicrographError, match="no micrograph in"):
        run(tmp_path, "--out", tmp_path / "out", "--downsample", 2)
