"""The page of the link for looking only: everything is seen, nothing can be changed, and the page says so."""

import re
import time

import pytest
from playwright.sync_api import expect

from tests.page.annotator.conftest import call
from tests.page.conftest import Server


def looking_url(server: Server) -> str:
    """The second address that the server printed."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if (found := re.findall(r"http://\S+token=\S+", "".join(server.log))) and len(found) > 1:
            return found[1]
        time.sleep(0.05)
    raise AssertionError("no address for looking was printed")


@pytest.fixture
def onlooker(new_lab):
    """A page by the link for looking, on a micrograph on which somebody else has one label at (200, 150)."""
    worker = new_lab().open()
    worker.click(200, 150)
    worker.saved()
    lab = new_lab(worker.name)
    lab.page.goto(looking_url(lab.server) + f"#micrograph={lab.name}&x=320&y=320&zoom=1")
    lab.wait()
    return worker, lab


def test_labels_are_seen_and_followed(onlooker):
    worker, lab = onlooker
    lab.has("1 label, 0 picks")
    expect(lab.page.locator("#saved")).to_have_text("looking only")
    worker.click(400, 300)
    lab.has("2 labels, 0 picks")


def test_no_gesture_and_no_key_changes_a_label(onlooker):
    worker, lab = onlooker
    lab.has("1 label, 0 picks")
    lab.page.keyboard.press("a")
    lab.click(400, 300)
    expect(lab.page.locator("#message-text")).to_contain_text("looking only")
    lab.drag((200, 150), (260, 190))
    lab.click(200, 150)
    lab.page.keyboard.press("Delete")
    lab.page.keyboard.press("Control+z")
    lab.click(200, 150)
    lab.page.keyboard.press("ArrowRight")
    for brush in "ebw":
        lab.page.keyboard.press(brush)
        lab.drag((180, 150), (220, 150))
    lab.has("1 label, 0 picks")
    assert [label["x"] for label in worker.saved()] == [pytest.approx(200, abs=0.5)]


def test_what_changes_the_project_is_disabled_and_the_view_is_free(onlooker):
    _, lab = onlooker
    page = lab.page
    for control in ("Pixel size", "Particle diameter", "Every particle here is labeled"):
        expect(page.get_by_label(control)).to_be_disabled()
    before = call(lab.server, "api/project")["revision"]
    page.get_by_role("tab", name="Train").click()
    expect(page.get_by_role("button", name=re.compile("^Train"))).to_be_disabled()
    page.keyboard.press("t")
    page.keyboard.press("i")
    expect(page.get_by_role("button", name="invert")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("radio", name="what the model sees").click()
    expect(page.get_by_role("radio", name="what the model sees")).to_have_attribute("aria-checked", "true")
    assert call(lab.server, "api/project")["revision"] == before
