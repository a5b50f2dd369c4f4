"""Results on disk and on the page, and how far an experiment is."""

import io
import json

import pytest

from topazcore.errors import PeridotError
from topazcore.experiments import progress
from topazcore.experiments.experiment import Experiment, Table
from topazcore.experiments.plots import curve_with_spread, draw_picture
from topazcore.experiments.progress import Progress, duration
from topazcore.experiments.report import markdown, publish, read_result, replace_section, write_result

ROWS = [
    {"labels": 10, "seed": 0, "value": 0.25, "cpu_seconds": 60.0},
    {"labels": 10, "seed": 1, "value": 1 / 3, "cpu_seconds": 30.0},
]
RESULT = {
    "experiment": "trial",
    "form": "full",
    "date": "2026-11-24",
    "machine": {"cores": 2, "processor": "abacus", "python": "3.11.7", "torch": "2.13.0"},
    "code": "abc",
    "seconds": 3.0,
    "settings": {"threads": 1},
    "sets": [],
    "trials": [{}, {}],
    "rows": ROWS,
}
PAGE = "before\n\n<!-- bench trial -->\nold\n<!-- end of bench trial -->\n\nafter\n"


def show(rows):
    return [
        "A sentence.",
        Table("Values:", ["seed", "value"], [[str(r["seed"]), f"{r['value']:.2f}"] for r in rows]),
    ]


def draw(rows, figure):
    curve_with_spread(figure.subplots(), rows, "labels", "value")


EXPERIMENT = Experiment(plan=lambda form: [], measure="none", show=show, draw=draw)


def test_tables_become_markdown_under_where_they_come_from():
    assert markdown(EXPERIMENT, RESULT, "trial.png") == (
        "*2 trainings, 1 min 30 s of CPU time, on 2026-11-24: 2 cores (abacus), Python 3.11.7, torch 2.13.0; "
        "code `abc`.*\n\n![trial](trial.png)\n\nA sentence.\n\nValues:\n\n| seed | value |\n| --- | --- |\n"
        "| 0 | 0.25 |\n| 1 | 0.33 |"
    )


def test_only_what_stands_between_the_marks_is_replaced():
    assert replace_section(PAGE, "trial", "new") == PAGE.replace("\nold\n", "\n\nnew\n\n")
    assert replace_section(replace_section(PAGE, "trial", "x"), "trial", "new") == replace_section(
        PAGE, "trial", "new"
    )


@pytest.mark.parametrize("page", ["", "<!-- bench trial -->", "<!-- end of bench trial -->"])
def test_a_page_without_both_marks_is_refused(page):
    with pytest.raises(PeridotError, match="without the marks of trial"):
        replace_section(page, "trial", "new")


def test_a_result_comes_back_with_six_digits_and_a_row_on_a_line(tmp_path):
    write_result(RESULT, tmp_path / "trial.json")
    found = read_result(tmp_path / "trial.json")
    assert found == {**RESULT, "rows": [ROWS[0], {**ROWS[1], "value": 0.333333}]}
    lines = (tmp_path / "trial.json").read_text(encoding="utf-8").splitlines()
    assert sum('"seed"' in line for line in lines) == 2


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"rows": [], "machine": {"cores": 2}, "form": "full"}'])
def test_what_is_no_result_is_refused(tmp_path, text):
    (tmp_path / "trial.json").write_text(text)
    with pytest.raises(PeridotError, match=r"trial\.json"):
        read_result(tmp_path / "trial.json")


def test_publishing_writes_section_picture_and_rows_and_can_be_repeated_without_the_run(tmp_path):
    out, docs = tmp_path / "out", tmp_path / "docs"
    out.mkdir()
    docs.mkdir()
    (docs / "experiments.md").write_text(PAGE)
    assert publish("trial", EXPERIMENT, out, docs) == "no full run yet"
    write_result(RESULT, out / "trial.json")
    publish("trial", EXPERIMENT, out, docs)
    page = (docs / "experiments.md").read_text(encoding="utf-8")
    assert page.startswith("before\n") and page.endswith("after\n") and "old" not in page
    assert "![trial](pictures/experiments/trial.png)" in page
    picture = (docs / "pictures/experiments/trial.png").read_bytes()
    assert picture.startswith(b"\x89PNG") and len(picture) < 100_000
    (out / "trial.json").unlink()
    publish("trial", EXPERIMENT, out, docs)
    assert (docs / "experiments.md").read_text(encoding="utf-8") == page
    assert (docs / "pictures/experiments/trial.png").read_bytes() == picture
    assert json.loads((docs / "experiments/trial.json").read_text())["rows"][0] == ROWS[0]


def test_one_value_is_drawn_without_a_bar(tmp_path):
    draw_picture(EXPERIMENT, ROWS[:1], tmp_path / "one.png")
    assert (tmp_path / "one.png").stat().st_size > 1000


@pytest.mark.parametrize(
    "seconds, words", [(0.4, "0 s"), (59.6, "1 min 0 s"), (200, "3 min 20 s"), (3900, "1 h 5 min")]
)
def test_durations_in_words(seconds, words):
    assert duration(seconds) == words


def test_the_time_left_counts_only_what_was_done_now(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    stream = io.StringIO()
    told = Progress("trial", stream)
    told.begin(total=10, kept=4)
    now[0] += 6
    told.advance()
    assert stream.getvalue().splitlines() == [
        "trial: 10 trials, 4 of them finished before",
        "trial: 5 of 10, 30 s left",
    ]
