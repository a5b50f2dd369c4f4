"""Regions without picks: drawn, seen, selected, taken away and undone with a real mouse, fingers and keys."""

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.page.annotator.conftest import PIXEL_SIZE_ANGSTROM, call
from tests.page.conftest import until_saved
from topazcore.exclusions import contains

AMBER = (242, 166, 90)
TRIANGLE = [(150, 150), (350, 150), (250, 350)]
INSIDE, OUTSIDE = (250, 210), (250, 420)


def draw_mode(lab):
    lab.page.keyboard.press("r")
    expect(lab.page.get_by_role("button", name="Exclude a region")).to_have_attribute("aria-pressed", "true")


def draw_triangle(lab):
    draw_mode(lab)
    for corner in [*TRIANGLE, TRIANGLE[0]]:
        lab.click(*corner)
    lab.has("0 labels, 0 picks, 1 exclusion")


def on_disk(lab) -> list[list[list[float]]]:
    until_saved(lab.page)
    found = call(lab.server, f"api/micrographs/{lab.id}/labels")["exclusions"]
    return [each["outline"] for each in found]


def amber_share(lab, x: float, y: float, side: int = 24) -> float:
    """The part of a square on the canvas that is hatched."""
    left, top = lab.screen(x - side / 2, y - side / 2)
    area = {"x": left, "y": top, "width": side, "height": side}
    shown = np.asarray(lab.picture(area), dtype=float)
    return float((np.abs(shown - AMBER).max(axis=2) < 70).mean())


def test_clicks_set_corners_and_the_first_one_closes_the_region(lab):
    draw_triangle(lab)
    (outline,) = on_disk(lab)
    assert np.allclose(outline, TRIANGLE, atol=0.5)
    expect(lab.page.locator("#count-exclusions")).to_contain_text("1 here")
    assert lab.saved() == []


def test_a_region_is_hatched_inside_and_nothing_is_outside(lab):
    before = amber_share(lab, *INSIDE)
    draw_triangle(lab)
    lab.page.mouse.move(*lab.screen(*OUTSIDE))
    inside, outside = amber_share(lab, *INSIDE), amber_share(lab, *OUTSIDE)
    assert inside > before + 0.05
    assert outside == pytest.approx(before, abs=0.02)


def test_a_drag_draws_a_region_freehand(lab):
    draw_mode(lab)
    lab.page.mouse.move(*lab.screen(200, 200))
    lab.page.mouse.down()
    for x, y in [(400, 200), (400, 400), (200, 400)]:
        lab.page.mouse.move(*lab.screen(x, y), steps=8)
    lab.page.mouse.up()
    lab.has("0 labels, 0 picks, 1 exclusion")
    (outline,) = on_disk(lab)
    assert len(outline) <= 8
    assert np.allclose([np.min(outline, axis=0), np.max(outline, axis=0)], [[200, 200], [400, 400]], atol=1)


def test_a_region_is_selected_by_a_click_and_goes_with_delete(lab):
    draw_triangle(lab)
    lab.page.keyboard.press("a")
    lab.page.keyboard.press("Escape")
    lab.click(*INSIDE)
    chip = lab.page.get_by_role("group", name="Selected")
    expect(chip).to_contain_text("exclusion")
    lab.has("0 labels, 0 picks, 1 exclusion")
    lab.page.keyboard.press("Delete")
    lab.has("0 labels, 0 picks")
    expect(chip).to_be_hidden()
    assert on_disk(lab) == []


def test_undo_and_redo_go_through_regions_and_labels_in_the_order_of_the_hand(lab):
    lab.click(500, 400)
    draw_triangle_after_label(lab)
    seen = []
    for key in ["Control+z", "Control+z", "Control+Shift+z", "Control+Shift+z"]:
        lab.page.keyboard.press(key)
        seen.append((len(lab.saved()), len(on_disk(lab))))
    assert seen == [(1, 0), (0, 0), (1, 0), (1, 1)]


def draw_triangle_after_label(lab):
    draw_mode(lab)
    for corner in [*TRIANGLE, TRIANGLE[0]]:
        lab.click(*corner)
    lab.has("1 label, 0 picks, 1 exclusion")


def test_other_pages_see_a_region_and_its_removal(new_lab):
    mine = new_lab().open()
    theirs = new_lab(mine.name).open()
    draw_triangle(mine)
    theirs.has("0 labels, 0 picks, 1 exclusion")
    mine.page.keyboard.press("Delete")
    theirs.has("0 labels, 0 picks")
    expect(theirs.page.get_by_role("button", name="Undo")).to_be_disabled()


def test_a_region_is_there_after_a_reload(lab):
    draw_triangle(lab)
    until_saved(lab.page)
    lab.page.reload()
    lab.wait().has("0 labels, 0 picks, 1 exclusion")


def test_picks_in_a_region_and_its_margin_are_hidden_and_come_back_with_undo(new_lab, picked):
    lab = new_lab()
    picked.serve_to(lab, [lab.name])
    lab.open()
    lab.has("0 labels, 3 picks")
    draw_mode(lab)
    for corner in [(80, 150), (250, 150), (250, 250), (80, 250), (80, 150)]:
        lab.click(*corner)
    lab.has("0 labels, 1 pick, 1 exclusion")
    margin = lab.page.get_by_label("Margin around them")
    margin.fill(str((320 - 250 + 2) * PIXEL_SIZE_ANGSTROM))
    margin.press("Enter")
    lab.has("0 labels, 0 picks, 1 exclusion")
    lab.settles(lambda project: project["settings"]["training"], {"exclusion_margin_angstrom": 144.0})
    lab.canvas.focus()
    lab.page.keyboard.press("Control+z")
    lab.has("0 labels, 3 picks")


