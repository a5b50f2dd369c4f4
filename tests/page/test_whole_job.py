"""The main job as a person does it, with mouse and keyboard: open, click five particles, train, threshold, export."""

import json
import re
from pathlib import Path
from urllib.parse import parse_qs

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.page.conftest import until_saved
from topazcore.coordinates import Coordinates
from topazcore.formats import read_coordinates
from topazcore.metrics import evaluate
from topazcore.micrograph import read_header
from topazcore.simulate import TRUTH_FILE, demo_settings

TRAINING_LIMIT_MS = 120_000


class Person:
    """What a person does on the page, in micrograph pixels."""

    def __init__(self, page: Page):
        self.page = page

    def open(self, url: str) -> None:
        self.page.goto(url)
        expect(self.page).to_have_url(re.compile("zoom="), timeout=15_000)

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Where a micrograph pixel is on the screen, by the view that stands in the page's address."""
        self.page.wait_for_timeout(350)  # the address follows the view once it rests
        address = parse_qs(self.page.url.partition("#")[2])
        cx, cy, zoom = (float(address[key][0]) for key in ("x", "y", "zoom"))
        box = self.page.get_by_role("application").bounding_box()
        return (
            box["x"] + box["width"] / 2 + (x - cx) * zoom,
            box["y"] + box["height"] / 2 + (y - cy) * zoom,
        )

    def click(self, x: float, y: float) -> None:
        self.page.mouse.click(*self.at(x, y))

    def remove(self, x: float, y: float) -> None:
        self.page.keyboard.down("Shift")
        self.click(x, y)
        self.page.keyboard.up("Shift")

    def tab(self, name: str) -> None:
        self.page.get_by_role("tab", name=name).click()

    def type_diameter(self, diameter_angstrom: float) -> None:
        self.page.get_by_label("Particle diameter").fill(str(diameter_angstrom))
        self.page.get_by_label("Particle diameter").press("Enter")

    def train(self) -> None:
        self.press_train()
        self.wait_for_picks()

    def press_train(self) -> None:
        self.tab("Train")
        panel = self.page.get_by_role("tabpanel", name="Train")
        panel.get_by_role("button", name=re.compile("^Train")).click()

    def wait_for_picks(self) -> None:
        """Until every micrograph is picked."""
        expect(self.page.locator("#run-title")).to_have_text(re.compile("^Done"), timeout=TRAINING_LIMIT_MS)
        expect(self.page.get_by_role("button", name="Review the picks")).to_be_visible()

    def counts(self) -> tuple[int, int]:
        """The numbers that the Review tab shows: picks here, picks in all."""
        text = self.page.locator("#threshold-counts").inner_text()
        return tuple(int(number.replace(",", "")) for number in re.findall(r"[\d,]+", text))

    def export(self, folder: Path, name: str) -> Coordinates:
        """Download picks as one STAR file."""
        self.tab("Export")
        with self.page.expect_download() as downloading:
            self.page.get_by_role("button", name=re.compile("^Download")).or_(
                self.page.get_by_role("link", name=re.compile("^Download"))
            ).click()
        downloading.value.save_as(folder / name)
        return read_coordinates(folder / name)


def five_particles(truth: Coordinates, size_px: int) -> np.ndarray:
    """Five particles that a person would click: whole, and not in a crowd."""
    inner = (np.minimum(truth.xy.min(1), size_px - truth.xy.max(1)) > 100).nonzero()[0]
    alone = [row for row in inner if np.sort(np.linalg.norm(truth.xy - truth.xy[row], axis=1))[1] > 90]
    return truth.xy[alone[:5]]


def in_plain_sight(picks: dict, labels: list[dict], middle: float) -> tuple[float, float]:
    """A pick at or above 0 far from all labels, and nearest to the middle, where no panel of the page covers it."""
    free = [
        (x, y)
        for x, y, score in zip(picks["x"], picks["y"], picks["score"], strict=True)
        if score >= 0 and all(np.hypot(x - one["x"], y - one["y"]) > 60 for one in labels)
    ]
    return min(free, key=lambda xy: np.hypot(xy[0] - middle, xy[1] - middle))


@pytest.fixture
def truth(demo_folder) -> Coordinates:
    return read_coordinates(demo_folder / TRUTH_FILE)


@pytest.fixture
def size_px(demo_folder) -> int:
    return read_header(demo_folder / "0001.mrc").width


@pytest.fixture
def trained(serve, page, demo_folder, truth, size_px):
    """A page with five labels on the first micrograph, trained and picked."""
    server, person = serve(demo_folder), Person(page)
    person.open(server.url)
    person.type_diameter(demo_settings().diameter_angstrom)
    clicked = five_particles(truth.of("0001"), size_px)
    for x, y in clicked:
        person.click(x, y)
    until_saved(page)
    stored = json.loads(server.get("api/micrographs/1/labels"))["labels"]
    placed = np.array(sorted((one["x"], one["y"]) for one in stored))
    zoom = float(parse_qs(page.url.partition("#")[2])["zoom"][0])
    assert np.abs(placed - np.array(sorted(map(tuple, clicked)))).max() <= 0.5 / min(zoom, 1) + 0.5
    person.train()
    return server, person


def test_five_clicks_give_picks_that_are_right_in_place_and_the_persons_own(
    trained, truth, size_px, tmp_path
):
    """One training, and all that a person does with what it gives."""
    server, person = trained
    removal_goes_into_the_file_and_undo_brings_back(server, person, size_px, tmp_path)
    picks_are_right(person, truth, tmp_path)
    file_holds_exactly_what_the_page_shows(server, person, tmp_path)


def picks_are_right(person, truth, tmp_path):
    report = evaluate(
        person.export(tmp_path, "picks.star"), truth, distance_px=demo_settings().diameter_px / 2, threshold=0
    )
    assert report.precision >= 0.8, report
    assert report.recall >= 0.5, report
    assert report.median_distance_px <= 0.07 * demo_settings().diameter_px, report


def file_holds_exactly_what_the_page_shows(server, person, tmp_path):
    person.tab("Review")
    before = person.counts()
    for _ in range(5):
        person.page.keyboard.press(".")
    expect(person.page.locator("#threshold-value")).to_have_text(re.compile(r"0\.50"))
    here, everywhere = person.counts()
    assert here < before[0] and everywhere < before[1]
    exported = person.export(tmp_path, "picks.star")
    assert (len(exported.of("0001")), len(exported)) == (here, everywhere)
    picks = json.loads(server.get("api/micrographs/1/picks"))
    shown = {(round(x, 2), round(y, 2)) for x, y, score in zip(picks["x"], picks["y"], picks["score"], strict=True)
             if score >= 0.5}  # fmt: skip
    assert {(round(x, 2), round(y, 2)) for x, y in exported.of("0001").xy} == shown


def removal_goes_into_the_file_and_undo_brings_back(server, person, size_px, tmp_path):
    person.tab("Review")
    before = person.counts()
    picks = json.loads(server.get("api/micrographs/1/picks"))
    labels = json.loads(server.get("api/micrographs/1/labels"))["labels"]
    person.remove(*in_plain_sight(picks, labels, size_px / 2))
    expect(person.page.locator("#threshold-counts")).to_have_text(re.compile(rf"^{before[0] - 1} here"))
    until_saved(person.page)
    assert len(person.export(tmp_path, "without.star")) == before[1] - 1
    person.page.keyboard.press("Control+z")
    until_saved(person.page)
    person.tab("Review")
    assert person.counts() == before
