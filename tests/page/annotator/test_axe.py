"""Every state of the page under the axe engine: no serious and no critical violation, in either theme."""

import re
from hashlib import sha256
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.page.annotator.conftest import Lab
from tests.page.annotator.test_looking import looking_url
from tests.page.annotator.test_run import HELD_OUT, finished, numbered
from tests.page.annotator.test_training import JOB, STARTED, STEPS, Jobs
from tests.page.axe import ENGINE, violations

TABS = ("Label", "Train", "Review", "Export")
FAILED = {"code": "worker", "found": "the worker ran out of memory", "expected": "", "action": "downsample"}
SMALL = {"width": 640, "height": 400}


class Auditor:
    """Collects what is wrong over the states of one page, so that one run tells everything."""

    def __init__(self, page: Page):
        self.page = page
        self.found: list[str] = []

    def look(self, state: str) -> None:
        self.found += [f"{state}: {line}" for line in violations(self.page)]

    def tab(self, name: str) -> None:
        self.page.get_by_role("tab", name=name).click()

    def done(self) -> None:
        assert self.found == [], "\n".join(self.found)


OPEN_FOLDS = """() => document.querySelectorAll('[role=tabpanel]:not([hidden]) details').forEach(
  (fold) => { if (fold.checkVisibility()) fold.open = true; })"""


@pytest.fixture
def auditor(new_lab) -> tuple[Lab, Auditor]:
    lab = new_lab()
    return lab, Auditor(lab.page)


def test_the_engine_is_the_one_of_the_table():
    table = (ENGINE.parent / "README.md").read_text()
    assert sha256(ENGINE.read_bytes()).hexdigest() in table
    for name in re.findall(r"axe-core\.LICENSE[\w-]*", table):
        assert Path(ENGINE.parent / name).is_file()


def test_the_engine_would_find_something(auditor):
    lab, audit = auditor
    lab.open()
    lab.page.evaluate("document.getElementById('tool-fit').removeAttribute('aria-label')")
    lab.page.evaluate("document.getElementById('tool-fit').removeAttribute('title')")
    audit.look("broken")
    assert any("button-name" in line and "#tool-fit" in line for line in audit.found)


def test_labels_tools_folds_help_and_message(auditor):
    lab, audit = auditor
    lab.open()
    lab.click(200, 150)
    lab.page.locator("#timeline summary").click()
    lab.page.locator("#me summary").click()
    lab.page.locator("#limits summary").click()
    lab.page.get_by_role("searchbox").fill("039")
    audit.look("a selected label, history, limits, a search, a name")
    for key in "er":
        lab.canvas.focus()
        lab.page.keyboard.press(key)
        lab.click(300, 150)
        audit.look(f"tool {key}")
        lab.page.keyboard.press("Escape")
    for name in TABS:
        audit.tab(name)
        lab.page.evaluate(OPEN_FOLDS)
        audit.look(f"{name}, unfolded")
    lab.page.keyboard.press("?")
    audit.look("help")
    lab.page.keyboard.press("Escape")
    audit.tab("Label")
    lab.page.get_by_label("Pixel size").fill("0.0001")
    lab.page.get_by_label("Pixel size").press("Enter")
    expect(lab.page.locator("#message")).to_be_visible()
    audit.look("an error")
    lab.page.set_viewport_size(SMALL)
    audit.look("small")
    lab.page.get_by_role("button", name="Micrographs").click()
    audit.look("small, with the list")
    audit.done()


def test_training_and_review(auditor, picked, complaints):
    lab, audit = auditor
    picked.serve_to(lab, [lab.name])
    jobs = Jobs(lab, numbered(STARTED, *STEPS, *HELD_OUT), job=JOB)
    lab.open()
    audit.tab("Train")
    audit.look("while it trains")
    audit.tab("Review")
    lab.click(120, 200)
    audit.look("review")
    audit.tab("Export")
    audit.look("export")
    jobs.events += [{**finished("failed", FAILED), "seq": len(jobs.events) + 1}]
    lab.page.reload()
    lab.wait()
    audit.tab("Train")
    expect(lab.page.get_by_role("heading", name="Training failed")).to_be_visible()
    audit.look("a failed training")
    jobs.error = FAILED
    lab.page.get_by_role("button", name=re.compile("^Train")).click()
    expect(lab.page.locator("#train-error")).to_be_visible()
    audit.look("a refused training")
    complaints.forgive("400")
    audit.done()


def test_for_looking_only_and_without_a_key(auditor, complaints):
    lab, audit = auditor
    lab.page.goto(looking_url(lab.server) + f"#micrograph={lab.name}&x=320&y=320&zoom=1")
    lab.wait()
    for name in TABS[:2]:
        audit.tab(name)
        audit.look(f"looking only, {name}")
    lab.page.context.clear_cookies()
    lab.page.goto(lab.server.base)
    audit.look("the page of an error")
    complaints.forgive("401|403")
    audit.done()


def test_an_empty_folder(serve, new_page, tmp_path):
    audit = Auditor(new_page(reduced_motion="reduce"))
    audit.page.goto(serve(tmp_path).url)
    expect(audit.page.locator("#empty")).to_be_visible()
    for name in TABS:
        audit.tab(name)
        audit.look(f"empty, {name}")
    audit.done()
