"""History in the Label tab: what was done, and the way back."""

import pytest
from playwright.sync_api import expect


def opened(lab):
    lab.page.get_by_text("History of this micrograph").click()
    return lab.page.locator("#timeline-list li")


def two_labeled(new_lab):
    """A page that has just set labels at (200, 150) and (300, 150)."""
    lab = new_lab().open()
    lab.click(200, 150)
    lab.click(300, 150)
    lab.saved()
    return lab


def places(lab) -> list[float]:
    return [pytest.approx(label["x"], abs=0.5) for label in lab.saved()]


def test_the_steps_of_a_page_and_of_another_are_told_apart(new_lab):
    mine = two_labeled(new_lab)
    theirs = new_lab(mine.name).open()
    theirs.click(400, 300)
    theirs.saved()
    mine.has("3 labels, 0 picks")
    steps = opened(mine)
    expect(steps).to_have_count(2)
    expect(steps.nth(0)).to_contain_text("Guest 2, 1 added → 3 labels")
    expect(steps.nth(1)).to_contain_text("2 added → 2 labels")
    expect(steps.nth(1)).not_to_contain_text("Guest")


def test_going_back_brings_labels_back_and_is_undone_as_one_step(new_lab):
    first = two_labeled(new_lab)
    lab = new_lab(first.name).open()
    lab.has("2 labels, 0 picks")
    lab.click(400, 300)
    lab.drag((200, 150), (240, 190))
    lab.saved()
    opened(lab)
    lab.page.get_by_role("button", name="Back to").click()
    expect(lab.page.locator("#timeline-note")).to_contain_text("1 brought back or moved, 1 removed")
    assert places(lab) == [200, 300]
    lab.page.keyboard.press("Control+z")
    assert places(lab) == [240, 300, 400]


def test_a_micrograph_without_labels_says_what_will_stand_here(lab):
    opened(lab)
    expect(lab.page.locator("#timeline-empty")).to_be_visible()
