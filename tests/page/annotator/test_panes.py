"""Two layers side by side: one place in both, and a hand in either of them."""

import re
from dataclasses import replace

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.page.annotator.conftest import FRESH_SETTINGS, SIZE_PX, SPOT, Lab, call

GAP_PX = 2
"""Between the panes, CSS px."""


def beside(lab: Lab) -> tuple[Lab, Lab]:
    """The panes as two labs of one page; nothing lies over the lower part of the canvas."""
    lab.page.keyboard.press("c")
    lab.page.keyboard.press("p")
    expect(lab.page.get_by_role("radiogroup", name="Layer on the right")).to_be_visible()
    lab.wait()
    ratio = lab.page.evaluate("devicePixelRatio")
    width = np.floor((lab.box["width"] - GAP_PX) / 2 * ratio) / ratio
    right = {**lab.box, "x": lab.box["x"] + lab.box["width"] - width, "width": width}
    return replace(lab, box={**lab.box, "width": width}), replace(lab, box=right)


def chosen(lab: Lab, side: str) -> str:
    group = lab.page.get_by_role("radiogroup", name=f"Layer on the {side}")
    return group.get_by_role("radio", checked=True).inner_text()


@pytest.mark.parametrize("ratio", [1, 1.5, 2])
def test_what_the_eye_sees_in_either_pane_is_what_a_click_there_stores(new_lab, ratio):
    lab = new_lab(device_scale_factor=ratio).open(x=260, y=310, zoom=1.2)
    left, right = beside(lab)
    spots = [pane.spot() for pane in (left, right)]
    assert spots[0] == pytest.approx(left.screen(*SPOT), abs=0.7)
    assert spots[1] == pytest.approx(right.screen(*SPOT), abs=0.7)
    lab.page.mouse.click(*spots[0])
    (label,) = lab.saved()
    assert (label["x"], label["y"]) == pytest.approx(SPOT, abs=0.5)
    lab.page.keyboard.press("Delete")
    lab.has("0 labels, 0 picks")
    lab.page.mouse.click(*spots[1])
    (label,) = lab.saved()
    # What the low-pass has blurred has its middle a little less exactly where it was.
    assert (label["x"], label["y"]) == pytest.approx(SPOT, abs=0.6)
    right.click(330, 400)
    left.click(180, 400)
    placed = [(one["x"], one["y"]) for one in lab.saved()]
    assert placed[0] == pytest.approx((180, 400), abs=0.5)
    assert placed[2] == pytest.approx((330, 400), abs=0.5)


def test_the_whole_micrograph_stays_whole_and_a_place_stays_a_place(lab):
    lab.page.keyboard.press("0")
    left, _ = beside(lab)
    for box in (left.box, lab.box):
        zoom = min(box["width"], box["height"]) / SIZE_PX
        expect(lab.page).to_have_url(re.compile(rf"zoom={str(zoom)[:6]}"))
        lab.page.keyboard.press("p")
    expect(lab.page.get_by_role("radiogroup", name="Layer on the right")).to_be_visible()
    near = replace(lab).open(x=200, y=150, zoom=3)
    near.page.get_by_role("button", name="Side by side").click()
    expect(near.page).to_have_url(re.compile("x=200.00&y=150.00&zoom=3.00000&second=filtered"))


def test_the_address_keeps_both_layers_and_they_change_places(lab):
    left, _ = beside(lab)
    assert (chosen(lab, "left"), chosen(lab, "right")) == ("raw", "low-pass 20 Å")
    lab.page.keyboard.press("j")
    expect(lab.page).to_have_url(re.compile("layer=filtered&second=raw"))
    lab.page.reload()
    lab.wait()
    assert (chosen(lab, "left"), chosen(lab, "right")) == ("low-pass 20 Å", "raw")
    right = lab.page.get_by_role("radiogroup", name="Layer on the right")
    right.get_by_role("radio", name="what the model sees").click()
    expect(lab.page).to_have_url(re.compile("layer=filtered&second=model"))
    right.get_by_role("radio", name="low-pass").click()
    expect(lab.page).to_have_url(re.compile("layer=model&second=filtered"))
    lab.wait()
    lab.page.mouse.move(*left.screen(*SPOT))
    expect(lab.page.locator("#cursor")).to_have_text(re.compile(r"density \S+ \| \S+$"))


def test_a_filter_that_is_moved_stays_in_its_pane(lab):
    beside(lab)
    lab.page.keyboard.press("c")
    expect(lab.page.locator("#contrast > summary")).to_have_text("Contrast · raw")
    lab.page.get_by_label("Low-pass, Å").fill("60")
    lab.page.keyboard.press("Tab")
    expect(lab.page.get_by_role("radio", name="low-pass 60 Å").last).to_be_checked()
    assert chosen(lab, "left") == "raw"
    lab.page.get_by_label("Low-pass, Å").fill("")
    lab.page.keyboard.press("Tab")
    expect(lab.page.locator("#layers-right").get_by_role("radio", name="raw")).to_be_checked()
    assert chosen(lab, "left") == "raw"


def test_a_drag_goes_on_beyond_the_edge_of_its_pane(new_lab):
    lab = new_lab().open(zoom=1.5)
    left, right = beside(lab)
    left.click(320, 200)
    left.drag((320, 200), (560, 260))
    (label,) = lab.saved()
    assert (label["x"], label["y"]) == pytest.approx((560, 260), abs=0.5)
    lab.page.keyboard.press("Escape")
    right.drag((320, 450), (260, 470))
    expect(lab.page).to_have_url(re.compile("x=380.00&y=300.00"))
    assert len(lab.saved()) == 1


def test_the_wheel_zooms_at_the_cursor_of_the_right_pane(new_lab):
    lab = new_lab().open(x=280, y=320, zoom=1.2)
    _, right = beside(lab)
    lab.page.mouse.move(*right.screen(*SPOT))
    lab.page.mouse.wheel(0, -250)
    expect(lab.page.locator("#zoom")).to_have_text("zoom 1.88×")
    lab.wait()
    assert right.spot() == pytest.approx(right.screen(*SPOT), abs=1)


def test_with_one_layer_there_is_nothing_to_show_beside_it(new_lab):
    lab = new_lab()
    call(lab.server, "api/project", {**FRESH_SETTINGS, "pixel_size_angstrom": None}, "PATCH")
    lab.open()
    lab.page.keyboard.press("p")
    expect(lab.page.get_by_role("status").filter(has_text="nothing to show beside")).to_be_visible()
    expect(lab.page.get_by_role("button", name="Side by side")).to_have_attribute("aria-pressed", "false")
