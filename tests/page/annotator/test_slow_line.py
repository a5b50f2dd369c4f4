"""A slow line: found by what tiles bring, answered with smaller pictures, and over when it is over."""

import re

import pytest
from playwright.sync_api import expect

SLOW = {"offline": False, "latency": 300, "downloadThroughput": 60_000, "uploadThroughput": 60_000}
QUICK = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
FIRST, MORE = 140, 12
"""Micrographs of these tests' own: their tiles are in no cache."""


@pytest.fixture
def line(new_lab):
    """A page whose line the test makes slow or quick, and the tiles that it asked for."""
    lab = new_lab(f"{FIRST:04}")
    asked = []
    lab.page.on(
        "request", lambda request: "/tiles/" in request.url and asked.append(request.url.rpartition("/")[2])
    )
    devtools = lab.page.context.new_cdp_session(lab.page)
    devtools.send("Network.enable")

    def be(conditions: dict) -> None:
        asked.clear()
        devtools.send("Network.emulateNetworkConditions", conditions)

    return lab, be, asked


def go_on(lab) -> None:
    """The next micrograph, whole."""
    name = lab.page.get_by_role("heading", level=1).text_content()
    lab.page.locator("#canvas").press("f")
    expect(lab.page.get_by_role("heading", level=1)).not_to_have_text(name)
    expect(lab.page.locator("#canvas")).to_have_attribute("aria-busy", "false", timeout=20_000)


def test_smaller_pictures_come_while_the_line_is_slow_and_exact_ones_where_the_view_rests(line):
    lab, be, asked = line
    lab.open()
    text = lab.page.locator("#line-text")
    assert asked
    # Whether the line was quick before is not asked: on a busy machine the page is right to say that it is not.
    be(SLOW)
    for _ in range(MORE):
        go_on(lab)
        if text.text_content().startswith("slow line"):
            break
    expect(text).to_have_text(re.compile(r"^slow line .*Mbit/s"))
    expect(text).to_have_attribute("title", re.compile("smaller"))
    be(SLOW)
    with lab.page.expect_request(re.compile(r"/tiles/.*/0\.jpg$"), timeout=20_000):
        go_on(lab)
    assert any(name.endswith("small.jpg") for name in asked)
    be(QUICK)
    for _ in range(MORE):
        go_on(lab)
        if text.text_content().startswith("line"):
            break
    expect(text).to_have_text(re.compile(r"^line"))


def test_a_person_may_always_or_never_ask_for_smaller_pictures(line):
    lab, be, asked = line
    lab.open()
    text = lab.page.locator("#line-text")
    text.click()
    lab.page.get_by_label("always", exact=True).check()
    expect(text).to_have_text(re.compile(r"^slow line"))
    be(QUICK)
    lab.page.keyboard.press("Escape")
    expect(text).to_be_focused()
    go_on(lab)
    assert asked[0].endswith("small.jpg")
    lab.page.reload()
    lab.page.wait_for_load_state()
    expect(text).to_have_text(re.compile(r"^slow line"))
    text.click()
    lab.page.get_by_label("never", exact=True).check()
    expect(text).to_have_text(re.compile(r"^line"))
