"""What the badge and the banner say of changes on their way; the test opens and closes the line."""

import re

import pytest
from playwright.sync_api import expect

from tests.page.conftest import until_saved

LABELS = re.compile(r".*/api/micrographs/\d+/labels$")
FORBIDDEN = {"error": {"code": "forbidden", "found": "no valid token", "expected": "the token", "action": ""}}
NOT_FOUND = {"error": {"code": "not_found", "found": "no micrograph 9", "expected": "one", "action": ""}}


def answer_with(lab, respond) -> None:
    """What happens to changes from now on; None lets them through.

    The route is laid once: between one that goes and the next a change that waits would slip through.
    """
    if not lab.responses:
        lab.page.route(LABELS, lambda route: answer(lab, route))
    lab.responses.append(respond)


def answer(lab, route) -> None:
    respond = lab.responses[-1]
    if respond and route.request.method == "POST":
        respond(route)
    else:
        route.fallback()


@pytest.fixture
def parts(lab):
    return lab, lab.page.locator("#saved"), lab.page.locator("#banner")


def test_saving_and_offline_and_saved_are_told_apart(parts, complaints):
    lab, badge, banner = parts
    held = []
    answer_with(lab, held.append)
    lab.click(200, 150)
    expect(badge).to_have_text("saving …")
    expect(banner).to_be_hidden()
    held[0].abort()
    expect(badge).to_have_text("offline · 1 waiting")
    expect(banner).to_contain_text("Not saved, 1 change waiting; nothing is lost. Trying again")
    answer_with(lab, None)
    for late in held[1:]:
        late.fallback()
    until_saved(lab.page, 20_000)
    expect(banner).to_be_hidden()
    complaints.forgive("ERR_FAILED")


def test_a_lost_right_stops_and_is_told_and_nothing_is_lost(parts, complaints):
    lab, badge, banner = parts
    asked = []

    def refuse(route):
        asked.append(1)
        route.fulfill(status=403, json=FORBIDDEN)

    answer_with(lab, refuse)
    lab.click(200, 150)
    expect(badge).to_have_text("not saved · 1 waiting")
    expect(banner).to_contain_text("open the link for working on it again")
    lab.click(300, 150)
    expect(badge).to_have_text("not saved · 2 waiting")
    assert len(asked) == 1
    answer_with(lab, None)
    lab.page.get_by_role("button", name="Try again").click()
    until_saved(lab.page)
    expect(banner).to_be_hidden()
    assert len(lab.saved()) == 2
    complaints.forgive("403")


def test_changes_of_a_micrograph_that_is_gone_are_kept_until_given_up(parts, complaints):
    lab, badge, banner = parts
    answer_with(lab, lambda route: route.fulfill(status=404, json=NOT_FOUND))
    lab.click(200, 150)
    expect(badge).to_have_text("not saved · 1 waiting")
    expect(banner).to_contain_text("no such micrograph any more")
    lab.page.get_by_role("button", name="Give them up").click()
    until_saved(lab.page)
    expect(banner).to_be_hidden()
    lab.has("0 labels, 0 picks")
    complaints.forgive("404")
