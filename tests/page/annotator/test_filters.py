"""Low-pass and high-pass: seen at once, exact a moment later, remembered; two layers in turn at one place."""

import re

import numpy as np
import pytest
from playwright.sync_api import Route, expect

from tests.page.annotator.conftest import FRESH_SETTINGS, Lab, call
from tests.server.support import wait_until

# Which addresses the page has asked for since, and which of these questions it has taken back.
WATCH_ABORTS = """() => {
  [window.asked, window.aborted] = [[], []];
  const ask = window.fetch;
  window.fetch = (url, options) => {
    if (url.includes('view?layers=')) {
      window.asked.push(url);
      options.signal?.addEventListener('abort', () => window.aborted.push(url));
    }
    return ask(url, options);
  };
}"""
FILTERED_VIEW = re.compile(r"view\?layers=filtered")


def shown(lab: Lab, x: float = 400, y: float = 200, size: int = 120) -> np.ndarray:
    """Greys of a square of the canvas around a place of the micrograph."""
    left, top = lab.screen(x - size / 2, y - size / 2)
    clip = {"x": left, "y": top, "width": size, "height": size}
    return np.asarray(lab.picture(clip).convert("L"), dtype=float)


def roughness(greys: np.ndarray) -> float:
    """How much neighbours differ, as a part of how much all do."""
    return float(np.diff(greys, axis=1).std() / greys.std())


def hold(lab: Lab) -> list[Route]:
    """Keep the server's filtered layers back."""
    held: list[Route] = []
    lab.page.route(FILTERED_VIEW, lambda route: held.append(route))
    return held


def test_a_filter_is_seen_before_the_server_has_it_and_nothing_jumps_when_it_comes(lab):
    raw = shown(lab)
    assert roughness(raw) > 1
    held = hold(lab)
    with lab.page.expect_request(FILTERED_VIEW):
        lab.page.keyboard.press("q")
    expect(lab.page.get_by_role("radio", name="low-pass 20 Å")).to_be_checked()
    expect(lab.canvas).to_have_attribute("aria-busy", "true")
    preview, place = shown(lab), lab.spot()
    assert roughness(preview) < 0.6
    held[-1].continue_()
    lab.wait()
    exact = shown(lab)
    assert roughness(exact) < 0.6
    assert np.corrcoef(preview.ravel(), exact.ravel())[0, 1] > 0.8
    assert abs(preview.mean() - exact.mean()) < 12 and 0.8 < preview.std() / exact.std() < 1.25
    assert lab.spot() == pytest.approx(place, abs=0.7)
    lab.page.keyboard.press("q")
    expect(lab.page.get_by_role("radio", name="raw")).to_be_checked()
    np.testing.assert_array_equal(shown(lab), raw)


def test_the_picture_follows_the_slider_and_a_stale_question_is_aborted(lab):
    held = hold(lab)
    lab.page.evaluate(WATCH_ABORTS)
    with lab.page.expect_request(FILTERED_VIEW):
        lab.page.keyboard.press("q")
    slider = lab.page.get_by_role("slider", name="Low-pass")
    box = slider.bounding_box()
    y, at = box["y"] + box["height"] / 2, lambda part: box["x"] + box["width"] * part
    expect(slider).to_have_attribute("aria-valuetext", "20 Å")
    seen = [roughness(shown(lab))]
    lab.page.mouse.move(at(0.45), y)
    lab.page.mouse.down()
    for part in (0.6, 0.8):
        lab.page.mouse.move(at(part), y, steps=3)
        lab.page.evaluate(
            "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
        )
        seen.append(roughness(shown(lab)))
    lab.page.mouse.up()
    assert seen[0] > seen[1] > seen[2]
    length = slider.get_attribute("aria-valuetext")
    wait_until(
        lambda: lab.page.evaluate("() => window.aborted.some((url) => url.endsWith('filtered-20-off'))")
    )
    wanted = f"filtered-{length.removesuffix(' Å')}-off"
    # The last question is asked, and has come to where it is held.
    wait_until(
        lambda: (
            lab.page.evaluate("(wanted) => window.asked.at(-1).endsWith(wanted)", wanted)
            and held[-1].request.url.endswith(wanted)
        )
    )
    held[-1].continue_()
    lab.wait()
    assert roughness(shown(lab)) == pytest.approx(seen[-1], rel=0.2)
    slider.focus()
    lab.page.keyboard.press("Home")
    expect(slider).to_have_attribute("aria-valuetext", "off")
    expect(lab.page.get_by_role("radio", name="raw")).to_be_checked()


