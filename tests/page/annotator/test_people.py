"""Names, who else is here, and where they are: two and three real browsers on one project."""

import re

import pytest
from playwright.sync_api import expect

from tests.page.annotator.test_looking import looking_url


def call_oneself(lab, name: str) -> None:
    lab.page.locator("#me-name").click()
    lab.page.get_by_label("Your name, for the others").fill(name)
    lab.page.keyboard.press("Enter")
    expect(lab.page.locator("#me-name")).to_have_text(name)


def person(lab, text: str):
    return lab.page.locator("#others button").and_(lab.page.get_by_title(re.compile(text)))


@pytest.fixture
def two(new_lab):
    """Two pages on two neighbouring micrographs."""
    return new_lab("0111").open(), new_lab("0112").open()


def test_people_see_each_other_go_to_each_other_and_keep_their_names(two):
    mine, theirs = two
    expect(mine.page.locator("#me-name")).to_have_text(re.compile(r"Guest \d"))
    call_oneself(theirs, "Ada <b>Lo")
    badge = person(mine, "^Ada <b>Lo, on 0112: go there$")
    expect(badge).to_have_text("A<")
    row = mine.page.get_by_role("option", name=re.compile("^0112, .*Ada <b>Lo here"))
    expect(row.locator(".of-people")).to_have_text("A<")
    badge.click()
    expect(mine.page.get_by_role("heading", level=1)).to_have_text("0112")
    expect(person(mine, "^Ada <b>Lo, on 0112$")).to_be_disabled()
    expect(person(theirs, r"^Guest \d, on 0112$")).to_have_class(re.compile("same"))
    theirs.click(200, 150)
    theirs.saved()
    mine.page.get_by_text("History of this micrograph").click()
    expect(mine.page.locator("#timeline-list li").first).to_contain_text("Ada <b>Lo, 1 added")
    theirs.page.reload()
    expect(theirs.page.locator("#me-name")).to_have_text("Ada <b>Lo")
    expect(person(mine, "^Ada")).to_have_count(1)
    theirs.page.close()
    expect(person(mine, "^Ada")).to_have_count(0)
    expect(mine.page.locator(".of-people:not(:empty)")).to_have_count(0)


def test_who_looks_only_is_seen_as_looking_and_may_have_a_name(two, new_lab):
    mine, _ = two
    onlooker = new_lab("0113")
    onlooker.page.goto(looking_url(mine.server) + "#micrograph=0113&x=320&y=320&zoom=1")
    onlooker.wait()
    call_oneself(onlooker, "Prof")
    expect(person(mine, "^Prof, looking only, on 0113: go there$")).to_be_enabled()
    expect(mine.page.locator("#others button")).to_have_count(2)


def test_the_name_is_reached_and_left_by_keys(lab):
    lab.page.locator("#me-name").focus()
    lab.page.keyboard.press("Enter")
    expect(lab.page.get_by_label("Your name, for the others")).to_be_focused()
    lab.page.keyboard.type("Kim")
    lab.page.keyboard.press("Escape")
    expect(lab.page.locator("#me-name")).to_be_focused()
    expect(lab.page.locator("#me-form")).to_be_hidden()
    lab.has("0 labels, 0 picks")


@pytest.fixture
def same(new_lab):
    """Two pages on one micrograph, with my label at (200, 150); the other one is Ada's."""
    mine = new_lab().open()
    mine.click(200, 150)
    mine.saved()
    theirs = new_lab(mine.name).open()
    call_oneself(theirs, "Ada")
    theirs.has("1 label, 0 picks")
    return mine, theirs


def test_whose_change_was_overruled_is_told_and_brings_it_back(same):
    mine, theirs = same
    mine.drag((200, 150), (260, 150))
    mine.saved()
    theirs.click(260, 150)
    theirs.page.keyboard.press("Delete")
    expect(mine.page.locator("#message-text")).to_have_text("Ada removed the label that you moved.")
    mine.has("0 labels, 0 picks")
    mine.page.get_by_role("button", name="Bring mine back").click()
    expect(mine.page.locator("#message")).to_be_hidden()
    theirs.has("1 label, 0 picks")
    assert [label["x"] for label in mine.saved()] == [pytest.approx(260, abs=0.5)]
    expect(theirs.page.locator("#message-text")).to_have_text(
        re.compile(r"Guest \d brought back the label that you removed\.")
    )


def test_undo_leaves_alone_what_another_has_moved_since(same):
    mine, theirs = same
    mine.drag((200, 150), (260, 150))
    mine.saved()
    theirs.drag((260, 150), (300, 200))
    theirs.saved()
    expect(mine.page.locator("#message-text")).to_have_text("Ada moved the label that you moved.")
    mine.page.keyboard.press("Control+z")
    expect(mine.page.locator("#message-text")).to_contain_text("changed by Ada since")
    assert [label["x"] for label in mine.saved()] == [pytest.approx(300, abs=0.5)]
    theirs.page.keyboard.press("Control+z")
    assert [label["x"] for label in theirs.saved()] == [pytest.approx(260, abs=0.5)]
