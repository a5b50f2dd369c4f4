#!/usr/bin/env python3
"""Takes the pictures of the documentation from the real page: `.venv/bin/python docs/pictures/take.py`.

It simulates the demo in a temporary folder, labels five particles, trains, and photographs each step. It needs the
environment of `run.py test`, and it never touches a project of yours.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

from playwright.sync_api import expect, sync_playwright

import run
from tests.page.conftest import QUIET_BROWSER, Server, free_port
from tests.page.test_whole_job import TRAINING_LIMIT_MS, Person, five_particles
from topazcore.simulate import demo_settings, simulate

VIEW = {"width": 1440, "height": 900}
REST_MS = 700


def main() -> None:
    """Walk through the main job with a camera."""
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        demo = Path(folder) / "demo"
        truth = simulate(demo_settings(), demo)
        server = Server(demo, free_port())
        server.start()
        browser = playwright.chromium.launch(executable_path=run.require_browser(), args=QUIET_BROWSER)
        person = Person(browser.new_page(viewport=VIEW))
        try:
            walk(person, server.url, five_particles(truth.of("0001"), demo_settings().size_px))
        finally:
            browser.close()
            server.stop()


def walk(person: Person, url: str, particles) -> None:
    """Label, train, review; one picture each."""
    page = person.page

    def photograph(name: str, rest_ms: int = REST_MS) -> None:
        page.mouse.move(0, 0)
        page.wait_for_timeout(rest_ms)
        page.screenshot(path=HERE / f"{name}.jpg", type="jpeg", quality=80)  # noise does not fit into PNG

    person.open(url)
    person.type_diameter(demo_settings().diameter_angstrom)
    for x, y in particles:
        person.click(x, y)
    photograph("label")
    person.press_train()
    expect(page.locator("#threshold-counts")).to_contain_text("here", timeout=TRAINING_LIMIT_MS)
    photograph("training", rest_ms=0)  # it lasts a second or so from here
    person.wait_for_picks()
    photograph("page")
    person.tab("Review")
    photograph("review")


if __name__ == "__main__":
    main()
