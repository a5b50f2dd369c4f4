"""Zoom, pan, layers, contrast and the list: how a person finds a place."""

import re

import pytest
from playwright.sync_api import expect

from tests.page.annotator.conftest import FRESH_SETTINGS, MICROGRAPHS, SIZE_PX, SPOT, call


def address(page) -> dict[str, str]:
    return dict(part.split("=") for part in page.url.partition("#")[2].split("&"))


def test_the_wheel_zooms_at_the_cursor(new_lab):
    lab = new_lab().open(x=SPOT[0] + 100, y=SPOT[1] + 60)
    before = lab.spot()
    lab.page.mouse.move(*before)
    lab.page.mouse.wheel(0, -400)
    expect(lab.page.locator("#zoom")).to_have_text("zoom 2.05×")
    lab.wait()
    assert lab.spot() == pytest.approx(before, abs=1)


def test_a_drag_on_the_empty_micrograph_pans_and_adds_nothing(lab):
    lab.drag((100, 100), (160, 70))
    expect(lab.page).to_have_url(re.compile(r"x=260\.00&y=350\.00"))
    lab.has("0 labels, 0 picks")


def test_space_and_drag_pans_even_from_inside_a_circle(lab):
    lab.click(200, 150)
    lab.page.keyboard.down(" ")
    lab.drag((200, 150), (240, 150))
    lab.page.keyboard.up(" ")
    expect(lab.page).to_have_url(re.compile(r"x=280\.00"))
    (label,) = lab.saved()
    assert label["x"] == pytest.approx(200, abs=0.5)


def test_keys_move_the_view(lab):
    for key, part in [
        ("+", "zoom=1.30000"),
        ("-", "zoom=1.00000"),
        ("-", "zoom=0.769231"),
        ("1", "zoom=1.00000"),
        ("ArrowLeft", "x=240.00"),
        ("ArrowRight", "x=320.00"),
        ("ArrowUp", "y=240.00"),
        ("ArrowDown", "y=320.00"),
    ]:
        lab.page.keyboard.press(key)
        expect(lab.page).to_have_url(re.compile(re.escape(part)))


def test_one_to_one_is_one_pixel_of_the_screen(new_lab):
    lab = new_lab(device_scale_factor=2).open(zoom=3)
    lab.page.get_by_role("button", name="One to one").click()
    expect(lab.page.locator("#zoom")).to_have_text("zoom 0.5×")


def test_fit_shows_the_whole_micrograph(lab):
    lab.page.get_by_role("button", name="Fit the micrograph").click()
    zoom = min(lab.box["width"], lab.box["height"]) / SIZE_PX
    expect(lab.page).to_have_url(re.compile("x=319.50&y=319.50"))
    assert float(address(lab.page)["zoom"]) == pytest.approx(zoom, rel=1e-3)


def test_the_status_bar_says_where_the_cursor_is_and_how_dense_it_is_there(lab):
    cursor = lab.page.locator("#cursor")
    lab.page.mouse.move(*lab.screen(300.4, 200))
    expect(cursor).to_have_text(re.compile(r"^300\.4, 200\.0 px · 601, 400 Å · density \d+$"))
    lab.page.mouse.move(*lab.screen(*SPOT))
    expect(cursor).to_have_text(re.compile(r"^251\.0, 333\.0 px · 502, 666 Å · density (≥ )?25\d$"))
    lab.page.keyboard.press("ArrowLeft")
    expect(cursor).to_have_text(re.compile(r"^240\.0, 320\.0 px · 480, 640 Å · density \d+$"))
    lab.page.mouse.move(*lab.screen(319, -20))
    expect(cursor).to_have_text("239.0, −20.0 px · 478, −40 Å")
    lab.page.mouse.move(5, 5)
    expect(cursor).to_have_text("")
    expect(lab.page.locator("#status-pixel-size")).to_have_text("2.00 Å/px")


def test_the_scale_bar_is_as_long_as_it_says(new_lab):
    lab = new_lab(device_scale_factor=1.5)
    for zoom in (0.37, 1, 5.3):
        lab.open(zoom=zoom)
        expect(lab.page.locator("#zoom")).to_have_text(f"zoom {zoom}×")
        nanometres = float(lab.page.locator("#scalebar-text").text_content().removesuffix(" nm"))
        inner = lab.page.locator("#scalebar-line").evaluate(
            "line => parseFloat(getComputedStyle(line).width)"
        )
        assert inner / zoom * 2.0 / 10 == pytest.approx(nanometres, rel=0.01)


def test_the_scale_bar_is_in_px_while_the_pixel_size_is_unknown(new_lab):
    lab = new_lab()
    call(lab.server, "api/project", {**FRESH_SETTINGS, "pixel_size_angstrom": None}, "PATCH")
    lab.open()
    expect(lab.page.locator("#scalebar-text")).to_have_text("100 px")
    expect(lab.page.locator("#pixel-size-note")).to_have_text("unknown, please enter")
    lab.page.get_by_label("Pixel size").fill("1.5")
    lab.page.keyboard.press("Tab")
    expect(lab.page.locator("#scalebar-text")).to_have_text("20 nm")
    lab.settles(lambda project: project["pixel_size_angstrom"], 1.5)


