"""Keys on the controls that they work for, and those that a person chooses: used, shown, refused where taken, kept."""

import json
import re
import subprocess
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.static.test_node import node

ROOT = Path(__file__).resolve().parents[3]
CONTROLS = {
    "previous": ["#previous", "#previous kbd"],
    "next": ["#next", "#next kbd"],
    "nextUnlabeled": ["#next-unlabeled kbd"],
    "add": ["#tool-add"],
    "pan": ["#tool-pan"],
    "keep": ["#chip-keep kbd", "#ask-keep kbd"],
    "remove": ["#chip-remove kbd", "#ask-reject kbd"],
    "undo": ["#tool-undo"],
    "redo": ["#tool-redo"],
    "deselect": ["#message-close"],
    "filament": ["#tool-filament"],
    "select": ["#tool-select"],
    "erase": ["#tool-erase"],
    "paint": ["#tool-paint"],
    "brushSmaller": ["#brush-smaller"],
    "brushLarger": ["#brush-larger"],
    "exclude": ["#tool-exclude"],
    "fit": ["#tool-fit"],
    "oneToOne": ["#tool-one"],
    "marks": ["#tool-marks"],
    "overview": ["#overview summary"],
    "layer": ["#layers-left [role=radio]:nth-child(3)"],
    "filter": ["#layers-left [role=radio]:nth-child(2)", "#filter-on"],
    "beside": ["#tool-beside"],
    "invert": ["#contrast-invert"],
    "contrast": ["#contrast summary"],
    "train": ["#train kbd"],
    "lower": ["#threshold-lower kbd"],
    "higher": ["#threshold-higher kbd"],
    "help": ["#help-open", "#help-open kbd"],
}
"""Where the key of a command is told: a tooltip, or what is written on a button."""
KEYS_ALONE = {"tapMiddle", "zoomIn", "zoomOut", "left", "right", "up", "down", "hand", "hide", "blink"}
"""Commands without a control."""
FIXED = {"deselect"}
TABLE = """const { tableWith, written } = await import('./static/keys.js');
console.log(JSON.stringify(tableWith(JSON.parse(process.argv[1])).map((one) => [one.id, written(one, false)])))"""
TOLD = """(selectors) => Object.fromEntries(selectors.map((selector) => {
  const { tagName, textContent, title } = document.querySelector(selector);
  return [selector, tagName === 'KBD' ? textContent : title];
}))"""
# What the button of a command in the help and then the key would do.
CHOOSE = """(own) => {
  for (const [id, key] of Object.entries(own)) {
    document.getElementById(`key-${id}`).click();
    document.getElementById('help').dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
  }
}"""


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


def written(own: dict[str, str]) -> dict[str, list[str]]:
    """The keys of each command as people read them."""
    command = [node(), "--input-type=module", "-e", TABLE, json.dumps(own)]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    texts: dict[str, list[str]] = {}
    for command, keys in json.loads(answer.stdout):
        texts.setdefault(command, []).extend(keys)
    return texts


def wanted(texts: dict[str, list[str]]) -> dict[str, str]:
    """What each control should say: a `<kbd>` the first key, a tooltip two of them at its end."""
    return {
        selector: texts[command][0] if selector.endswith("kbd") else f"({' or '.join(texts[command][:2])})"
        for command, selectors in CONTROLS.items()
        for selector in selectors
    }


def told(page: Page) -> dict[str, str]:
    """What each control does say."""
    shown = page.evaluate(TOLD, [selector for selectors in CONTROLS.values() for selector in selectors])
    return {
        selector: text if selector.endswith("kbd") else re.sub(r"^[^(]*", "", text)
        for selector, text in shown.items()
    }


def test_every_control_of_a_command_tells_its_key_as_it_is_now(new_lab):
    lab = new_lab().open()
    page, usual, hint = lab.page, written({}), lab.page.locator("#hint")
    assert CONTROLS.keys() | KEYS_ALONE == usual.keys() and not CONTROLS.keys() & KEYS_ALONE
    # Until this layer is there its button says what it needs.
    expect(page.get_by_role("radio", name="what the model sees")).to_be_enabled()
    assert told(page) == wanted(usual)
    free = [command for command in CONTROLS if command not in FIXED]
    # Letters that no command has.
    own = {command: chr(ord("а") + i) for i, command in enumerate(free)}
    page.keyboard.press("s")
    expect(hint).to_have_text("drag a box · S: lasso")
    page.keyboard.press("F1")
    page.evaluate(CHOOSE, own)
    now = written(own)
    assert all(now[command] != usual[command] for command in own)
    assert told(page) == wanted(now)
    expect(hint).to_have_text(f"drag a box · {now['select'][0]}: lasso")
