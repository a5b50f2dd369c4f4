"""Finished trials: known by all that their outcome depends on, whole after a kill."""

from dataclasses import replace

import pytest

from topazcore.experiments import ledger
from topazcore.experiments.experiment import Trial
from topazcore.experiments.ledger import Ledger, key_of
from topazcore.experiments.sets import standard_set

TRIAL = Trial(
    {"objective": "pn"}, standard_set("stick", quick=True), labels=5, seed=0, settings={"slack": 1.0}
)


def test_what_was_added_is_there_after_a_restart(tmp_path):
    Ledger(tmp_path / "trials.jsonl").add("k", TRIAL, {"value": 0.5, "curve": [1, 2]})
    again = Ledger(tmp_path / "trials.jsonl")
    assert again.get("k") == {"value": 0.5, "curve": [1, 2]}
    assert again.get("other") is None


def test_a_line_cut_short_is_none_and_hurts_no_other(tmp_path):
    path = tmp_path / "trials.jsonl"
    Ledger(path).add("a", TRIAL, {"value": 1})
    with path.open("ab") as stream:
        stream.write(b'{"key": "b", "val')
    Ledger(path).add("c", TRIAL, {"value": 3})
    found = Ledger(path)
    assert [found.get(key) for key in "abc"] == [{"value": 1}, None, {"value": 3}]


@pytest.mark.parametrize(
    "change",
    [
        {"labels": 6},
        {"seed": 1},
        {"settings": {}},
        {"data": standard_set("globule", True)},
        {"expected_times": 2.0},
    ],
    ids=lambda change: next(iter(change)),
)
def test_every_part_of_a_trial_is_in_its_key(change):
    assert key_of(TRIAL, "site_level") == key_of(replace(TRIAL), "site_level")
    assert key_of(replace(TRIAL, **change), "site_level") != key_of(TRIAL, "site_level")


def test_what_it_is_judged_by_and_the_code_are_in_its_key(monkeypatch):
    key = key_of(TRIAL, "site_level")
    assert key_of(TRIAL, "curve_of_picks") != key
    monkeypatch.setattr(ledger, "code_fingerprint", lambda: "other code")
    assert key_of(TRIAL, "site_level") != key


def test_the_fingerprint_is_of_what_trains_and_not_of_what_draws(tmp_path, monkeypatch):
    for name in ("training.py", "experiments/runs.py", "experiments/plots.py", "commands/bench.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("1")
    monkeypatch.setattr(ledger, "_SOURCE", tmp_path)
    fingerprint = ledger.code_fingerprint.__wrapped__
    before = fingerprint()
    for name, matters in (("experiments/plots.py", False), ("commands/bench.py", False),
                          ("training.py", True), ("experiments/runs.py", True)):  # fmt: skip
        (tmp_path / name).write_text("2")
        assert (fingerprint() != before) == matters, name
        (tmp_path / name).write_text("1")
