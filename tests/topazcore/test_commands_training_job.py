"""The arguments that `train` and `sweep` share, and the job made of them."""

import argparse
import json
import re

import numpy as np
import pytest

from topazcore.commands import train
from topazcore.commands.training_job import add_training_arguments, job_from
from topazcore.config import TrainingSettings
from topazcore.coordinates import Coordinates
from topazcore.errors import CoordinateError, PeridotError, SettingsError
from topazcore.formats import write_coordinates
from topazcore.images.mrc import encode_mrc

TRIANGLE = [[0, 0], [90, 0], [0, 90]]


@pytest.fixture
def files(blob_folder, tmp_path):
    """labels.txt with two labels on b1 and one on b2; negatives.txt with one on b2."""
    rows = Coordinates(
        np.array(["b1", "b1", "b2"], object), np.array([100.5, 20, 30]), np.array([120.0, 30, 40])
    )
    write_coordinates(tmp_path / "labels.txt", rows)
    write_coordinates(
        tmp_path / "negatives.txt", Coordinates(np.array(["b2"], object), np.ones(1), np.ones(1))
    )
    return tmp_path


def job(folder, files, *arguments):
    parser = argparse.ArgumentParser()
    add_training_arguments(parser)
    usual = [folder, "--coordinates", files / "labels.txt", "--diameter-angstrom", 36]
    return job_from(parser.parse_args([str(each) for each in (*usual, *arguments)]))


def test_without_more_everything_has_its_default(blob_folder, files):
    made = job(blob_folder, files)
    assert made.settings == TrainingSettings(diameter_angstrom=36.0)
    assert [(each.micrograph, each.x, each.label) for each in made.labels] == [
        (1, 100.5, "positive"),
        (1, 20.0, "positive"),
        (2, 30.0, "positive"),
    ]
    assert [each.pixel_size_angstrom for each in made.micrographs] == [2.0, 2.0, None]


def test_every_setting_has_a_flag_or_is_set_by_name(blob_folder, files):
    flags = ["--pi", "0.1", "--classifier", "conv71", "--sampling", "crops", "--normalisation", "mixture"]
    flags += [
        "--held-out",
        "none",
        "--reconstruction",
        "auto",
        "--objective",
        "pn",
        "--seed",
        "7",
        "--units",
        "8",
    ]
    more = ["--set", "rotation=any", "--set", "max_steps=12", "--set", "positive-radius-ds = 4.5"]
    settings = job(blob_folder, files, *flags, *more, "--set", "patience=none").settings
    expected = TrainingSettings(
        diameter_angstrom=36.0,
        pi=0.1,
        classifier="conv71",
        sampling="crops",
        normalisation="mixture",
        held_out="none",
        reconstruction="auto",
        objective="pn",
        seed=7,
        units=8,
        rotation="any",
        max_steps=12,
        positive_radius_ds=4.5,
    )
    assert settings == expected


def test_the_help_names_every_setting():
    parser = argparse.ArgumentParser()
    add_training_arguments(parser)
    shown = parser.format_help().replace("-", "_")
    assert all(name.replace("-", "_") in shown for name in TrainingSettings().as_dict())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--set", "sloth=3"], "setting 'sloth'; expected one of diameter_angstrom"),
        (["--set", "slack"], "--set slack; expected NAME=VALUE"),
        (["--set", "=3"], "--set =3; expected NAME=VALUE"),
        (["--set", "slack=heavy"], "slack 'heavy'; expected a number from 0.0 to 1000.0"),
        (["--set", "max_steps=2.5"], "max_steps 2.5; expected a whole number"),
        (["--set", "units=none"], "units 'none'"),
        (["--set", "slack=1", "--set", "slack=2"], "slack twice"),
        (["--pi", "0.1", "--set", "pi=0.2"], "pi twice"),
        (["--pi", "0"], "pi 0; expected a number from"),
        (["--pi", "1"], "pi 1; expected a number from"),
        (["--pi", "nan"], "pi nan; expected a number from"),
        (["--pi", "many"], "pi 'many'; expected a number from"),
        (["--classifier", "gpt"], "classifier 'gpt'; expected one of conv31"),
        (["--sampling", "random"], "sampling 'random'; expected one of patches, crops"),
        (["--objective", "elbo"], "objective 'elbo'; expected one of"),
    ],
)
def test_a_setting_that_cannot_be_is_one_line(blob_folder, files, arguments, said):
    with pytest.raises(SettingsError, match=re.escape(said)) as refusal:
        job(blob_folder, files, *arguments)
    assert "\n" not in str(refusal.value)


def test_negatives_are_labels_of_their_kind(blob_folder, files):
    labels = job(blob_folder, files, "--negatives", files / "negatives.txt").labels
    assert [(each.micrograph, each.label) for each in labels[3:]] == [(2, "negative")]


@pytest.mark.parametrize("listed", ["b3,b1", " b3 , b1.mrc ,", "{here}/names.txt"])
def test_complete_micrographs_are_named_or_listed_in_a_file(blob_folder, files, listed):
    (files / "names.txt").write_text("b3.mrc\n\nsome/folder/b1\n", encoding="utf-8")
    made = job(blob_folder, files, "--complete", listed.format(here=files))
    assert [each.complete for each in made.micrographs] == [True, False, True]
    assert made.micrographs[2].pixel_size_angstrom == 2.0


