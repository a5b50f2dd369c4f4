import argparse
import json
import sys

import numpy as np
import pytest

from topazcore.commands import bench
from topazcore.errors import PeridotError
from topazcore.experiments import peer
from topazcore.experiments.sets import open_set, standard_set
from topazcore.images.mrc import encode_mrc
from topazcore.micrograph import read_micrograph
from topazcore.speed.cost import cost_of
from topazcore.speed.frames import as_the_network_sees_it, linked, write_full_size
from topazcore.speed.page import publish
from topazcore.speed.table import markdown, ratios


def row(path: str, program: str, wall: float, cpu: float, units: int = 1, **more: object) -> dict:
    return {"path": path, "program": program, "round": 0, "wall_seconds": wall, "cpu_seconds": cpu,
            "peak_bytes": 2_000_000, "units": units, **more}  # fmt: skip


ROWS = [
    *(row("preprocessing", "ours", wall, 4.0, 4) for wall in (1.0, 2.0, 6.0)),
    row("preprocessing", "reference", 10.0, 8.0, 4),
    row("training", "reference", 300.0, 500.0, average_precision=0.4, steps=400),
    *(
        row("training", "ours", 3.0, 5.0, average_precision=0.5, steps=69, reached_at_step=step,
            reached_cpu_seconds=seconds)
        for step, seconds in ((20, 4.0), (30, 5.0), (40, 9.0))
    ),
]  # fmt: skip


def test_ratios_are_of_medians_for_one_micrograph_each():
    assert ratios(ROWS) == {
        "preprocessing wall": pytest.approx(5.0),
        "preprocessing cpu": pytest.approx(2.0),
        "training cpu": pytest.approx(100.0),
    }


def test_a_training_that_never_got_so_far_has_no_ratio():
    rows = [{**ROWS[4], "average_precision": 0.9}, {**ROWS[5], "reached_cpu_seconds": None}]
    assert ratios(rows) == {}
    assert "the reference's after" not in markdown(rows)


def test_a_line_holds_median_spread_memory_and_ratio():
    lines = markdown(ROWS).splitlines()
    assert lines[2] == (
        "| preprocessing, a micrograph | ours | 0.5 (0.25 to 1.5) | 1 (1 to 1) | 2 MB |  | "
        "5.0 times the wall time, 2.0 times the cpu time |"
    )
    assert "average precision 0.500 after 69 steps; the reference's after 5.0 CPU s (step 30)" in lines[4]
    assert len(lines) == 6


def test_what_a_process_takes_is_seen():
    hungry = (
        "import time; kept = bytearray(200_000_000); kept[::4096] = bytes(len(kept[::4096])); time.sleep(0.2)"
    )
    cost = cost_of([sys.executable, "-c", hungry], units=3)
    small = cost_of([sys.executable, "-c", "pass"])
    assert cost.units == 3 and cost.wall_seconds >= 0.2
    assert cost.peak_bytes - small.peak_bytes > 150_000_000
    assert cost.cpu_seconds > 0


def test_a_command_that_fails_says_its_last_words():
    with pytest.raises(PeridotError, match="no luck"):
        cost_of([sys.executable, "-c", "import sys; print('first'); sys.exit('no luck')"])


def test_the_truth_moves_with_its_micrographs(tmp_path):
    data = open_set(standard_set("globule", quick=True), tmp_path)
    seen = as_the_network_sees_it(data, tmp_path / "seen")
    name = next(iter(data.test))
    factor = data.pixel_size_angstrom / seen.pixel_size_angstrom
    np.testing.assert_allclose(seen.truth.of(name).xy, data.truth.of(name).xy * factor, atol=0.5)
    assert read_micrograph(seen.test[name]).shape == (round(256 * factor),) * 2
    assert list(seen.train) == list(data.train) and len(seen.truth) == len(data.truth)


def test_a_small_set_is_linked_under_more_names(tmp_path):
    paths = {}
    for name in ("a", "b"):
        paths[name] = tmp_path / f"{name}.mrc"
        paths[name].write_bytes(encode_mrc(np.zeros((4, 4), np.float32), 1.0))
    links = linked(paths, tmp_path / "links", 5)
    assert [link.stem for link in links] == ["a", "b", "a-again2", "b-again3", "a-again4"]
    assert all(link.resolve() == paths[link.stem[0]] for link in links)


def test_full_size_micrographs_have_noise_and_carbon(tmp_path):
    (path,) = write_full_size(tmp_path, 1, 96)
    image = read_micrograph(path)
    assert image.shape == (96, 96) and image.dtype == np.float32
    assert image[:, 32:].mean() - image[:, :32].mean() == pytest.approx(2, abs=0.1)


def test_without_the_reference_only_ours_is_measured(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(peer, "ENVIRONMENT", tmp_path / "none")
    parser = argparse.ArgumentParser()
    bench.add_arguments(parser)
    assert bench.run(parser.parse_args(["speed", "--quick", "--out", str(tmp_path / "out")])) == 0
    result = json.loads((tmp_path / "out" / "speed-quick.json").read_text())
    measured = {(found["path"], found["program"]) for found in result["rows"]}
    assert measured == {(path, "ours") for path in ("preprocessing", "training", "picking", "suppression")}
    assert all(found["wall_seconds"] > 0 and found["cpu_seconds"] > 0 for found in result["rows"])
    assert result["ratios"] == {} and "| picking, a micrograph | ours |" in capsys.readouterr().out


def result(rows: list[dict]) -> dict:
    machine = {"cores": 2, "processor": "x86_64", "system": "Linux", "torch": "2.13.0"}
    return {"date": "2026-11-24", "machine": machine, "seconds": 600.0, "micrographs": "given",
            "size": {"labels": 60, "rounds": 3}, "rows": rows}  # fmt: skip


def test_the_page_gets_the_last_full_result_and_keeps_the_rest(tmp_path):
    docs, found = tmp_path / "docs", tmp_path / "speed.json"
    docs.mkdir()
    page = "# Speed\n\nMine.\n\n<!-- bench speed -->old<!-- end of bench speed -->\n\nAlso mine.\n"
    (docs / "performance.md").write_text(page)
    assert publish(found, docs) == "no full result"
    found.write_text(json.dumps(result(ROWS)))
    assert publish(found, docs) == "taken from a full run"
    text = (docs / "performance.md").read_text()
    assert "Mine." in text and "Also mine." in text and "old" not in text
    assert "Measured on 2026-11-24 in one run of 10 minutes" in text and markdown(ROWS) in text
    found.unlink()
    assert publish(found, docs) == "written from its kept result"
    assert (docs / "performance.md").read_text() == text


def test_a_page_without_marks_is_refused(tmp_path):
    (tmp_path / "performance.md").write_text("# Speed\n")
    found = tmp_path / "speed.json"
    found.write_text(json.dumps(result(ROWS)))
    with pytest.raises(PeridotError, match="without the marks"):
        publish(found, tmp_path)
