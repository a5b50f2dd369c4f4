"""The table of settings: flags, environment, defaults, documentation."""

import argparse
from pathlib import Path

import pytest

from server import settings
from topazcore.errors import SettingsError

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "settings.md"


def parsed(*flags: str, environment: dict | None = None) -> settings.Settings:
    parser = argparse.ArgumentParser()
    settings.add_arguments(parser)
    return settings.gather(Path("x"), vars(parser.parse_args(flags)), environment or {})


def test_the_documentation_shows_every_setting_as_the_table_has_it():
    assert settings.documentation() in DOCUMENT.read_text(encoding="utf-8")


@pytest.mark.parametrize("row", settings.TABLE, ids=lambda row: row.name)
def test_every_setting_has_help_and_a_default_that_is_shown(row):
    assert len(row.metadata["help"]) > 10
    assert row.metadata["shown"]
    assert row.metadata["kind"] in (str, int, bool, tuple, Path)


def test_without_anything_the_defaults_hold():
    chosen = parsed()
    assert (chosen.host, chosen.port, chosen.token, chosen.max_clients) == ("127.0.0.1", None, None, 20)


def test_flags_win_over_the_environment_and_the_environment_over_defaults():
    environment = {"PERIDOT_PORT": "9000", "PERIDOT_MAX_CLIENTS": "3", "PERIDOT_NO_BROWSER": "yes"}
    chosen = parsed("--port", "9001", environment=environment)
    assert (chosen.port, chosen.max_clients, chosen.no_browser) == (9001, 3, True)


def test_names_are_a_list_separated_by_commas():
    assert parsed("--allow-host", "Hub.example, other").allow_host == ("hub.example", "other")


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--port", "80.5"], "--port is '80.5'"),
        (["--port", "-1"], "--port is '-1'"),
        (["--port", "70000"], "port 70000"),
        (["--max-clients", "0"], "at least 1"),
        (["--cache-mb", "１６"], "--cache-mb"),
        (["--log-level", "loud"], "one of debug"),
        (["--base-path", "no/slash"], "base path"),
        (["--base-path", "/../x"], "base path"),
    ],
)
def test_a_value_that_makes_no_sense_is_refused_by_name(flags, message):
    with pytest.raises(SettingsError, match=message):
        parsed(*flags)


def test_a_wrong_variable_is_refused_by_its_own_name():
    with pytest.raises(SettingsError, match="PERIDOT_NO_BROWSER is 'maybe'"):
        parsed(environment={"PERIDOT_NO_BROWSER": "maybe"})


@pytest.mark.parametrize(("given", "kept"), [("/a/b/", "/a/b"), ("", ""), ("/user/anna-1", "/user/anna-1")])
def test_the_base_path_has_no_slash_at_its_end(given, kept):
    assert parsed("--base-path", given).base_path == kept