def test_a_label_in_a_region_is_told(lab):
    lab.click(*INSIDE)
    draw_triangle_after_label(lab)
    expect(lab.page.locator("#exclusion-note")).to_contain_text("1 label here lies in one")


def test_corners_are_taken_back_and_escape_forgets_them(lab):
    draw_mode(lab)
    chip = lab.page.get_by_role("group", name="Selected")
    for corner in [*TRIANGLE, (100, 100)]:
        lab.click(*corner)
    expect(chip).to_contain_text("4 corners")
    lab.page.keyboard.press("Backspace")
    expect(chip).to_contain_text("3 corners")
    lab.page.keyboard.press("Escape")
    expect(chip).to_be_hidden()
    lab.has("0 labels, 0 picks")


def test_a_drag_between_corners_moves_the_view_and_a_click_goes_on(lab):
    draw_mode(lab)
    lab.click(*TRIANGLE[0])
    lab.click(*TRIANGLE[1])
    lab.drag((300, 300), (260, 280))
    lab.view = (360, 340, 1)
    lab.click(*TRIANGLE[2])
    lab.click(*TRIANGLE[0])
    lab.has("0 labels, 0 picks, 1 exclusion")
    (outline,) = on_disk(lab)
    assert np.allclose(outline, TRIANGLE, atol=1)


def test_a_region_is_drawn_with_the_keyboard_alone(lab):
    lab.canvas.focus()
    draw_mode(lab)
    for keys in [["Enter"], ["ArrowRight", "Enter"], ["ArrowDown", "Enter"], ["Enter"]]:
        for key in keys:
            lab.page.keyboard.press(key)
    lab.has("0 labels, 0 picks, 1 exclusion")
    (outline,) = on_disk(lab)
    assert np.allclose(outline, [[320, 320], [400, 320], [400, 400]], atol=0.5)


def test_a_region_may_reach_beyond_the_edge(new_lab):
    lab = new_lab().open(x=0, y=0)
    draw_mode(lab)
    for corner in [(-40, -30), (100, -30), (-40, 90), (-40, -30)]:
        lab.click(*corner)
    lab.has("0 labels, 0 picks, 1 exclusion")
    (outline,) = on_disk(lab)
    assert np.allclose(outline, [[-40, -30], [100, -30], [-40, 90]], atol=0.5)


def test_another_micrograph_forgets_the_corners(lab):
    draw_mode(lab)
    lab.click(*TRIANGLE[0])
    lab.page.keyboard.press("f")
    expect(lab.page.get_by_role("group", name="Selected")).to_be_hidden()


def test_a_brush_paints_a_region_and_a_ring_leaves_its_middle_free(lab):
    lab.page.keyboard.press("b")
    expect(lab.page.get_by_role("button", name="Exclude with a brush")).to_have_attribute(
        "aria-pressed", "true"
    )
    lab.page.mouse.move(*lab.screen(200, 200))
    lab.page.mouse.down()
    for x, y in [(400, 200), (400, 400), (200, 400), (200, 200)]:
        lab.page.mouse.move(*lab.screen(x, y), steps=10)
    lab.page.mouse.up()
    lab.has("0 labels, 0 picks, 1 exclusion")
    (outline,) = on_disk(lab)
    points = np.array([(200, 200), (300, 215), (385, 300), (300, 300), (230, 300), (170, 300)])
    assert contains([outline], points).tolist() == [True, True, True, False, False, False]


def test_a_click_with_the_brush_paints_a_disk_of_its_size(new_lab):
    lab = new_lab().open(zoom=2)
    lab.page.keyboard.press("b")
    lab.click(300, 300)
    lab.has("0 labels, 0 picks, 1 exclusion")
    (outline,) = on_disk(lab)
    distances = np.hypot(*(np.array(outline) - 300).T)
    assert distances == pytest.approx(12, abs=0.5)


def test_two_fingers_zoom_and_draw_nothing(new_lab):
    lab = new_lab(has_touch=True).open()
    draw_mode(lab)
    middle = lab.screen(320, 320)
    touches = lab.page.context.new_cdp_session(lab.page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        fingers = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(points)]
        touches.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": fingers})

    touch("touchStart", middle)
    touch("touchMove", (middle[0] + 40, middle[1]))
    touch("touchStart", (middle[0] + 40, middle[1]), (middle[0] - 40, middle[1]))
    touch("touchMove", (middle[0] + 80, middle[1]), (middle[0] - 80, middle[1]))
    touch("touchEnd")
    expect(lab.page.locator("#zoom")).not_to_have_text("zoom 1×")
    lab.has("0 labels, 0 picks")


def test_a_finger_draws_a_region(new_lab):
    lab = new_lab(has_touch=True).open()
    draw_mode(lab)
    for corner in [*TRIANGLE, TRIANGLE[0]]:
        lab.page.touchscreen.tap(*lab.screen(*corner))
    lab.has("0 labels, 0 picks, 1 exclusion")
