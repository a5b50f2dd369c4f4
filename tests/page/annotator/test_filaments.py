"""Filaments: drawn with a mouse, fingers and keys, gripped by an end, chosen with others, counted, taken away."""

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.page.annotator.conftest import PIXEL_SIZE_ANGSTROM, call
from tests.page.conftest import until_saved

START, END = (150, 200), (350, 240)
CYAN = (76, 201, 240)


def filament_mode(lab):
    lab.page.keyboard.press("w")
    expect(lab.page.get_by_role("button", name="Label filaments")).to_have_attribute("aria-pressed", "true")


def draw(lab, start=START, end=END):
    filament_mode(lab)
    lab.drag(start, end)
    lab.has("0 labels, 1 filament, 0 picks")


def on_disk(lab) -> list[list[list[float]]]:
    until_saved(lab.page)
    found = call(lab.server, f"api/micrographs/{lab.id}/labels")["filaments"]
    return sorted(each["ends"] for each in found)


def cyan_share(lab, x: float, y: float, side: int = 8) -> float:
    left, top = lab.screen(x - side / 2, y - side / 2)
    area = {"x": left, "y": top, "width": side, "height": side}
    shown = np.asarray(lab.picture(area), dtype=float)
    return float((np.abs(shown - CYAN).max(axis=2) < 60).mean())


def test_a_drag_draws_a_filament_and_its_ends_all_of_it_and_undo_move_it(lab):
    before = cyan_share(lab, 250, 220)
    draw(lab)
    assert np.allclose(on_disk(lab), [[START, END]], atol=0.5)
    assert cyan_share(lab, 250, 220) > before + 0.1
    lab.drag(END, (350, 300))
    expect(lab.page.get_by_role("group", name="Selected")).to_contain_text("filament")
    assert np.allclose(on_disk(lab), [[START, (350, 300)]], atol=0.5)
    lab.page.keyboard.press("Shift+ArrowDown")
    lab.page.keyboard.press("ArrowRight")
    assert np.allclose(on_disk(lab), [[(151, 210), (351, 310)]], atol=0.5)
    lab.page.keyboard.press("a")
    lab.drag((251, 260), (261, 250))
    assert np.allclose(on_disk(lab), [[(161, 200), (361, 300)]], atol=0.5)
    lab.page.keyboard.press("Control+z")
    assert np.allclose(on_disk(lab), [[(151, 210), (351, 310)]], atol=0.5)
    lab.page.keyboard.press("Control+z")
    assert np.allclose(on_disk(lab), [[START, (350, 300)]], atol=0.5)
    lab.page.keyboard.press("Delete")
    lab.has("0 labels, 0 picks")
    assert on_disk(lab) == []
    lab.page.keyboard.press("Control+z")
    lab.has("0 labels, 1 filament, 0 picks")


def test_two_clicks_draw_one_and_a_drag_between_them_moves_the_view(lab):
    filament_mode(lab)
    chip = lab.page.get_by_role("group", name="Selected")
    lab.click(*START)
    expect(chip).to_contain_text("click the end")
    lab.page.keyboard.press("Backspace")
    expect(chip).to_be_hidden()
    lab.click(*START)
    lab.drag((300, 300), (260, 280))
    lab.view = (360, 340, 1)
    lab.click(*END)
    lab.has("0 labels, 1 filament, 0 picks")
    assert np.allclose(on_disk(lab), [[START, END]], atol=1)
    lab.click(350, 238)
    expect(chip).to_contain_text("filament")


def test_the_keyboard_alone_sets_both_ends(lab):
    lab.canvas.focus()
    filament_mode(lab)
    for key in ["Enter", "ArrowRight", "ArrowDown", "Enter"]:
        lab.page.keyboard.press(key)
    lab.has("0 labels, 1 filament, 0 picks")
    assert np.allclose(on_disk(lab), [[(320, 320), (400, 400)]], atol=0.5)


