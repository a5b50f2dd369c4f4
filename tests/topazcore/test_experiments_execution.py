"""Every experiment in its quick form, from the command to its page; trials that go on and run side by side."""

import argparse
import json

import pytest

from topazcore.commands import bench
from topazcore.errors import PeridotError, SettingsError
from topazcore.experiments import EXPERIMENTS, load_experiment, measures
from topazcore.experiments.execution import run_trials
from topazcore.experiments.experiment import Form
from topazcore.experiments.progress import Progress

# What each row must have besides labels, seed and CPU seconds: facts, and values between 0 and 1.
FACTS = {
    "objectives": ("particle", "objective"),
    "autoencoder": ("gamma",),
    "prior": ("particle", "times"),
    "normalisation": ("normalisation",),
    "thresholds": ("particle",),
    "classifiers": ("set", "classifier"),
    "few": ("set",),
    "reference": ("set", "program"),
}
VALUES = {
    "objectives": ("site_average_precision",),
    "autoencoder": ("site_average_precision",),
    "prior": ("site_average_precision", "pick_average_precision", "best_f1", "precision_at_0", "recall_at_0"),
    "normalisation": ("site_average_precision",),
    "thresholds": ("pick_average_precision",),
    "few": ("best_f1", "precision_at_0", "recall_at_0"),
    "reference": ("site_average_precision",),
    "classifiers": ("site_average_precision", "pick_average_precision", "best_f1"),
}


