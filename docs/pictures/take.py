#!/usr/bin/env python3
"""Takes the pictures of the documentation from the real page: `.venv/bin/python docs/pictures/take.py`.

It simulates the demo in a temporary folder, labels five particles, trains, and photographs each step. It needs the
environment of `run.py test`, and it never touches a project of yours.
"""

import io
import re
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

import run
from tests.page.conftest import NO_TOUR, QUIET_BROWSER, Server, free_port, until_saved
from tests.page.test_whole_job import Person, five_particles
from topazcore.simulate import demo_settings, simulate

VIEW = {"width": 1440, "height": 900}
TABLET = {"width": 1024, "height": 768}
REST_MS = 700
# Of a training on a busy machine.
LONGEST_MS = 400_000
LARGEST_BYTES = 250_000


def main() -> None:
    """Walk through the main job with a camera."""
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        demo = Path(folder) / "demo"
        truth = simulate(demo_settings(), demo)
        server = Server(demo, free_port())
        server.start()
        browser = playwright.chromium.launch(executable_path=run.require_browser(), args=QUIET_BROWSER)
        try:
            first_visit(browser, server.url)
            page = browser.new_page(viewport=VIEW)
            page.add_init_script(NO_TOUR)
            walk(Person(page), server.url, five_particles(truth.of("0001"), demo_settings().size_px))
            on_a_tablet(browser, server.url)
        finally:
            browser.close()
            server.stop()


def photograph(page: Page, name: str, rest_ms: int = REST_MS) -> None:
    """The page as it is, as good as fits; noise does not fit into PNG."""
    page.mouse.move(0, 0)
    page.wait_for_timeout(rest_ms)
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    for quality in range(85, 20, -5):
        data = io.BytesIO()
        picture.save(data, "JPEG", quality=quality, optimize=True)
        if data.tell() <= LARGEST_BYTES:
            break
    (HERE / f"{name}.jpg").write_bytes(data.getvalue())


def shown(page: Page) -> None:
    """Wait until the micrograph is drawn whole."""
    expect(page.locator("#canvas")).to_have_attribute("aria-busy", "false", timeout=30_000)


def first_visit(browser: Browser, url: str) -> None:
    """The tour, where it points at the diameter."""
    page = browser.new_page(viewport=VIEW)
    page.goto(url)
    page.get_by_role("button", name="Next", exact=True).click()
    shown(page)
    photograph(page, "tour")
    page.close()


def walk(person: Person, url: str, particles) -> None:
    """Label, filter, train, review, exclude; one picture each."""
    page = person.page
    person.open(url)
    person.type_diameter(demo_settings().diameter_angstrom)
    for x, y in particles:
        person.click(x, y)
    until_saved(page)
    photograph(page, "label")
    page.get_by_label("Low-pass, Å", exact=True).fill("30")
    page.get_by_label("Low-pass, Å", exact=True).press("Enter")
    expect(page.get_by_role("radio", checked=True)).not_to_have_text("raw")
    shown(page)
    photograph(page, "filter")
    page.keyboard.press("p")
    shown(page)
    photograph(page, "beside")
    page.keyboard.press("p")
    page.get_by_role("radio", name="raw").click()
    person.press_train()
    expect(page.locator("#threshold-counts")).to_contain_text("here", timeout=LONGEST_MS)
    photograph(page, "training", rest_ms=0)  # it lasts a second or so from here
    expect(page.locator("#run-title")).to_have_text(re.compile("^Done"), timeout=LONGEST_MS)
    photograph(page, "page")
    person.tab("Review")
    photograph(page, "review")
    draw_a_region(person)
    person.tab("Label")
    page.get_by_text("History of this micrograph").click()
    photograph(page, "regions")


def draw_a_region(person: Person) -> None:
    """An exclusion, where no panel lies over the micrograph."""
    size = demo_settings().size_px
    person.page.get_by_role("button", name="Exclude a region", exact=True).click()
    for x, y in ((0.70, 0.22), (0.95, 0.18), (0.97, 0.55), (0.82, 0.52), (0.70, 0.22)):
        person.click(x * size, y * size)
    person.page.keyboard.press("Escape")
    until_saved(person.page)


def on_a_tablet(browser: Browser, url: str) -> None:
    """The light theme under a finger."""
    page = browser.new_page(viewport=TABLET, has_touch=True)
    page.add_init_script(NO_TOUR)
    page.goto(url)
    page.get_by_role("button", name="Light or dark theme").tap()
    page.get_by_role("tab", name="Review").tap()
    shown(page)
    photograph(page, "tablet")
    page.close()


if __name__ == "__main__":
    main()
