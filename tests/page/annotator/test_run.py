"""A training that is paused, resumed and measured: what the page shows and what it tells the job."""

import re

import pytest
from playwright.sync_api import expect

from tests.page.annotator.test_training import JOB, STARTED, STEPS, Jobs

FACTS = {"micrographs": 2, "labels": 24, "precision": 0.83, "recall": 0.91, "threshold": 0.0}
HELD_OUT = [
    {"event": "held_out", "step": step, "average_precision": value, "best": step <= 30, "best_step": min(step, 30),
     "lower_bound": True, **FACTS}
    for step, value in ((10, 0.4), (30, 0.86), (50, 0.8))
]  # fmt: skip
FAILED = {"code": "x", "found": "the server was stopped", "expected": "", "action": "press Resume"}


def numbered(*events: dict) -> list[dict]:
    return [{**event, "seq": place} for place, event in enumerate(events, start=1)]


def finished(outcome: str, error: dict | None = None) -> dict:
    return {"event": "finished", "outcome": outcome, "seconds": 14, "error": error}


@pytest.fixture
def train_tab(new_lab):
    """A page at the Train tab of a project whose newest job has told some events."""

    def make(*events: dict, **job):
        lab = new_lab()
        jobs = Jobs(lab, numbered(STARTED, *events), job={**JOB, **job})
        lab.open()
        lab.page.get_by_role("tab", name="Train").click()
        return lab, jobs

    return make


def test_pause_becomes_continue_and_back(train_tab):
    lab, jobs = train_tab(*STEPS)
    lab.page.get_by_role("button", name="Pause").click()
    jobs.events += [{"event": "paused", "step": 50, "seq": 7}]
    lab.page.reload()
    lab.wait()
    lab.page.get_by_role("tab", name="Train").click()
    expect(lab.page.get_by_role("heading", name="Paused")).to_be_visible()
    expect(lab.page.locator("#run-line")).to_have_text("at step 50 of 100")
    with lab.page.expect_response(re.compile("/continue$")):
        lab.page.get_by_role("button", name="Continue").click()
    expect(lab.page.get_by_role("button", name="Good enough")).to_be_enabled()
    assert [what for what in jobs.told if what != "focus"] == ["pause", "continue"]


def test_pause_waits_until_there_is_something_to_pause(train_tab):
    lab, _ = train_tab()
    expect(lab.page.get_by_role("button", name="Pause")).to_be_disabled()
    expect(lab.page.get_by_role("button", name="Cancel")).to_be_enabled()


def test_an_interrupted_training_is_resumed(train_tab):
    lab, jobs = train_tab(*STEPS, finished("interrupted", FAILED), resumable=True)
    expect(lab.page.get_by_role("heading", name="Training interrupted · 14 s")).to_be_visible()
    with lab.page.expect_response(re.compile("/resume$")):
        lab.page.get_by_role("button", name="Resume the interrupted training").click()
    expect(lab.page.get_by_role("heading", name="Reading labeled micrographs")).to_be_visible()
    expect(lab.page.get_by_role("button", name=re.compile("^Resume"))).to_be_hidden()
    assert [what for what in jobs.told if what != "focus"] == ["resume"]
    assert jobs.asked == [{"focus": lab.id}]


def test_a_training_that_left_nothing_is_not_offered_to_resume(train_tab):
    lab, _ = train_tab(*STEPS, finished("failed", FAILED))
    expect(lab.page.get_by_role("heading", name="Training failed · 14 s")).to_be_visible()
    expect(lab.page.get_by_role("button", name=re.compile("^Resume"))).to_be_hidden()


def test_the_held_out_curve_marks_the_best_step_and_says_what_is_a_bound(train_tab):
    lab, _ = train_tab(*STEPS, *HELD_OUT)
    page = lab.page
    curve = page.get_by_role("img", name=re.compile("Held-out average precision ≥.0.80, best ≥.0.86 at 30"))
    expect(curve).to_be_visible()
    expect(page.locator("#held-out-best")).to_have_text("best ≥ 0.86 at 30")
    note = "Held-out: precision ≥ 0.83 · recall 0.91 at 0.0, on 2 micrographs with 24 labels."
    expect(page.locator("#held-out-note")).to_have_text(note)


def test_one_labeled_micrograph_says_what_to_do(train_tab):
    lab, _ = train_tab({**STARTED, "micrographs": 1, "held_out": []}, *STEPS)
    expect(lab.page.locator("#held-out")).to_be_hidden()
    expect(lab.page.locator("#held-out-note")).to_contain_text("label one more, so that ten labels stay")


def test_review_has_the_figures_beside_the_threshold(new_lab, picked):
    lab = new_lab()
    picked.serve_to(lab, [lab.name])
    kept = {**HELD_OUT[1], "lower_bound": False}
    Jobs(lab, numbered(STARTED, *STEPS, {"event": "model", "held_out": kept}, finished("done")), job=JOB)
    lab.open()
    lab.page.get_by_role("tab", name="Review").click()
    said = "Held-out: precision 0.83 · recall 0.91 at 0.0, on 2 micrographs with 24 labels; average precision 0.86."
    expect(lab.page.locator("#held-out-review")).to_have_text(said)


def test_precision_and_recall_are_estimated_from_the_scores_and_follow_the_threshold(new_lab, picked):
    lab = new_lab()
    picked.serve_to(lab, [lab.name])
    mixture = {"share": 0.5, "noise_mean": -1, "noise_sd": 0.5, "particle_mean": 2, "particle_sd": 0.5}
    model = {"event": "model", "held_out": None, "score_mixture": mixture}
    Jobs(lab, numbered(STARTED, *STEPS, model, finished("done")), job=JOB)
    lab.open()
    lab.page.get_by_role("tab", name="Review").click()
    # Scores 4, 2, 0.5, -0.4, -1: two surely particles, the middle one as much as not, two surely noise.
    line = lab.page.locator("#estimate")
    expect(line).to_have_text(
        re.compile(r"^Estimated from the scores: precision 0.8\d · recall 1.00 at 0.00.$")
    )
    lab.page.get_by_role("slider", name="Threshold").fill("1")
    expect(line).to_have_text(re.compile(r"precision 1.00 · recall 0.8\d at 1.00"))


def test_figures_of_another_job_than_that_of_the_picks_are_not_shown(new_lab, picked):
    lab = new_lab()
    picked.serve_to(lab, [lab.name])
    events = numbered(STARTED, *STEPS, *HELD_OUT, finished("cancelled"))
    lab.page.route(
        re.compile(r".*/api/jobs/j9/events.*"),
        lambda route: route.fulfill(json={"events": events, "last_seq": len(events)}),
    )
    Jobs(lab, job={**JOB, "id": "j9", "state": "cancelled"})
    lab.open()
    lab.page.get_by_role("tab", name="Train").click()
    expect(lab.page.locator("#held-out-note")).to_contain_text("precision")
    lab.page.get_by_role("tab", name="Review").click()
    expect(lab.page.locator("#threshold-counts")).to_have_text("3 here · 3 in all")
    expect(lab.page.locator("#held-out-review")).to_be_hidden()
    expect(lab.page.locator("#estimate")).to_be_hidden()