def call(*arguments: object) -> int:
    parser = argparse.ArgumentParser()
    bench.add_arguments(parser)
    return bench.run(parser.parse_args([str(argument) for argument in arguments]))


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    return tmp_path_factory.mktemp("experiments")


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_the_quick_form_runs_end_to_end(name, out, capsys):
    assert call(name, "--quick", "--out", out) == 0
    result = json.loads((out / f"{name}-quick.json").read_text(encoding="utf-8"))
    asked = load_experiment(name).plan(Form(quick=True))
    assert len(result["rows"]) == len(result["trials"]) == len(asked) >= 2
    for row, trial in zip(result["rows"], asked, strict=True):
        assert {fact: row[fact] for fact in FACTS[name]} == trial.facts
        assert (row["labels"], row["seed"]) == (trial.labels, trial.seed)
        assert row["steps"] == trial.settings["max_steps"]
        assert row["cpu_seconds"] > 0
        assert all(0 < row[value] <= 1 or row[value] == 0 for value in VALUES[name])
    assert result["form"] == "quick" and result["machine"]["cores"] >= 1
    page = (out / f"{name}-quick.md").read_text(encoding="utf-8")
    assert page == capsys.readouterr().out
    assert f"]({name}-quick.png)" in page and page.count("\n| ") > 2
    assert (out / f"{name}-quick.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_the_full_form_asks_for_five_seeds_or_for_the_given_number(name):
    plan = load_experiment(name).plan
    seeds = 3 if name == "classifiers" else 5
    assert {trial.seed for trial in plan(Form())} == set(range(seeds))
    assert {trial.seed for trial in plan(Form(seeds=7))} == set(range(7))


def test_all_objectives_differ_in_nothing_but_the_objective():
    trials = load_experiment("objectives").plan(Form())
    assert {trial.labels for trial in trials} == {10, 50, 100, 250, 1000}
    groups = {}
    for trial in trials:
        rest = {name: value for name, value in trial.settings.items() if name not in ("objective", "slack")}
        groups.setdefault((trial.facts["particle"], trial.labels, trial.seed), []).append((trial.data, rest))
    assert len(groups) == 2 * 5 * 5
    assert all(len(group) == 5 and all(each == group[0] for each in group) for group in groups.values())


def test_the_verdict_names_where_the_subject_is_better_and_worse():
    values = {"GE-binomial": (0.8, 0.5), "PN": (0.6, 0.7), "PU": (0.79, 0.52)}
    wobble = {"GE-binomial": (0, 0, 0), "PN": (0.01, 0, -0.01), "PU": (0.2, -0.2, 0.02)}
    rows = [
        {
            "particle": "stick",
            "objective": name,
            "labels": labels,
            "seed": seed,
            "site_average_precision": value + extra,
        }
        for name, pair in values.items()
        for labels, value in zip((10, 50), pair, strict=True)
        for seed, extra in enumerate(wobble[name])
    ]
    verdict = load_experiment("objectives").show(rows)[0]
    assert (
        "- against PN: better at stick 10; worse at stick 50; no difference shown at the other 0" in verdict
    )
    assert "- against PU: better at none; worse at none; no difference shown at the other 2" in verdict


def test_thresholds_are_read_between_the_points_of_a_curve():
    row = {"particle": "stick", "labels": 10, "seed": 0, "truth": 40, "threshold": [2.0, 1.0, 0.0],
           "picks": [10, 20, 40], "true": [10, 18, 22], "picks_at_0": 40, "true_at_0": 22}  # fmt: skip
    lines = load_experiment("thresholds").show([row])[0].rows
    assert lines[1] == ["0.5", "20", "18", "2", "0.900", "0.450"]
    assert lines[2] == ["0.75", "30", "20", "10", "0.667", "0.500"]
    # There are not twice as many picks as particles: all of them.
    assert lines[5][1:] == lines[6][1:] == ["40", "22", "18", "0.550", "0.550"]


def test_a_finished_experiment_is_read_and_not_run_again(out, monkeypatch, capsys):
    call("autoencoder", "--quick", "--out", out)
    rows = json.loads((out / "autoencoder-quick.json").read_text())["rows"]
    monkeypatch.setattr(measures, "site_level", lambda trial, data: pytest.fail("trained again"))
    capsys.readouterr()
    call("autoencoder", "--quick", "--out", out)
    assert json.loads((out / "autoencoder-quick.json").read_text())["rows"] == rows
    assert "autoencoder: 12 trials, 12 of them finished before" in capsys.readouterr().err


def test_an_interrupted_experiment_keeps_what_was_finished(tmp_path, monkeypatch, capsys):
    trials, asked = load_experiment("prior").plan(Form(quick=True))[:3], []

    def interrupted_at_the_third(trial, data):
        asked.append(trial)
        if len(asked) == 3:
            raise KeyboardInterrupt
        return {"value": trial.seed}

    monkeypatch.setattr(measures, "site_and_pick_level", interrupted_at_the_third)
    with pytest.raises(KeyboardInterrupt):
        run_trials(trials, "site_and_pick_level", tmp_path, 1, Progress("prior"))
    rows = run_trials(trials, "site_and_pick_level", tmp_path, 1, Progress("prior"))
    assert asked == [*trials, trials[2]]
    assert [row["value"] for row in rows] == [trial.seed for trial in trials]


def test_trials_side_by_side_give_the_values_of_one_after_the_other(out, tmp_path, capsys):
    trials = load_experiment("autoencoder").plan(Form(quick=True))[:2]
    (tmp_path / "micrographs").symlink_to(out / "micrographs")
    alone, beside = (
        run_trials(trials, "site_level", folder, workers, Progress("autoencoder"))
        for folder, workers in ((out, 1), (tmp_path, 2))
    )
    timeless = [[{**row, "cpu_seconds": None} for row in rows] for rows in (alone, beside)]
    assert timeless[0] == timeless[1]


def test_a_failed_trial_says_why(tmp_path, capsys):
    from dataclasses import replace

    (trial, *_) = load_experiment("prior").plan(Form(quick=True))
    with pytest.raises(PeridotError, match="at most"):
        run_trials([replace(trial, labels=999)], "site_level", tmp_path, 1, Progress("prior"))


def test_without_a_name_it_lists_what_there_is(capsys):
    assert call() == 0
    shown = capsys.readouterr().out
    assert all(f"  {name} " in shown for name in [*EXPERIMENTS, "report"])


@pytest.mark.parametrize(
    "arguments, found",
    [
        (["objectifs"], "experiment 'objectifs'; expected one of objectives"),
        (["prior", "--seeds", 0], "--seeds 0"),
        (["prior", "--workers", 0], "--workers 0"),
        (["classifiers", "--data", "x"], "--data, --coordinates and --diameter-angstrom together"),
        (["prior", "--data", "x", "--coordinates", "y", "--diameter-angstrom", 9], "--data for prior"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_made(arguments, found, tmp_path):
    with pytest.raises(SettingsError, match=found):
        call(*arguments, "--out", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_real_micrographs_become_a_set_of_classifiers():
    form = Form(given=bench.GivenSet("/data", "/data/truth.star", 190.0), quick=True)
    trials = load_experiment("classifiers").plan(form)
    assert {trial.facts["set"] for trial in trials if trial.data == form.given} == {"given micrographs"}


def test_the_page_has_the_marks_of_every_experiment():
    page = (bench._ROOT / "docs" / "experiments.md").read_text(encoding="utf-8")
    for name in EXPERIMENTS:
        assert page.count(f"<!-- bench {name} -->") == page.count(f"<!-- end of bench {name} -->") == 1
