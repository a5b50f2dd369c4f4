"""Setting, moving and removing labels with a real mouse and real keys; what is saved is on disk."""

import re

import pytest
from playwright.sync_api import expect

from tests.page.annotator.conftest import DIAMETER_ANGSTROM, DIAMETER_PX, PIXEL_SIZE_ANGSTROM, SPOT

RADIUS = DIAMETER_PX / 2


def places(labels: list[dict]) -> list[tuple[float, float]]:
    return [(round(label["x"], 3), round(label["y"], 3)) for label in labels]


def test_a_click_adds_a_label_that_is_on_disk_before_the_page_says_saved(lab):
    lab.click(200, 150)
    lab.has("1 label, 0 picks")
    (label,) = lab.saved()
    assert (label["label"], label["source"]) == ("positive", "click")
    assert (label["x"], label["y"]) == pytest.approx((200, 150), abs=0.5)


def test_a_click_inside_a_circle_selects_it_and_adds_nothing(lab):
    lab.click(200, 150)
    lab.page.keyboard.press("Escape")
    lab.click(200 + RADIUS - 6, 150)
    expect(lab.page.get_by_role("group", name="Selected")).to_contain_text("label")
    assert len(lab.saved()) == 1


def test_a_click_beside_a_circle_adds_a_second_label(lab):
    lab.click(200, 150)
    lab.click(200 + RADIUS + 8, 150)
    lab.has("2 labels, 0 picks")


def test_a_click_outside_the_micrograph_adds_nothing(new_lab):
    lab = new_lab().open(x=0, y=0)
    lab.click(-30, 40)
    lab.has("0 labels, 0 picks")


def test_a_drag_inside_a_circle_moves_the_label(lab):
    lab.click(200, 150)
    lab.drag((204, 152), (264, 192))
    lab.has("1 label, 0 picks")
    assert places(lab.saved()) == [(260, 190)]


def test_a_label_cannot_be_dragged_off_the_micrograph(new_lab):
    lab = new_lab().open(x=0, y=0)
    lab.click(30, 30)
    lab.drag((30, 30), (-60, 90))
    assert places(lab.saved()) == [(0, 90)]


def test_dragging_the_edge_of_a_circle_changes_the_diameter_for_all(lab):
    lab.click(200, 150)
    lab.drag((200 + RADIUS, 150), (200 + RADIUS + 10, 150))
    wanted = DIAMETER_ANGSTROM + 2 * 10 * PIXEL_SIZE_ANGSTROM
    expect(lab.page.get_by_label("Particle diameter")).to_have_value(f"{wanted:g}")
    expect(lab.page.locator("#derived")).to_contain_text("downsample")
    lab.settles(lambda project: project["settings"]["diameter_angstrom"], pytest.approx(wanted, abs=0.5))
    assert places(lab.saved()) == [(200, 150)]


def press_delete(lab):
    lab.page.keyboard.press("Delete")


def shift_click(lab):
    lab.page.keyboard.down("Shift")
    lab.click(203, 150)
    lab.page.keyboard.up("Shift")


def middle_click(lab):
    lab.click(203, 150, button="middle")


@pytest.mark.parametrize("remove", [press_delete, shift_click, middle_click])
def test_a_label_is_removed_by(lab, remove):
    lab.click(200, 150)
    remove(lab)
    lab.has("0 labels, 0 picks")
    assert lab.saved() == []


def test_undo_and_redo_go_through_everything_that_was_done(lab):
    lab.click(200, 150)
    lab.drag((200, 150), (300, 200))
    lab.page.keyboard.press("Delete")
    seen = []
    for _ in range(3):
        lab.page.keyboard.press("Control+z")
        seen.append(places(lab.saved()))
    assert seen == [[(300, 200)], [(200, 150)], []]
    for key in ("Control+Shift+z", "Control+y", "Meta+Shift+z"):
        lab.page.keyboard.press(key)
        seen.append(places(lab.saved()))
    assert seen[3:] == [[(200, 150)], [(300, 200)], []]


def test_the_tool_strip_shows_whether_there_is_something_to_undo(lab):
    undo = lab.page.get_by_role("button", name="Undo")
    expect(undo).to_be_disabled()
    lab.click(200, 150)
    undo.click()
    lab.has("0 labels, 0 picks")
    lab.page.get_by_role("button", name="Redo").click()
    lab.has("1 label, 0 picks")


def test_in_move_mode_a_click_adds_nothing_and_a_drag_pans(lab):
    lab.page.keyboard.press("v")
    expect(lab.page.get_by_role("button", name="Move the view")).to_have_attribute("aria-pressed", "true")
    lab.click(200, 150)
    lab.drag((200, 150), (230, 160))
    lab.has("0 labels, 0 picks")
    expect(lab.page).to_have_url(re.compile(r"x=290\.00&y=310\.00"))


def test_labels_can_be_set_with_the_keyboard_alone(lab):
    lab.canvas.focus()
    lab.page.keyboard.press("ArrowRight")
    lab.page.keyboard.press("ArrowDown")
    lab.page.keyboard.press("Enter")
    lab.has("1 label, 0 picks")
    assert places(lab.saved()) == [(400, 400)]
    lab.page.keyboard.press("Delete")
    lab.has("0 labels, 0 picks")


def test_keys_typed_into_a_field_are_text(lab):
    lab.click(200, 150)
    search = lab.page.get_by_label("Search micrographs")
    search.click()
    lab.page.keyboard.type("dfgx")
    lab.page.keyboard.press("Delete")
    expect(search).to_have_value("dfgx")
    lab.has("1 label, 0 picks")


@pytest.mark.parametrize("ratio", [1, 1.5, 2])
@pytest.mark.parametrize("zoom", [0.4, 1, 7.37])
def test_what_the_eye_sees_is_what_a_click_stores(new_lab, ratio, zoom):
    lab = new_lab(device_scale_factor=ratio).open(x=SPOT[0] + 13 / zoom, y=SPOT[1] - 21 / zoom, zoom=zoom)
    lab.page.mouse.click(*lab.spot())
    (label,) = lab.saved()
    assert (label["x"], label["y"]) == pytest.approx(SPOT, abs=0.5)


def test_a_click_is_right_after_the_window_changed_its_size_and_the_wheel_turned(new_lab):
    lab = new_lab(device_scale_factor=1.5).open(x=SPOT[0], y=SPOT[1], zoom=1.3)
    lab.page.set_viewport_size({"width": 1111, "height": 703})
    lab.wait()
    lab.page.mouse.move(*lab.spot())
    lab.page.mouse.wheel(0, -300)
    lab.page.get_by_role("button", name="Move the view").hover()
    lab.wait()
    lab.page.mouse.click(*lab.spot())
    (label,) = lab.saved()
    assert (label["x"], label["y"]) == pytest.approx(SPOT, abs=0.5)


def test_a_micrograph_without_particles_is_marked_for_everyone_until_it_has_a_label(new_lab):
    mine = new_lab().open()
    theirs = new_lab(mine.name).open()
    theirs_box = theirs.page.get_by_label("No particles here")
    mine.page.get_by_label("No particles here").check()
    expect(theirs_box).to_be_checked()
    expect(mine.page.locator("#complete-note")).to_contain_text("all of it for background")
    mine.click(200, 150)
    expect(theirs_box).not_to_be_checked()
    expect(theirs_box).to_be_disabled()
    mine.page.keyboard.press("Control+z")
    expect(theirs_box).to_be_checked()
    theirs_box.uncheck()
    expect(mine.page.get_by_label("No particles here")).not_to_be_checked()