def test_fingers_draw_and_two_of_them_zoom(new_lab):
    lab = new_lab(has_touch=True).open()
    filament_mode(lab)
    for place in (START, END):
        lab.page.touchscreen.tap(*lab.screen(*place))
    lab.has("0 labels, 1 filament, 0 picks")
    touches = lab.page.context.new_cdp_session(lab.page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        fingers = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(points)]
        touches.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": fingers})

    (x, y), (x2, y2) = lab.screen(400, 400), lab.screen(500, 400)
    touch("touchStart", (x, y))
    touch("touchMove", (x2, y2))
    touch("touchEnd")
    lab.has("0 labels, 2 filaments, 0 picks")
    touch("touchStart", (x, y + 60))
    touch("touchMove", (x + 40, y + 60))
    touch("touchStart", (x + 40, y + 60), (x - 40, y + 60))
    touch("touchMove", (x + 80, y + 60), (x - 80, y + 60))
    touch("touchEnd")
    expect(lab.page.locator("#zoom")).not_to_have_text("zoom 1×")
    lab.has("0 labels, 2 filaments, 0 picks")


def test_box_and_eraser_take_filaments_and_labels_together(lab):
    draw(lab)
    lab.page.keyboard.press("a")
    lab.click(200, 300)
    lab.page.keyboard.press("s")
    lab.drag((100, 150), (380, 340))
    chip = lab.page.get_by_role("group", name="Selected")
    expect(chip).to_contain_text("1 label, 1 filament")
    lab.page.keyboard.press("ArrowDown")
    assert np.allclose(on_disk(lab), [[(150, 201), (350, 241)]], atol=0.5)
    lab.page.keyboard.press("e")
    lab.drag((250, 190), (250, 250))
    lab.has("1 label, 0 picks")
    lab.page.keyboard.press("Control+z")
    lab.has("1 label, 1 filament, 0 picks")


def test_other_pages_see_it_and_the_panel_counts_what_it_stands_for(new_lab):
    mine = new_lab().open()
    theirs = new_lab(mine.name).open()
    filament_mode(mine)
    note = mine.page.locator("#filament-note")
    expect(mine.page.get_by_label("Spacing along them")).to_be_visible()
    mine.drag((100, 200), (300, 200))
    theirs.has("0 labels, 1 filament, 0 picks")
    expect(note).to_contain_text("Half the diameter. 11 particles along those here.")
    spacing = mine.page.get_by_label("Spacing along them")
    spacing.fill(str(10 * PIXEL_SIZE_ANGSTROM))
    spacing.press("Enter")
    expect(note).to_contain_text("21 particles along those here. Training takes one every 40 Å.")
    expect(theirs.page.locator("#filament-note")).to_contain_text("21 particles")
    expect(mine.page.locator("#count-filaments")).to_contain_text("1 here")
    row = mine.page.get_by_role("option", name=f"{mine.name},")
    expect(row).to_contain_text("╱ 1")
    spacing.fill("")
    spacing.press("Enter")
    expect(note).to_contain_text("11 particles")


@pytest.mark.parametrize("end", [(0, 0), (-40, 320)])
def test_an_end_stays_on_the_micrograph_and_a_slip_is_none(new_lab, end):
    lab = new_lab().open(x=100, y=320)
    filament_mode(lab)
    lab.drag((200, 320), end)
    lab.has("0 labels, 1 filament, 0 picks")
    ((_, last),) = on_disk(lab)
    assert min(last) >= 0


def test_picks_along_a_filament_are_covered(new_lab, picked):
    lab = new_lab()
    picked.serve_to(lab, [lab.name])
    lab.open()
    lab.has("0 labels, 3 picks")
    filament_mode(lab)
    lab.drag((100, 215), (250, 215))
    lab.has("0 labels, 1 filament, 3 picks")
    lab.page.get_by_role("tab", name="Export").click()
    counts = [lab.page.locator(f"#export-{what}") for what in ("both", "labels")]
    expect(counts[0]).not_to_have_text("")
    both, labels = (int(each.inner_text().replace(",", "").lstrip("≥ ")) for each in counts)
    assert both - labels == 1, "the picks at 120 and 220 lie on the filament, the one at 320 does not"
