"""Many labels and picks at once: select in a box or a lasso, erase with a brush, move with the arrow keys."""

import pytest
from playwright.sync_api import expect

from tests.page.annotator.test_labels import places

ROW = [(200, 200), (260, 200), (320, 200), (200, 420)]


@pytest.fixture
def row(lab):
    """Three labels in a row and one far below, none of them selected."""
    for place in ROW:
        lab.click(*place)
    lab.page.keyboard.press("Escape")
    lab.has("4 labels, 0 picks")
    return lab


@pytest.fixture
def picks(new_lab, picked):
    """Three shown picks at x 120, 220 and 320, y 200."""
    lab = new_lab()
    picked.serve_to(lab, [lab.name])
    lab.open()
    lab.has("0 labels, 3 picks")
    return lab


def chip(lab):
    return lab.page.get_by_role("group", name="Selected")


def select_row(lab):
    lab.page.keyboard.press("s")
    lab.drag((170, 160), (350, 240))


def test_a_box_selects_what_has_its_centre_inside_and_delete_is_one_step(row):
    select_row(row)
    expect(chip(row)).to_contain_text("3 labels")
    row.page.keyboard.press("Delete")
    row.has("1 label, 0 picks")
    assert places(row.saved()) == [(200, 420)]
    row.page.keyboard.press("Control+z")
    row.has("4 labels, 0 picks")
    assert len(row.saved()) == 4


def test_a_lasso_selects_what_it_winds_around(row):
    row.page.keyboard.press("s")
    row.page.keyboard.press("s")
    expect(row.page.get_by_role("button", name="Select in a lasso")).to_have_attribute("aria-pressed", "true")
    row.page.mouse.move(*row.screen(170, 170))
    row.page.mouse.down()
    for x, y in [(230, 170), (230, 450), (170, 450), (170, 180)]:
        row.page.mouse.move(*row.screen(x, y), steps=6)
    row.page.mouse.up()
    expect(chip(row)).to_contain_text("2 labels")


def test_a_selection_of_picks_becomes_labels_or_removed_picks(picks):
    picks.page.keyboard.press("s")
    picks.drag((90, 160), (250, 240))
    expect(chip(picks)).to_contain_text("2 picks")
    picks.page.keyboard.press("k")
    picks.has("2 labels, 3 picks")
    expect(chip(picks)).to_contain_text("2 labels")
    picks.drag((290, 160), (350, 240))
    picks.page.keyboard.press("x")
    picks.has("2 labels, 2 picks, 1 removed pick")
    assert [(label["x"], label["label"]) for label in picks.saved()] == [
        (120, "positive"), (220, "positive"), (320, "negative"),
    ]  # fmt: skip


def test_an_empty_box_selects_nothing_and_a_click_one_circle(row):
    row.page.keyboard.press("s")
    row.drag((400, 400), (500, 500))
    expect(chip(row)).to_be_hidden()
    row.click(*ROW[0])
    expect(chip(row)).to_contain_text("label")
    row.has("4 labels, 0 picks")


def test_the_eraser_takes_what_it_brushes_over_in_one_step(row):
    row.page.keyboard.press("e")
    row.drag((170, 205), (350, 205), steps=12)
    row.has("1 label, 0 picks")
    assert places(row.saved()) == [(200, 420)]
    row.page.keyboard.press("Control+z")
    row.has("4 labels, 0 picks")


def test_the_eraser_removes_picks_and_a_click_takes_one(picks):
    picks.page.keyboard.press("e")
    picks.drag((90, 200), (250, 200), steps=12)
    picks.has("0 labels, 1 pick, 2 removed picks")
    picks.click(320, 200)
    picks.has("0 labels, 0 picks, 3 removed picks")


def test_brackets_change_the_size_of_the_brush(row):
    hint = row.page.locator("#hint")
    row.page.keyboard.press("e")
    expect(hint).to_contain_text("48 px across")
    for _ in range(4):
        row.page.keyboard.press("[")
    expect(hint).to_contain_text("20 px across")
    row.drag((170, 215), (350, 215), steps=12)
    row.has("4 labels, 0 picks")
    for _ in range(4):
        row.page.keyboard.press("]")
    row.drag((170, 215), (350, 215), steps=12)
    row.has("1 label, 0 picks")


def test_the_brush_is_as_large_on_the_screen_at_every_zoom(new_lab):
    lab = new_lab().open(x=200, y=200, zoom=4)
    lab.click(200, 200)
    lab.has("1 label, 0 picks")
    lab.page.keyboard.press("e")
    lab.drag((190, 208), (210, 208), steps=8)
    lab.has("1 label, 0 picks")
    lab.drag((190, 204), (210, 204), steps=8)
    lab.has("0 labels, 0 picks")


def test_arrows_move_the_selected_label_by_one_pixel_and_with_shift_by_ten(lab):
    lab.click(200, 150)
    for key in ["ArrowRight", "ArrowRight", "ArrowDown", "Shift+ArrowLeft", "Shift+ArrowUp"]:
        lab.page.keyboard.press(key)
    assert places(lab.saved()) == [(192, 141)]
    lab.page.keyboard.press("Control+z")
    assert places(lab.saved()) == [(200, 150)]
    lab.page.keyboard.press("Control+Shift+z")
    assert places(lab.saved()) == [(192, 141)]
    lab.page.keyboard.press("Control+z")
    lab.page.keyboard.press("Control+z")
    assert lab.saved() == []


def test_nudges_of_different_labels_are_steps_of_their_own(row):
    for place in ROW[:2]:
        row.click(*place)
        row.page.keyboard.press("ArrowDown")
    row.page.keyboard.press("Control+z")
    assert sorted(places(row.saved())) == [(200, 201), (200, 420), (260, 200), (320, 200)]


def test_arrows_move_a_selection_together_and_none_of_it_off_the_micrograph(new_lab):
    lab = new_lab().open(x=100, y=100)
    lab.click(15, 100)
    lab.click(80, 100)
    lab.page.keyboard.press("s")
    lab.drag((2, 60), (130, 140))
    expect(chip(lab)).to_contain_text("2 labels")
    for _ in range(3):
        lab.page.keyboard.press("Shift+ArrowLeft")
    assert places(lab.saved()) == [(0, 100), (65, 100)]


def test_enter_once_more_lets_go_so_that_arrows_move_the_view(lab):
    lab.canvas.focus()
    for key in ["Enter", "ArrowRight", "Enter", "ArrowRight", "Enter"]:
        lab.page.keyboard.press(key)
    lab.has("2 labels, 0 picks")
    assert places(lab.saved()) == [(321, 320), (400, 320)]