def test_exclusions_come_from_a_file_by_name(blob_folder, files, capsys):
    document = {"b2.mrc": [TRIANGLE, TRIANGLE], "b2": [TRIANGLE], "b9": [TRIANGLE], "b1": []}
    (files / "e.json").write_text(json.dumps(document), encoding="utf-8")
    made = job(blob_folder, files, "--exclusions", files / "e.json")
    assert [len(each.exclusions) for each in made.micrographs] == [0, 3, 0]
    assert made.micrographs[1].exclusions[0] == ((0.0, 0.0), (90.0, 0.0), (0.0, 90.0))
    assert "left out: 1 exclusions on b9, not given" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "of another form"),
        (b'{"b1": 3}', "of another form"),
        (b'{"b1": [[[0, 0], [1, 1]]]}', "exclusion 1 on b1"),
        (b'{"b1": [[[0, 0], [1, 1], [2]]]}', "three or more corners"),
        (b'{"b1": [[[0, 0], [1, 1], [2, "3"]]]}', "finite numbers"),
        (b'{"b1": [[[0, 0], [1, 1], [2, NaN]]]}', "finite numbers"),
        (b'{"b1": [[[0, 0], [1, 1], [2, true]]]}', "finite numbers"),
        (b'{"b7": [[[0, 0], [1, 1], [2, 1]]]}', "exclusions on b7 in e.json"),
    ],
)
def test_a_file_that_holds_no_exclusions_is_refused(blob_folder, files, content, said):
    (files / "e.json").write_bytes(content)
    with pytest.raises(CoordinateError, match=re.escape(said)):
        job(blob_folder, files, "--exclusions", files / "e.json")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--exclusions", "{here}/none.json"], "none.json"),
        (["--negatives", "{here}/none.txt"], "none.txt"),
        (["--complete", "b8,b9"], "complete micrographs on b8, b9"),
        (["--complete", " , "], "no complete micrographs"),
        (["--pixel-size-angstrom", "nan"], "--pixel-size-angstrom nan"),
    ],
)
def test_what_names_nothing_is_refused(blob_folder, files, arguments, said):
    with pytest.raises(PeridotError, match=re.escape(said)):
        job(blob_folder, files, *(text.format(here=files) for text in arguments))


def test_a_complete_micrograph_needs_its_pixel_size(blob_folder, files, tmp_path):
    for name in ("b1", "b2"):
        (tmp_path / f"{name}.mrc").write_bytes((blob_folder / f"{name}.mrc").read_bytes())
    (tmp_path / "b3.mrc").write_bytes(encode_mrc(np.zeros((200, 200), np.float32), None))
    assert job(tmp_path, files).micrographs[2].pixel_size_angstrom is None
    with pytest.raises(PeridotError, match=r"b3\.mrc has no pixel size"):
        job(tmp_path, files, "--complete", "b3")


def test_training_says_where_the_prior_comes_from_and_what_exclusions_took(blob_folder, files, capsys):
    (files / "e.json").write_text(json.dumps({"b1": [TRIANGLE]}), encoding="utf-8")
    parser = argparse.ArgumentParser()
    train.add_arguments(parser)
    arguments = [blob_folder, "--coordinates", files / "labels.txt", "--diameter-angstrom", 36]
    arguments += ["--exclusions", files / "e.json", "--complete", "b1,b2,b3", "--set", "max_steps=2"]
    assert train.run(parser.parse_args([str(each) for each in (*arguments, "--out", files / "m")])) == 0
    said = capsys.readouterr()
    assert "1 labels in exclusions" in said.err
    assert "2 labels of 3 micrographs" in said.out
    assert "0.6902 particles expected per micrograph (counted on the complete micrographs)" in said.out


def test_filaments_give_labels_no_closer_than_picks(blob_folder, files):
    rows = Coordinates(np.array(["b1", "b1"], object), np.array([20.0, 60.0]), np.array([30.0, 30.0]))
    write_coordinates(files / "pairs.star", rows)
    usual = [blob_folder, "--filaments", files / "pairs.star", "--diameter-angstrom", 36]

    def made(*more) -> list[float]:
        parser = argparse.ArgumentParser()
        add_training_arguments(parser)
        return [
            each.x for each in job_from(parser.parse_args([str(each) for each in (*usual, *more)])).labels
        ]

    assert made() == made("--filament-spacing-angstrom", 10) == [20, 29, 38, 47, 56]
    assert made("--filament-spacing-angstrom", 40) == [20, 40, 60]
    assert made("--filament-spacing-angstrom", 40, "--coordinates", files / "labels.txt")[:3] == [
        100.5,
        20,
        30,
    ]
    with pytest.raises(SettingsError, match="filament-spacing"):
        made("--filament-spacing-angstrom", 0)


def test_a_training_needs_labels_or_filaments(blob_folder):
    parser = argparse.ArgumentParser()
    add_training_arguments(parser)
    with pytest.raises(SettingsError, match="no labels"):
        job_from(parser.parse_args([str(blob_folder), "--diameter-angstrom", "36"]))
