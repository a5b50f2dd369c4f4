"""The Train tab against a stand-in for the jobs' answers: every event counts once, in any way that it arrives."""

import re

import pytest
from playwright.sync_api import expect

from tests.page.annotator.conftest import call

JOB = {
    "id": "j1",
    "kind": "train",
    "state": "running",
    "created": 1790000000.0,
    "labels": 60,
    "labeled_micrographs": 5,
    "last_seq": 0,
    "phase": "training",
    "progress": None,
    "settings": {},
    "error": None,
    "model": None,
    "resumable": False,
}
STEP = {"event": "step", "steps": 100, "ge_penalty": 0.1, "seconds_left": 4, "steps_per_second": 16.0}
STARTED = {"seq": 1, "event": "started", "labels": 60, "micrographs": 5}
STEPS = [{**STEP, "seq": i + 1, "step": i * 10, "loss": 1 / i} for i in range(1, 6)]


class Jobs:
    """What the server would answer about jobs; `events` may grow while the page looks."""

    def __init__(self, lab, events=(), job=None, error=None):
        self.server = lab.server
        self.events = list(events)
        self.job = job
        self.error = error
        self.started = JOB
        self.latest = job or JOB
        self.told: list[str] = []
        self.asked: list[dict] = []
        lab.page.route("**/api/jobs", self.start)
        lab.page.route(re.compile(r".*/api/jobs/j[12]/events.*"), self.send_events)
        lab.page.route(re.compile(r".*/api/jobs/j[12]/(cancel|finish|focus|pause|continue)$"), self.tell)
        lab.page.route(re.compile(r".*/api/jobs/j1/resume$"), self.resume)
        lab.page.route(re.compile(r".*/api/jobs/j1$"), lambda route: route.fulfill(json=self.latest))
        lab.page.route(re.compile(r".*/api/project$"), self.project)

    def start(self, route):
        self.asked.append(route.request.post_data_json)
        if self.error:
            route.fulfill(status=400, json={"error": self.error})
            return
        self.job = self.started
        route.fulfill(status=201, json=self.started)

    def send_events(self, route):
        after = int(route.request.url.rpartition("=")[2])
        newer = [event for event in self.events if event["seq"] > after]
        route.fulfill(json={"events": newer, "last_seq": len(self.events)})

    def resume(self, route):
        self.told.append("resume")
        self.asked.append(route.request.post_data_json)
        self.events = [STARTED]
        route.fulfill(status=201, json={**JOB, "id": "j2"})

    def tell(self, route):
        self.told.append(route.request.url.rpartition("/")[2])
        route.fulfill(json=JOB)

    def project(self, route):
        if route.request.method != "GET":
            return route.fallback()
        route.fulfill(json={**call(self.server, "api/project"), "job": self.job})


def test_the_button_starts_a_job_with_the_settings_of_the_fold(new_lab):
    lab = new_lab()
    jobs = Jobs(lab, [STARTED, *STEPS])
    lab.open()
    lab.page.get_by_role("tab", name="Train").click()
    lab.page.get_by_text("Advanced").click()
    lab.page.get_by_role("spinbutton", name="Time limit").fill("7")
    lab.page.get_by_role("spinbutton", name="Seed").fill("3")
    lab.page.get_by_role("combobox", name="Objective").select_option("pu")
    lab.page.get_by_role("button", name=re.compile("^Train")).click()
    expect(lab.page.locator("#run-line")).to_contain_text("step 50 of 100 · 16 / s")
    expect(lab.page.locator("#run-line")).to_contain_text("0:04 left")
    expect(lab.page.get_by_role("img", name="Loss 0.2, GE penalty 0.1")).to_be_visible()
    settings = {"max_seconds": 7, "seed": 3, "objective": "pu", "warm_start": True}
    assert jobs.asked == [{"kind": "train", "focus": lab.id, "settings": settings}]


def test_the_key_t_trains_and_shows_the_tab(new_lab):
    lab = new_lab()
    Jobs(lab, [STARTED, *STEPS])
    lab.open()
    lab.page.keyboard.press("t")
    expect(lab.page.get_by_role("tab", name="Train")).to_have_attribute("aria-selected", "true")
    expect(lab.page.get_by_role("button", name=re.compile("^Train"))).to_be_disabled()


def test_good_enough_and_cancel_reach_the_job(new_lab):
    lab = new_lab()
    jobs = Jobs(lab, [STARTED, *STEPS], job=JOB)
    lab.open()
    lab.page.get_by_role("tab", name="Train").click()
    for button, command in (("Good enough", "finish"), ("Cancel", "cancel")):
        with lab.page.expect_response(re.compile(f"/{command}$")):
            lab.page.get_by_role("button", name=button).click()
    expect(lab.page.get_by_role("button", name="Cancel")).to_be_visible()
    assert [what for what in jobs.told if what != "focus"] == ["finish", "cancel"]


def test_a_reload_in_the_middle_shows_the_whole_curve(new_lab):
    lab = new_lab()
    jobs = Jobs(lab, [STARTED, *STEPS[:2]], job=JOB)
    lab.open()
    lab.page.get_by_role("tab", name="Train").click()
    expect(lab.page.locator("#run-line")).to_contain_text("step 20 of 100")
    jobs.events += STEPS[2:]
    lab.page.reload()
    lab.wait()
    lab.page.get_by_role("tab", name="Train").click()
    expect(lab.page.locator("#run-line")).to_contain_text("step 50 of 100")


@pytest.mark.parametrize(
    ("outcome", "title"),
    [
        ("done", "Done · 14 s"),
        ("cancelled", "Training cancelled · 14 s"),
        ("failed", "Training failed · 14 s"),
    ],
)
def test_the_end_is_told(new_lab, outcome, title):
    lab = new_lab()
    error = {
        "code": "worker",
        "found": "the worker ran out of memory",
        "expected": "4 GB",
        "action": "Close it.",
    }
    finished = {
        "seq": 7,
        "event": "finished",
        "outcome": outcome,
        "seconds": 14,
        "error": error if outcome == "failed" else None,
    }
    Jobs(lab, [STARTED, *STEPS, finished], job=JOB)
    lab.open()
    lab.page.get_by_role("tab", name="Train").click()
    expect(lab.page.get_by_role("heading", name=title)).to_be_visible()
    expect(lab.page.get_by_role("button", name=re.compile("^Train"))).to_be_enabled()
    expect(lab.page.get_by_role("button", name="Cancel")).to_be_hidden()
    if outcome == "failed":
        expect(lab.page.locator("#train-error")).to_contain_text(
            "ran out of memory; expected 4 GB. Close it."
        )


def test_a_refused_job_says_what_was_found_expected_and_to_do(new_lab, complaints):
    lab = new_lab()
    error = {
        "code": "bad",
        "found": "pi 0.001",
        "expected": "more than 0.002",
        "action": "Raise the expected number.",
    }
    Jobs(lab, error=error)
    lab.open()
    lab.page.keyboard.press("t")
    problem = lab.page.locator("#train-error")
    expect(problem).to_have_text("Pi 0.001; expected more than 0.002. Raise the expected number.")
    complaints.forgive("400")


def test_the_expected_number_is_kept_and_its_prior_shown(lab):
    lab.page.get_by_role("tab", name="Train").click()
    expect(lab.page.locator("#prior")).to_contain_text("is a guess from area and diameter")
    lab.page.get_by_label("Expected per micrograph").fill("40")
    lab.page.keyboard.press("Tab")
    expect(lab.page.locator("#prior")).not_to_contain_text("guess")
    expect(lab.page.locator("#prior")).to_contain_text("π 0.")
