"""run.py from the outside: what a newcomer types, and what goes wrong before anything is installed."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import run

ROOT = Path(__file__).resolve().parents[1]


def call(*arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, ROOT / "run.py", *arguments], capture_output=True, text=True, check=False
    )


def test_help_names_every_command():
    shown = call("--help").stdout
    assert all(f"\n  {name} " in shown for name in [*run.COMMANDS, *run.BUILT_IN])


def test_an_unknown_command_is_one_line_with_what_was_expected():
    answer = call("trian")
    assert answer.returncode == 2
    assert answer.stderr.count("\n") == 1
    assert "'trian'" in answer.stderr and "train" in answer.stderr


@pytest.mark.parametrize("command", run.COMMANDS)
def test_every_command_has_help(command):
    answer = call(command, "--help")
    assert answer.returncode == 0
    assert answer.stdout.startswith(f"usage: run.py {command}")


def test_a_wrong_option_is_one_line_and_exit_code_two():
    answer = call("simulate", "--no-such-option")
    assert (answer.returncode, answer.stderr.count("\n")) == (2, 1)


def test_the_environment_is_current_only_for_the_files_it_was_made_from(tmp_path, monkeypatch):
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("numpy==2.4.6\n")
    stamp = tmp_path / "stamp.json"
    monkeypatch.setattr(run, "STAMP", stamp)
    assert run.installed() == {}
    stamp.write_text(json.dumps(run.fingerprint([requirements])))
    assert run.fingerprint([requirements]).items() <= run.installed().items()
    requirements.write_text("numpy==2.4.7\n")
    assert not run.fingerprint([requirements]).items() <= run.installed().items()


def test_a_torn_stamp_counts_as_not_installed(tmp_path, monkeypatch):
    monkeypatch.setattr(run, "STAMP", tmp_path / "stamp.json")
    run.STAMP.write_text('{"requirements.txt": "12')
    assert run.installed() == {}


def test_a_failing_step_names_itself_and_what_to_type():
    with pytest.raises(run.Refusal, match=r"installing the packages failed with exit code 3; .* -c"):
        run.run_step([sys.executable, "-c", "raise SystemExit(3)"], "installing the packages")


def test_the_named_browser_wins_and_must_exist(tmp_path, monkeypatch):
    browser = tmp_path / "chrome"
    monkeypatch.setenv("PERIDOT_BROWSER", str(browser))
    assert run.find_browser() is None
    browser.touch()
    assert run.find_browser() == str(browser)


def test_where_one_package_is_unknown_the_next_is_installed(monkeypatch):
    asked = []

    def install(command, check):
        asked.append(command[-1])
        return subprocess.CompletedProcess(command, int(command[-1] == "chromium-headless-shell"))

    monkeypatch.setattr(run.subprocess, "run", install)
    monkeypatch.setattr(run, "find_browser", lambda: "/usr/bin/chromium" if "chromium" in asked else None)
    assert run.install_browser() == "/usr/bin/chromium"
    assert asked == ["chromium-headless-shell", "chromium"]


def test_no_browser_and_no_way_to_install_one_says_what_to_type(monkeypatch):
    monkeypatch.setattr(run, "find_browser", lambda: None)
    monkeypatch.setattr(run.shutil, "which", lambda name: None)
    with pytest.raises(run.Refusal, match="sudo apt install chromium"):
        run.require_browser()


def test_requirements_are_pinned_with_a_reason_each():
    for name in ("requirements.txt", "requirements-dev.txt"):
        lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
        pins = [line for line in lines if line and not line.startswith("#")]
        assert pins
        assert all("==" in line and "  # " in line for line in pins)
    assert "torch==2.13.0" in (ROOT / "requirements.txt").read_text(encoding="utf-8")


def test_doctor_reports_a_missing_environment_as_wrong(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(run, "ENVIRONMENT_PYTHON", tmp_path / "bin/python")
    assert run.doctor() == 1
    assert "WRONG  environment  not made yet" in capsys.readouterr().out


@pytest.mark.parametrize("command, needed", [("bench", True), ("test", True), ("train", False)])
def test_what_draws_and_tests_is_installed_only_for_who_needs_it(command, needed, monkeypatch):
    prepared = []
    monkeypatch.setattr(run, "inside_environment", lambda: False)
    monkeypatch.setattr(run, "prepare_environment", lambda for_development: prepared.append(for_development))
    monkeypatch.setattr(run, "enter_environment", lambda: sys.exit(0))
    with pytest.raises(SystemExit):
        run.main([command])
    assert prepared == [needed]
    names = [path.name for path in run.requirement_files(for_development=needed)]
    assert ("requirements-dev.txt" in names) == needed
