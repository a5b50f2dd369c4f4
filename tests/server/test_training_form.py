"""The table of the Train form: nothing in it is said twice, and nothing that it says is wrong."""

import dataclasses

import pytest

from server.training_form import GROUPS, check, split, table
from topazcore.config import TrainingSettings
from topazcore.errors import SettingsError

FIELDS = {row.name: row for row in dataclasses.fields(TrainingSettings)}


def test_every_row_is_a_setting_with_its_own_range_default_and_help():
    for row in table():
        about = FIELDS[row["name"]].metadata
        assert (row["low"], row["high"], row["help"]) == (about.get("low"), about.get("high"), about["help"])
        assert row["default"] == FIELDS[row["name"]].default
        assert [each["value"] for each in row["choices"]] == list(about.get("names", ()))


def test_rows_stand_in_their_groups_and_each_once():
    names = [row["name"] for row in table()]
    assert len(names) == len(set(names)) == sum(len(rows) for rows in GROUPS.values())
    assert list(dict.fromkeys(row["group"] for row in table())) == list(GROUPS)


def test_kinds_follow_from_the_settings_types():
    kinds = {row["name"]: row["kind"] for row in table()}
    assert (kinds["slack"], kinds["seed"], kinds["objective"]) == ("number", "whole", "choice")


def test_words_of_choices_belong_to_a_choice_that_there_is():
    for rows in GROUPS.values():
        for row in rows:
            assert {name for name, _ in row.words} <= set(FIELDS[row.name].metadata.get("names", ()))


def test_a_default_of_none_has_a_word_for_the_empty_field():
    assert [row["name"] for row in table() if row["default"] is None and not row["unset"]] == []


def test_the_form_is_served(client):
    assert client.get("/api/training-settings")["settings"] == table()


def test_the_warm_start_is_told_apart_from_the_training():
    assert split({"seed": 3, "warm_start": False}) == ({"seed": 3}, False)
    assert split({"seed": 3}) == ({"seed": 3}, None)


@pytest.mark.parametrize(
    "given", [{"warm_start": 1}, {"colour": "red"}, {"seed": -1}, {"objective": "x"}], ids=str
)
def test_what_no_training_takes_is_refused(given):
    with pytest.raises(SettingsError):
        check(given)
