"""Suggestions for one who has no labels, and micrographs that are labeled completely."""

import re

from playwright.sync_api import expect

from tests.page.annotator.conftest import Picked, call
from tests.page.annotator.test_run import finished, numbered
from tests.page.annotator.test_training import JOB, STARTED, Jobs

SUGGESTING = {**JOB, "kind": "suggest", "labels": 0, "labeled_micrographs": 0}
SUGGESTED = Picked(x=[120.0, 320.0, 520.0], y=[200.0] * 3, score=[2.0, 1.0, 0.5], kind="suggest")


def test_the_button_starts_a_job_that_suggests(new_lab):
    lab = new_lab()
    looking = {"event": "picks", "micrograph": 999, "final": True, "done": 2, "total": 5, "count": 3}
    jobs = Jobs(lab, numbered(STARTED, looking))
    jobs.started = SUGGESTING
    empty = {"job": "j1", "kind": "suggest", "final": True, "step": 0, "x": [], "y": [], "score": []}
    lab.page.route(re.compile(r".*/api/micrographs/\d+/picks.*"), lambda route: route.fulfill(json=empty))
    lab.open()
    lab.page.get_by_role("button", name="Suggest particles").click()
    expect(lab.page.locator("#suggest-note")).to_have_text("Looking: 2 of 5 micrographs …")
    expect(lab.page.get_by_role("button", name="Suggest particles")).to_be_disabled()
    assert jobs.asked == [{"kind": "suggest", "focus": lab.id}]


def test_without_a_diameter_it_says_what_it_needs(new_lab):
    lab = new_lab()
    call(lab.server, "api/project", {"diameter_angstrom": None}, "PATCH")
    lab.open()
    expect(lab.page.locator("#suggest-note")).to_have_text("Needs pixel size and diameter.")
    expect(lab.page.get_by_role("button", name="Suggest particles")).to_be_disabled()


def test_suggestions_are_never_called_picks_or_labels_and_are_answered_like_picks(new_lab):
    lab = new_lab()
    SUGGESTED.serve_to(lab, [lab.name])
    Jobs(lab, numbered(STARTED, finished("done")), job=SUGGESTING)
    lab.open()
    lab.has("0 labels, 3 suggestions")
    expect(lab.page.locator("#count-labels")).to_contain_text("0 here")
    expect(lab.page.locator(f"#row-{lab.id}")).to_have_accessible_name(re.compile("0 labels, 3 suggestions"))
    lab.click(120, 200)
    expect(lab.page.get_by_role("group", name="Selected")).to_contain_text("suggestion 2.00")
    lab.page.keyboard.press("k")
    lab.click(320, 200)
    lab.page.keyboard.press("x")
    lab.has("1 label, 2 suggestions, 1 removed pick")
    assert [(each["label"], each["source"]) for each in lab.saved()] == [
        ("positive", "pick"),
        ("negative", "pick"),
    ]
    lab.page.get_by_role("tab", name="Review").click()
    expect(lab.page.locator("#threshold-note")).to_contain_text("suggestions of no trained model")
    expect(lab.page.locator("#held-out-review")).to_be_hidden()
    lab.page.get_by_role("tab", name="Export").click()
    expect(lab.page.get_by_label("suggestions at the threshold")).to_be_visible()


def test_once_a_model_has_picked_nothing_is_suggested(new_lab, picked):
    lab = new_lab()
    picked.serve_to(lab, [lab.name])
    lab.open()
    lab.has("0 labels, 3 picks")
    expect(lab.page.get_by_role("button", name="Suggest particles")).to_be_hidden()


def test_a_micrograph_is_marked_complete_for_everyone(new_lab):
    lab = new_lab().open()
    lab.click(200, 150)
    box = lab.page.get_by_label("Every particle here is labeled")
    box.check()
    expect(lab.page.locator("#complete-note")).to_contain_text("everything else is background")
    expect(lab.page.locator(f"#row-{lab.id}")).to_contain_text("✓")
    other = new_lab(lab.name).open()
    expect(other.page.get_by_label("Every particle here is labeled")).to_be_checked()
    other.page.get_by_label("Every particle here is labeled").uncheck()
    expect(box).not_to_be_checked()


def test_a_complete_micrograph_without_labels_has_no_particle_and_the_prior_says_where_it_is_from(new_lab):
    lab = new_lab().open()
    lab.page.get_by_label("Every particle here is labeled").check()
    expect(lab.page.locator("#complete-note")).to_contain_text("there is no particle on it")
    lab.click(200, 150)
    lab.saved()
    expect(lab.page.locator("#complete-note")).to_contain_text("everything else is background")
    lab.page.get_by_role("tab", name="Train").click()
    expect(lab.page.locator("#prior")).to_have_text(
        re.compile("on average on the micrographs that are labeled completely")
    )
    lab.page.get_by_role("tab", name="Label").click()
    lab.page.get_by_label("Every particle here is labeled").uncheck()
    expect(lab.page.locator("#complete-note")).to_be_hidden()
