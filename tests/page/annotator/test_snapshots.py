"""Snapshots of all labels in the Label tab, with another person's page open."""

import pytest
from playwright.sync_api import expect

from tests.page.annotator.test_looking import looking_url


@pytest.fixture
def panel(new_lab):
    """A page with the snapshots open and one label at (200, 150), another one on the same micrograph."""
    mine = new_lab().open()
    mine.click(200, 150)
    mine.saved()
    theirs = new_lab(mine.name).open()
    theirs.has("1 label, 0 picks")
    mine.page.get_by_text("Snapshots of all labels").click()
    return mine, theirs


def keep(lab, name: str):
    lab.page.get_by_label("Name of the snapshot").fill(name)
    lab.page.keyboard.press("Enter")
    expect(lab.page.locator("#snapshot-list b", has_text=name)).to_be_visible()


def test_going_back_is_asked_about_is_heard_by_others_and_is_taken_back(panel):
    mine, theirs = panel
    keep(mine, "one label")
    theirs.click(400, 300)
    theirs.drag((200, 150), (240, 190))
    theirs.saved()
    mine.has("2 labels, 0 picks")
    mine.page.get_by_role("button", name="Go back to one label").click()
    expect(mine.page.locator("#snapshot-list")).to_contain_text("1 set, 1 removed on 1 micrograph.")
    mine.page.get_by_role("button", name="Go back to one label now").click()
    expect(mine.page.locator("#snapshot-note")).to_contain_text("Back to “one label”: 1 set, 1 removed")
    mine.has("1 label, 0 picks")
    theirs.has("1 label, 0 picks")
    expect(theirs.page.locator("#message")).to_contain_text("went back to “one label”")
    assert [round(label["x"]) for label in mine.saved()] == [200]
    mine.page.get_by_role("button", name="Take that back").click()
    theirs.has("2 labels, 0 picks")
    assert [round(label["x"]) for label in mine.saved()] == [240, 400]
    expect(mine.page.locator("#snapshot-list")).to_contain_text("Before “one label”")


def test_names_are_text_are_used_once_and_go_after_a_question(panel, complaints):
    mine, _ = panel
    keep(mine, "<b>x</b>")
    mine.page.get_by_label("Name of the snapshot").fill("<B>X</B>")
    mine.page.keyboard.press("Enter")
    expect(mine.page.locator("#snapshot-note")).to_contain_text("choose another name", ignore_case=True)
    complaints.forgive("409")
    mine.page.get_by_role("button", name="Remove <b>x</b>").click()
    mine.page.get_by_role("button", name="Remove <b>x</b> for good").click()
    expect(mine.page.locator("#snapshot-list b", has_text="<b>x</b>")).to_have_count(0)
    mine.has("1 label, 0 picks")


def test_who_looks_only_sees_snapshots_and_cannot_use_them(panel, new_lab):
    mine, _ = panel
    keep(mine, "seen by all")
    onlooker = new_lab(mine.name)
    onlooker.page.goto(looking_url(mine.server) + f"#micrograph={mine.name}&x=320&y=320&zoom=1")
    onlooker.wait()
    onlooker.page.get_by_text("Snapshots of all labels").click()
    expect(onlooker.page.get_by_role("button", name="Go back to seen by all")).to_be_disabled()
    expect(onlooker.page.get_by_label("Name of the snapshot")).to_be_disabled()