def test_a_high_pass_takes_the_spot_away_and_the_noise_stays(lab):
    before = shown(lab, 251, 333, 14).mean() - shown(lab).mean()
    lab.page.get_by_role("spinbutton", name="Low-pass, Å").fill("")
    lab.page.get_by_role("spinbutton", name="High-pass, Å").fill("16")
    lab.page.keyboard.press("Tab")
    expect(lab.page.get_by_role("radio", name="high-pass 16 Å")).to_be_checked()
    lab.wait()
    assert before > 60
    assert abs(shown(lab, 251, 333, 14).mean() - shown(lab).mean()) < 20
    assert roughness(shown(lab)) > 1


def test_a_filter_is_remembered_and_stands_in_the_address(lab, new_lab):
    lab.page.get_by_role("spinbutton", name="High-pass, Å").fill("300")
    with lab.page.expect_response(re.compile("api/project$")):
        lab.page.keyboard.press("Tab")
    expect(lab.page).to_have_url(re.compile("layer=filtered&filter=20-300"))
    lab.page.reload()
    lab.wait()
    expect(lab.page.get_by_role("radio", name="20–300 Å")).to_be_checked()
    other = new_lab(lab.name)
    other.page.goto(f"{lab.server.url}#micrograph={lab.name}&layer=filtered&filter=off-250.5")
    expect(other.page.get_by_role("radio", name="high-pass 250.5 Å")).to_be_checked()
    other.wait()


def test_lengths_that_cannot_be_are_refused_with_what_can(lab):
    low = lab.page.get_by_role("spinbutton", name="Low-pass, Å")
    low.fill("3")
    lab.page.keyboard.press("Tab")
    expect(lab.page.get_by_role("alert")).to_contain_text("A low-pass here is 4 to 100,000 Å; empty is off.")
    expect(low).to_have_value("20")
    expect(lab.page.get_by_role("radio", name="raw")).to_be_checked()


def test_without_a_pixel_size_there_is_no_filter_and_the_page_says_why(new_lab):
    lab = new_lab()
    call(lab.server, "api/project", {**FRESH_SETTINGS, "pixel_size_angstrom": None}, "PATCH")
    lab.open()
    expect(lab.page.get_by_role("radio", name="filtered")).to_be_disabled()
    expect(lab.page.get_by_role("slider", name="Low-pass")).to_be_disabled()
    lab.page.keyboard.press("q")
    expect(lab.page.get_by_role("status").filter(has_text="pixel size first")).to_be_visible()


def test_j_goes_to_and_fro_between_two_layers_without_blank_tiles(new_lab):
    lab = new_lab().open(x=120, y=120, zoom=4)
    raw = shown(lab, 120, 120, 40)
    lab.page.keyboard.press("q")
    expect(lab.page.get_by_role("radio", name="low-pass 20 Å")).to_be_checked()
    lab.wait()
    filtered = shown(lab, 120, 120, 40)
    for layer, seen in (("raw", raw), ("low-pass 20 Å", filtered), ("raw", raw), ("low-pass 20 Å", filtered)):
        lab.page.keyboard.press("j")
        expect(lab.page.get_by_role("radio", name=layer)).to_be_checked()
        np.testing.assert_array_equal(shown(lab, 120, 120, 40), seen)
    # Where only one of the two has been looked at, the other's tiles come as well, before the key is pressed.
    with lab.page.expect_response(re.compile("/raw/0/1/1")):
        for _ in range(3):
            lab.drag((200, 100), (40, 100))
            lab.drag((100, 190), (100, 30))
    expect(lab.page).to_have_url(re.compile(r"x=600\.00&y=600\.00"))
    lab.page.route(re.compile("/tiles/"), lambda route: route.abort())
    lab.page.keyboard.press("j")
    expect(lab.page.get_by_role("radio", name="raw")).to_be_checked()
    lab.view = (600, 600, 4)
    elsewhere = shown(lab, 600, 600, 40)
    assert roughness(elsewhere) > 0.2 and np.median(elsewhere) > 60
