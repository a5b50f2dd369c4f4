"""Keyboard, screen reader, small screens, themes, motion: everybody can work."""

import json
import re
import subprocess
from pathlib import Path

from playwright.sync_api import expect

ROOT = Path(__file__).resolve().parents[3]
UNNAMED = """() => [...document.querySelectorAll(
    'button, input, select, a[href], [role=slider], [role=listbox], canvas')]
  .filter((one) => one.checkVisibility() && one.getAttribute('aria-hidden') !== 'true')
  .filter((one) => !(one.getAttribute('aria-label') || one.textContent.trim() || (one.labels && one.labels.length)))
  .map((one) => one.outerHTML)"""

TOO_WIDE = """() => [...document.querySelectorAll('[role=tabpanel]:not([hidden]), body')]
  .filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.id || one.tagName)"""
TABS = ("Label", "Train", "Review", "Export")
SIZES = [(1280, 800), (1440, 900), (1920, 1080), (1024, 768), (768, 1024), (640, 400)]


def key_table() -> list[dict]:
    code = "import('./static/keys.js').then(({ KEYS }) => console.log(JSON.stringify(KEYS)))"
    answer = subprocess.run(["node", "-e", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return json.loads(answer.stdout)


def test_the_help_page_is_the_key_table(lab):
    lab.page.keyboard.press("?")
    dialog = lab.page.get_by_role("dialog", name="Keys and gestures")
    for binding in key_table():
        expect(dialog).to_contain_text(binding["text"])
    lab.page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_keys_do_nothing_behind_an_open_dialog(lab):
    lab.page.keyboard.press("?")
    lab.page.keyboard.press("f")
    lab.page.keyboard.press("?")
    expect(lab.page.get_by_role("heading", level=1)).to_have_text(lab.name)


def test_every_control_has_a_name(lab):
    for tab in TABS:
        lab.page.get_by_role("tab", name=tab).click()
        assert lab.page.evaluate(UNNAMED) == []


def test_tabs_are_walked_with_arrows(lab):
    lab.page.get_by_role("tab", name="Label").focus()
    lab.page.keyboard.press("ArrowRight")
    expect(lab.page.get_by_role("tab", name="Train")).to_be_focused()
    expect(lab.page.get_by_role("tabpanel", name="Train")).to_be_visible()
    expect(lab.page.get_by_role("tabpanel", name="Label")).to_be_hidden()


def test_the_list_is_walked_with_arrows(new_lab):
    lab = new_lab("0111").open()
    lab.page.get_by_role("listbox", name="Micrographs").focus()
    lab.page.keyboard.press("ArrowDown")
    expect(lab.page.get_by_role("heading", level=1)).to_have_text("0112")


def test_focus_can_be_seen(lab):
    lab.page.get_by_label("Search micrographs").focus()
    lab.page.keyboard.press("Tab")
    outline = lab.page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"


def test_nothing_is_cut_off_sideways(lab):
    for width, height in SIZES:
        lab.page.set_viewport_size({"width": width, "height": height})
        for tab in TABS:
            lab.page.get_by_role("tab", name=tab).click()
            assert lab.page.evaluate(TOO_WIDE) == [], f"{width} x {height}, {tab}"
        box = lab.canvas.bounding_box()
        assert box["width"] > 200 and box["height"] > 120, f"{width} x {height}"


def test_the_light_theme_is_remembered(lab):
    lab.page.get_by_role("button", name="Light or dark theme").click()
    expect(lab.page.locator("html")).to_have_attribute("data-theme", "light")
    lab.page.reload()
    expect(lab.page.locator("html")).to_have_attribute("data-theme", "light")


def test_a_thrown_view_rests_at_once_where_motion_is_unwanted(new_lab):
    lab = new_lab(reduced_motion="reduce").open()
    lab.drag((300, 300), (360, 300), steps=3)
    expect(lab.page).to_have_url(re.compile(r"x=260\.00"))
