"""Marks of labels and picks, and the overview: seen in the pixels, moved by a real pointer."""

import time
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.page.annotator.conftest import DIAMETER_PX, SETTLE_LIMIT_S, SIZE_PX

RADIUS = round(DIAMETER_PX / 2)


def is_inked(lab, x: float, y: float) -> bool:
    """Whether something coloured is drawn within a pixel of a place; the micrograph itself is grey."""
    left, top = lab.screen(x, y)
    shown = np.asarray(lab.picture({"x": left - 1, "y": top - 1, "width": 3, "height": 3}), dtype=int)
    return bool((np.ptp(shown, axis=2) > 60).any())


def looks_at(lab, x: float, y: float) -> None:
    """Wait until the address says that the middle of the view is there, within half a pixel of the overview."""
    deadline = time.monotonic() + SETTLE_LIMIT_S
    while time.monotonic() < deadline:
        address = parse_qs(urlsplit(lab.page.url).fragment)
        found = [float(address[axis][0]) for axis in "xy"]
        if found == pytest.approx([x, y], abs=3):
            return
        lab.page.wait_for_timeout(50)
    pytest.fail(f"the view is at {found}, not at {(x, y)}")


def test_a_key_draws_boxes_then_dots_then_circles_and_the_next_visit_draws_the_same(lab):
    lab.click(200, 150)
    lab.page.keyboard.press("Escape")
    lab.page.mouse.move(*lab.screen(400, 400))
    rim, corner, centre = (200 + RADIUS, 150), (200 + RADIUS, 150 + RADIUS), (200, 150)

    def inked() -> list[bool]:
        lab.page.evaluate(
            "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
        )
        return [is_inked(lab, *place) for place in (rim, corner, centre)]

    assert inked() == [True, False, False]
    lab.page.keyboard.press("m")
    assert inked() == [True, True, False]
    lab.settles(lambda project: project["settings"]["view"].get("marks"), "box")
    lab.page.reload()
    lab.wait()
    assert inked() == [True, True, False]
    lab.page.get_by_role("button", name="Labels and picks as dots").click()
    lab.page.mouse.move(*lab.screen(400, 400))
    assert inked() == [False, False, True]
    lab.page.keyboard.press("m")
    assert inked() == [True, False, False]


def test_picks_are_drawn_with_the_same_mark(lab, picked):
    picked.serve_to(lab, [lab.name])
    lab.page.reload()
    lab.wait()
    lab.has("0 labels, 3 picks")
    lab.page.mouse.move(*lab.screen(400, 450))
    assert not is_inked(lab, 120 + RADIUS, 200 + RADIUS)
    lab.page.keyboard.press("m")
    lab.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert is_inked(lab, 120 + RADIUS, 200 + RADIUS)


def test_the_overview_moves_the_view_and_shows_where_it_is(new_lab):
    lab = new_lab().open()
    overview = lab.page.locator("#overview")
    expect(overview).to_be_hidden()
    lab.page.keyboard.press("+")
    lab.page.keyboard.press("+")
    lab.page.keyboard.press("+")
    expect(overview).to_be_visible()
    picture = lab.page.locator("#overview-picture")
    box = picture.bounding_box()
    assert box["width"] == box["height"] == 132
    shown = np.asarray(lab.picture(box), dtype=float).mean(axis=2)
    assert shown[60:72, 60:72].mean() > 1.5 * shown[1:8, 1:8].mean(), "what is outside the view is darker"

    at = (box["x"] + box["width"] * 0.25, box["y"] + box["height"] * 0.6)
    lab.page.mouse.click(*at)
    looks_at(lab, SIZE_PX * 0.25, SIZE_PX * 0.6)
    lab.page.mouse.move(*at)
    lab.page.mouse.down()
    lab.page.mouse.move(at[0] + 66, at[1], steps=3)
    lab.page.mouse.up()
    looks_at(lab, SIZE_PX * 0.75, SIZE_PX * 0.6)
    assert lab.saved() == []

    lab.page.keyboard.press("o")
    expect(picture).to_be_hidden()
    lab.page.keyboard.press("o")
    expect(picture).to_be_visible()
    lab.page.keyboard.press("0")
    expect(overview).to_be_hidden()
