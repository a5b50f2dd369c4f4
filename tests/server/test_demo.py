"""`run.py demo`: what is made on the first start, and what is not made again."""

import argparse
from dataclasses import replace

import pytest

from server.commands import demo
from server.database import Database
from server.errors import StartError
from server.lock import ProjectLock
from server.store import Store
from topazcore.simulate import demo_settings


@pytest.fixture
def served(monkeypatch) -> list:
    """What would have been served, with a demo of two small micrographs."""
    seen = []
    small = replace(
        demo_settings(), micrographs=2, size_px=256, particles_per_micrograph=3, carbon=0, gold=0, ice=0
    )
    monkeypatch.setattr(demo, "demo_settings", lambda: small)
    monkeypatch.setattr(demo, "serve", lambda chosen: seen.append(chosen) or 0)
    return seen


def parsed(*flags: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    demo.add_arguments(parser)
    return parser.parse_args(flags)


def test_the_first_start_simulates_and_types_the_diameter_and_nothing_else(tmp_path, served, capsys):
    assert demo.run(parsed("--folder", str(tmp_path / "demo"), "--port", "0")) == 0
    assert sorted(path.name for path in (tmp_path / "demo").iterdir()) == [
        ".peridot", "0001.mrc", "0002.mrc", "truth.star"
    ]  # fmt: skip
    state = tmp_path / "demo" / ".peridot"
    database = Database(state / "peridot.sqlite", state / "backups")
    _, kept = Store(database).settings()
    database.close()
    assert kept["diameter_angstrom"] == demo_settings().diameter_angstrom
    assert (kept["expected_particles"], kept["pixel_size_angstrom"], kept["view"]) == (None, None, {})
    assert "this happens once" in capsys.readouterr().out
    assert (served[0].folder, served[0].port) == (tmp_path / "demo", 0)


def test_the_second_start_makes_nothing_anew(tmp_path, served):
    for _ in range(2):
        demo.run(parsed("--folder", str(tmp_path / "demo")))
        (tmp_path / "demo" / "0001.mrc").touch()
    made = (tmp_path / "demo" / "truth.star").stat().st_mtime_ns
    demo.run(parsed("--folder", str(tmp_path / "demo")))
    assert (tmp_path / "demo" / "truth.star").stat().st_mtime_ns == made
    assert len(served) == 3


def test_a_demo_that_another_server_is_making_is_left_alone(tmp_path, served):
    (tmp_path / "demo" / ".peridot").mkdir(parents=True)
    lock = ProjectLock(tmp_path / "demo" / ".peridot" / "lock")
    with pytest.raises(StartError, match="another server"):
        demo.run(parsed("--folder", str(tmp_path / "demo")))
    lock.release()
    assert served == []
