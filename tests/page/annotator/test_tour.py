"""The tour of a first visit: offered once, to whoever begins, and in nobody's way."""

import pytest
from playwright.sync_api import Page, expect

from tests.page.annotator.test_looking import looking_url
from tests.page.conftest import Server, free_port, until_saved


@pytest.fixture
def fresh(demo_folder) -> Server:
    """A project without labels."""
    server = Server(demo_folder, free_port())
    server.start()
    yield server
    server.stop()


def first_visit(new_page, url: str, **options) -> Page:
    """A page in a browser that has never seen Peridot."""
    page = new_page(tour=True, **options)
    page.goto(url)
    expect(page.locator("#canvas")).to_have_attribute("aria-busy", "false", timeout=20_000)
    expect(page.locator("#link")).to_have_text("live")
    return page


def test_it_is_offered_once_blocks_nothing_and_is_taken_again_from_the_help(new_page, fresh):
    page = first_visit(new_page, fresh.url)
    card = page.locator("#tour")
    expect(card).to_be_visible()
    expect(card).to_be_focused()
    expect(page.get_by_role("dialog", name="The micrograph")).to_contain_text("1 of 7")
    # The keyboard alone: Tab to Next, and back.
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Next", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="How large a particle is")).to_be_visible()
    # It blocks nothing: what it tells can be done meanwhile.
    page.get_by_label("Particle diameter").fill("140")
    page.get_by_label("Particle diameter").press("Enter")
    expect(page.locator("#derived")).to_contain_text("downsample")
    for _ in range(4):
        page.get_by_role("button", name="Next", exact=True).click()
        inside(page)
    expect(page.get_by_role("tabpanel", name="Review")).to_be_visible()
    page.get_by_role("button", name="Back", exact=True).click()
    expect(page.get_by_role("tabpanel", name="Train")).to_be_visible()
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()
    expect(page.locator("#canvas")).to_be_focused()
    page.reload()
    expect(page.locator("#canvas")).to_have_attribute("aria-busy", "false", timeout=20_000)
    expect(card).to_be_hidden()
    page.keyboard.press("?")
    page.get_by_role("button", name="Take the tour").click()
    expect(page.get_by_role("dialog", name="The micrograph")).to_be_visible()
    for _ in range(6):
        page.get_by_role("button", name="Next", exact=True).click()
    page.get_by_role("button", name="Done", exact=True).click()
    expect(card).to_be_hidden()
    # Who only looks can change nothing, and is told nothing of how to. Nor is who finds labels.
    looker = first_visit(new_page, looking_url(fresh))
    expect(looker.locator("#saved")).to_have_text("looking only")
    expect(looker.locator("#tour")).to_be_hidden()
    page.locator("#canvas").click()
    until_saved(page)
    expect(first_visit(new_page, fresh.url).locator("#tour")).to_be_hidden()


def inside(page: Page) -> None:
    """The card lies in the window."""
    box = page.locator("#tour").bounding_box()
    size = page.viewport_size
    assert box["x"] >= 0 and box["y"] >= 0
    assert box["x"] + box["width"] <= size["width"] and box["y"] + box["height"] <= size["height"]


def test_it_fits_into_a_small_window(new_page, fresh):
    page = first_visit(new_page, fresh.url, viewport={"width": 640, "height": 400}, has_touch=True)
    inside(page)
    for _ in range(6):
        page.get_by_role("button", name="Next", exact=True).click()
        inside(page)
