"""The main job with the keyboard alone: open, five labels, diameter, train, threshold, review, export."""

import json
import re
from collections import Counter
from urllib.parse import parse_qs

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.page.conftest import Server, until_saved
from tests.page.test_whole_job import TRAINING_LIMIT_MS, five_particles
from topazcore.formats import read_coordinates
from topazcore.micrograph import read_header
from topazcore.simulate import TRUTH_FILE, demo_settings

MOST_TABS = 80
ARROW_PAN_PX = 80
"""CSS px by which an arrow key moves the view."""
ZOOMS_IN = 5


class Keys:
    """Somebody who has no pointer."""

    def __init__(self, page: Page):
        self.page = page

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def reach(self, control: str, back: bool = False) -> None:
        """Tab until a control has the focus; what has it on the way is never invisible."""
        for _ in range(MOST_TABS):
            self.press("Shift+Tab" if back else "Tab")
            found = self.page.evaluate(
                "() => [document.activeElement.id, document.activeElement.getClientRects().length]"
            )
            assert found[1], f"the focus is on {found[0]}, which is not shown"
            if found[0] == control:
                return
        pytest.fail(f"{MOST_TABS} times Tab and no {control}")

    def middle(self) -> tuple[float, float, float]:
        """Where the keyboard aims, micrograph px, and the zoom."""
        self.page.wait_for_timeout(350)  # the address follows the view once it rests
        address = parse_qs(self.page.url.partition("#")[2])
        return tuple(float(address[key][0]) for key in ("x", "y", "zoom"))

    def go(self, to: tuple[float, float]) -> None:
        """Move the view until the cross is as near as the arrows bring it."""
        x, y, zoom = self.middle()
        step = ARROW_PAN_PX / zoom
        self.steps(round((to[0] - x) / step), round((to[1] - y) / step))

    def steps(self, right: int, down: int, before: str = "") -> None:
        for count, (less, more) in ((right, ("ArrowLeft", "ArrowRight")), (down, ("ArrowUp", "ArrowDown"))):
            self.press(*[before + (more if count > 0 else less)] * abs(count))

    def label(self, to: tuple[float, float]) -> None:
        """Set a label in the middle, then move it into place: tens of pixels with Shift, single ones without."""
        self.go(to)
        x, y, _ = self.middle()
        self.press("Enter")
        right, down = round(to[0] - x), round(to[1] - y)
        tens = round(right / 10), round(down / 10)
        self.steps(*tens, before="Shift+")
        self.steps(right - 10 * tens[0], down - 10 * tens[1])
        self.press("Escape")


def labels_of(server: Server, micrograph: int) -> list[dict]:
    return json.loads(server.get(f"api/micrographs/{micrograph}/labels"))["labels"]


def test_the_main_job_is_done_with_the_keyboard_alone(serve, page, demo_folder, tmp_path):
    truth = read_coordinates(demo_folder / TRUTH_FILE).of("0001")
    wanted = five_particles(truth, read_header(demo_folder / "0001.mrc").width)
    server, keys = serve(demo_folder), Keys(page)
    page.goto(server.url)
    expect(page).to_have_url(re.compile("zoom="), timeout=15_000)

    keys.reach("diameter")
    keys.press("Control+a")
    page.keyboard.type(str(demo_settings().diameter_angstrom))
    keys.press("Enter")
    keys.reach("canvas", back=True)
    keys.press(*["+"] * ZOOMS_IN)
    for place in wanted:
        keys.label(place)
    until_saved(page)
    placed = np.array(sorted((one["x"], one["y"]) for one in labels_of(server, 1)))
    assert placed == pytest.approx(np.array(sorted(map(tuple, wanted))), abs=1)

    keys.press("t")
    expect(page.locator("#run-title")).to_have_text(re.compile("^Done"), timeout=TRAINING_LIMIT_MS)
    keys.reach("go-review")
    keys.press("Enter")
    counts = page.locator("#threshold-counts")
    before = counts.inner_text()
    keys.press(*["."] * 3)
    expect(page.locator("#threshold-value")).to_have_text(re.compile(r"0\.30"))
    expect(counts).not_to_have_text(before)

    keys.reach("crops")
    keys.press("ArrowRight", "x", "k")
    until_saved(page)
    signs = Counter(one["label"] for id in (1, 2) for one in labels_of(server, id))
    assert signs == {"positive": 6, "negative": 1}

    keys.reach("tab-review", back=True)
    keys.press("ArrowRight")
    keys.reach("download")
    shown = int(page.locator("#export-picks").inner_text().replace(",", ""))
    with page.expect_download() as downloading:
        keys.press("Enter")
    downloading.value.save_as(tmp_path / "picks.star")
    assert len(read_coordinates(tmp_path / "picks.star")) == shown > 20
