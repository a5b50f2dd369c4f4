"""Keys that a person chooses in the help: used, shown, refused where taken, kept, and given up again."""

from playwright.sync_api import expect


def test_a_key_is_chosen_used_shown_kept_and_given_up(new_lab):
    lab = new_lab().open()
    page, dialog = lab.page, lab.page.get_by_role("dialog", name="Keys and gestures")
    marks, hint = page.locator("#tool-marks"), page.locator("#keys-note")
    expect(marks).to_have_attribute("title", "Circles, boxes or dots (M)")
    page.keyboard.press("?")
    page.locator("#key-marks").click()
    page.keyboard.press("i")
    expect(hint).to_contain_text("I is for “invert the contrast” already")
    page.keyboard.press("u")
    expect(dialog).to_be_visible()
    expect(page.locator("#key-marks")).to_be_focused()
    expect(marks).to_have_attribute("title", "Circles, boxes or dots (U)")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.keyboard.press("m")
    expect(marks).to_have_accessible_name("Labels and picks as boxes")
    page.keyboard.press("u")
    expect(marks).to_have_accessible_name("Labels and picks as dots")

    page.reload()
    lab.wait()
    expect(marks).to_have_attribute("title", "Circles, boxes or dots (U)")
    page.keyboard.press("?")
    page.locator("#key-train").click()
    page.keyboard.press("Escape")
    expect(dialog).to_be_visible()
    expect(page.locator("#train kbd")).to_have_text("T")
    page.get_by_role("button", name="All keys as they were").click()
    expect(marks).to_have_attribute("title", "Circles, boxes or dots (M)")
    page.keyboard.press("Escape")
    before = marks.get_attribute("aria-label")
    page.keyboard.press("m")
    expect(marks).not_to_have_attribute("aria-label", before)