def test_a_wrong_pixel_size_is_refused_with_its_range(lab):
    lab.page.get_by_label("Pixel size").fill("-3")
    lab.page.keyboard.press("Tab")
    expect(lab.page.get_by_role("alert")).to_contain_text("0.1 to 100 Å")
    assert call(lab.server, "api/project")["pixel_size_angstrom"] == 2.0


def test_the_layer_that_the_model_sees_can_be_shown(lab):
    model = lab.page.get_by_role("radio", name="what the model sees")
    model.click()
    expect(model).to_be_checked()
    lab.wait()
    lab.page.keyboard.press("l")
    expect(lab.page.get_by_role("radio", name="raw")).to_be_checked()


def test_contrast_asks_the_server_for_no_tile_and_is_remembered(lab):
    asked = []
    lab.page.on("request", lambda request: "/raw/" in request.url and asked.append(request.url))
    low = lab.page.get_by_role("slider", name="Contrast low")
    before = lab.page.locator("#contrast-low").text_content()
    low.focus()
    for _ in range(5):
        lab.page.keyboard.press("ArrowRight")
    expect(lab.page.locator("#contrast-low")).not_to_have_text(before)
    lab.page.get_by_role("button", name="invert").click()
    lab.page.get_by_role("slider", name="Gamma").fill("0.5")
    expect(lab.page.locator("#gamma-text")).to_have_text("2.00")
    lab.settles(
        lambda project: project["settings"]["view"].get("contrast", {}).get("raw", {}).get("invert"), True
    )
    lab.canvas.focus()
    assert asked == []
    changed = lab.page.locator("#contrast-low").text_content()
    lab.page.reload()
    lab.wait()
    expect(lab.page.locator("#contrast-low")).to_have_text(changed)
    expect(lab.page.get_by_role("button", name="invert")).to_have_attribute("aria-pressed", "true")
    lab.page.get_by_role("button", name="reset").click()
    expect(lab.page.locator("#contrast-low")).to_have_text(before)


def test_a_handle_of_the_histogram_can_be_dragged(lab):
    high = lab.page.get_by_role("slider", name="Contrast high")
    before = int(high.get_attribute("aria-valuenow"))
    box = high.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + 10
    lab.page.mouse.move(x, y)
    lab.page.mouse.down()
    lab.page.mouse.move(x - 30, y, steps=3)
    lab.page.mouse.up()
    assert int(high.get_attribute("aria-valuenow")) < before - 20


def test_h_hides_labels_while_it_is_held(lab):
    lab.click(320, 260)
    lab.page.mouse.move(*lab.screen(450, 450))
    shown = lab.canvas.screenshot()
    lab.page.keyboard.down("h")
    expect(lab.page.locator("#stage")).to_have_attribute("data-hidden", "true")
    assert lab.canvas.screenshot() != shown
    lab.page.keyboard.up("h")
    expect(lab.page.locator("#stage")).to_have_attribute("data-hidden", "false")


def test_the_address_opens_the_same_place_again(new_lab):
    lab = new_lab().open(x=200, y=140, zoom=3)
    lab.drag((200, 140), (190, 140))
    expect(lab.page).to_have_url(re.compile(r"x=210\.00"))
    lab.page.reload()
    lab.wait()
    assert address(lab.page)["micrograph"] == lab.name
    assert float(address(lab.page)["x"]) == pytest.approx(210, abs=0.01)


def test_another_address_in_the_same_page_opens_its_place(lab, unused_names):
    name = next(unused_names)
    # The page writes the old view into the address at any time: here just before it is told of the change.
    lab.page.evaluate(
        f"""() => {{
          const old = location.href;
          location.hash = 'micrograph={name}&x=100&y=90&zoom=2';
          history.replaceState(null, '', old);
        }}"""
    )
    expect(lab.page.get_by_role("heading", level=1)).to_have_text(name)
    expect(lab.page.locator("#zoom")).to_have_text("zoom 2×")


def test_next_previous_and_next_unlabeled_by_key(new_lab):
    lab = new_lab("0115").open()
    heading = lab.page.get_by_role("heading", level=1)
    lab.page.keyboard.press("f")
    expect(heading).to_have_text("0116")
    expect(lab.page.locator("#micrograph-place")).to_have_text(f"116 of {MICROGRAPHS}")
    lab.page.keyboard.press("d")
    expect(heading).to_have_text("0115")
    lab.page.get_by_role("button", name="Next micrograph").click()
    expect(heading).to_have_text("0116")
    lab.name = "0116"
    lab.wait().click(300, 300)
    lab.has("1 label, 0 picks")
    lab.page.keyboard.press("d")
    expect(heading).to_have_text("0115")
    lab.page.keyboard.press("g")
    expect(heading).to_have_text("0117")
