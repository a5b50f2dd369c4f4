"""One server for all tests of the annotator, with a micrograph of its own for each test.

Every micrograph is grey noise with one bright spot whose centre is known: what the eye sees at a place of the screen
must be what is stored when one clicks there.
"""

import io
import json
import re
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.page.conftest import Server, free_port, until_saved

SIZE_PX = 640
SPOT = (251.0, 333.0)
# Many more than tests: some need several, and which process runs which tests is chance.
MICROGRAPHS = 400
SETTLE_LIMIT_S = 10
NEIGHBOURS = range(101, 121)
"""For tests that need neighbours of known names."""
PIXEL_SIZE_ANGSTROM = 2.0
DIAMETER_ANGSTROM = 80.0
DIAMETER_PX = DIAMETER_ANGSTROM / PIXEL_SIZE_ANGSTROM
FRESH_SETTINGS = {
    "pixel_size_angstrom": PIXEL_SIZE_ANGSTROM,
    "diameter_angstrom": DIAMETER_ANGSTROM,
    "expected_particles": None,
    "filament_spacing_angstrom": None,
    "training": None,
    "view": {},
}


def spotted_image() -> Image.Image:
    """Noise around grey 90, and a round spot of radius 14 px, centred on a pixel."""
    y, x = np.mgrid[:SIZE_PX, :SIZE_PX]
    noise = np.random.default_rng(5).normal(90, 12, (SIZE_PX, SIZE_PX))
    spot = np.clip(14.5 - np.hypot(x - SPOT[0], y - SPOT[1]), 0, 1)
    return Image.fromarray(np.clip(noise * (1 - spot) + 255 * spot, 0, 255).astype(np.uint8))


@pytest.fixture(scope="session")
def shared_server(tmp_path_factory) -> Iterator[Server]:
    """A server on many small micrographs, for tests that leave no trace but labels on their own one."""
    folder = tmp_path_factory.mktemp("annotator")
    encoded = io.BytesIO()
    spotted_image().save(encoded, "PNG")
    for number in range(1, MICROGRAPHS + 1):
        (folder / f"{number:04}.png").write_bytes(encoded.getvalue())
    server = Server(folder, free_port())
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def unused_names(shared_server) -> Iterator[str]:
    return iter([f"{number:04}" for number in range(1, MICROGRAPHS + 1) if number not in NEIGHBOURS])


def call(server: Server, path: str, body: dict | None = None, method: str = "GET") -> dict:
    """An authorised request past the page, to see what is on disk."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Authorization": f"Bearer {server.token}", "Content-Type": "application/json"}
    request = urllib.request.Request(server.base + path, data=data, headers=headers, method=method)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


@dataclass
class Lab:
    """A page on one micrograph, and how a person's hand reaches it."""

    page: Page
    server: Server
    name: str
    view: tuple[float, float, float] = (SIZE_PX / 2, SIZE_PX / 2, 1.0)
    box: dict = field(default_factory=dict)
    responses: list = field(default_factory=list)
    """What test_saving.py has answered changes with, the last one in force."""

    def open(self, x: float = SIZE_PX / 2, y: float = SIZE_PX / 2, zoom: float = 1.0) -> "Lab":
        """Open the page where it shows (x, y) in the middle, and wait until all tiles are there."""
        self.view = (x, y, zoom)
        self.page.goto(f"{self.server.url}#micrograph={self.name}&x={x}&y={y}&zoom={zoom}")
        return self.wait()

    def wait(self) -> "Lab":
        expect(self.canvas).to_have_attribute("aria-busy", "false", timeout=20_000)
        expect(self.page.locator("#link")).to_have_text("live")
        self.box = self.canvas.bounding_box()
        return self

    @property
    def canvas(self) -> Locator:
        return self.page.get_by_label("Micrograph " + self.name, exact=True)

    @property
    def id(self) -> int:
        found = call(self.server, "api/micrographs")["micrographs"]
        return next(one["id"] for one in found if one["name"] == self.name)

    def screen(self, x: float, y: float) -> tuple[float, float]:
        """Where a micrograph pixel lies in the window, as the opened view has it."""
        cx, cy, zoom = self.view
        middle_x = self.box["x"] + self.box["width"] / 2
        middle_y = self.box["y"] + self.box["height"] / 2
        return middle_x + (x - cx) * zoom, middle_y + (y - cy) * zoom

    def click(self, x: float, y: float, **options) -> None:
        self.page.mouse.click(*self.screen(x, y), **options)

    def drag(self, start: tuple[float, float], end: tuple[float, float], steps: int = 6) -> None:
        """Press at one micrograph pixel, move, let go at another."""
        self.page.mouse.move(*self.screen(*start))
        self.page.mouse.down()
        self.page.mouse.move(*self.screen(*end), steps=steps)
        self.page.mouse.up()

    def saved(self) -> list[dict]:
        """Wait until the page says "saved"; the labels on disk, in the order of x."""
        until_saved(self.page)
        found = call(self.server, f"api/micrographs/{self.id}/labels")["labels"]
        return sorted(found, key=lambda label: label["x"])

    def settles(self, part: Callable[[dict], object], wanted: object) -> None:
        """What the page shows at once, the server has a moment later: wait until the project says so too."""
        deadline = time.monotonic() + SETTLE_LIMIT_S
        while (found := part(call(self.server, "api/project"))) != wanted and time.monotonic() < deadline:
            time.sleep(0.05)
        assert found == wanted

    def has(self, text: str) -> None:
        """The canvas says in words what it shows."""
        expect(self.page.locator("#canvas-counts")).to_have_text(text)

    def picture(self, clip: dict | None = None) -> Image.Image:
        """The page, or a part of it, as it looks."""
        return Image.open(io.BytesIO(self.page.screenshot(clip=clip))).convert("RGB")

    def spot(self) -> tuple[float, float]:
        """Where the eye sees the bright spot, in CSS px of the window."""
        ratio = self.page.evaluate("devicePixelRatio")
        shown = np.asarray(self.picture(), dtype=float)
        left, top = self.box["x"] * ratio, self.box["y"] * ratio
        # The scale bar at the lower edge is bright too.
        right, bottom = left + self.box["width"] * ratio, top + (self.box["height"] - 50) * ratio
        area = shown[round(top) : round(bottom), round(left) : round(right)]
        grey = np.ptp(area, axis=2) < 6
        return centre_of_spot(np.where(grey, area.mean(axis=2), 0), ratio, (round(left), round(top)))


def centre_of_spot(area: np.ndarray, ratio: float, corner: tuple[int, int]) -> tuple[float, float]:
    """The centroid of the largest connected bright area, CSS px."""
    from scipy import ndimage

    parts, _ = ndimage.label(ndimage.gaussian_filter(area, 1) > 215)
    sizes = np.bincount(parts.ravel())
    sizes[0] = 0
    y, x = ndimage.center_of_mass(parts == sizes.argmax())
    return (corner[0] + x + 0.5) / ratio, (corner[1] + y + 0.5) / ratio


@pytest.fixture
def new_lab(new_page, shared_server, unused_names) -> Callable[..., Lab]:
    """Pages on a fresh micrograph; pages of one test share it when they pass its name."""

    def make(name: str | None = None, **options) -> Lab:
        # A thrown view glides on, which would make the place of a second press a matter of time.
        page = new_page(**{"reduced_motion": "reduce", **options})
        # Now and not when the test began: what the last test's page had on its way to the server has arrived.
        call(shared_server, "api/project", FRESH_SETTINGS, "PATCH")
        return Lab(page, shared_server, name or next(unused_names))

    return make


@pytest.fixture
def lab(new_lab) -> Lab:
    return new_lab().open()


@dataclass
class Picked:
    """Answers that a trained project would give: the same picks with scores on each of some micrographs."""

    x: list[float]
    y: list[float]
    score: list[float]
    kind: str = "train"

    def serve_to(self, lab: Lab, names: list[str]) -> None:
        """Stand in for the answers of the server about picks, and for nothing else."""
        places = {"x": self.x, "y": self.y, "score": self.score}
        columns = {"job": "j1", "kind": self.kind, "final": True, "step": 100, **places}

        def listing(route):
            answer = call(lab.server, "api/micrographs")
            for micrograph in [one for one in answer["micrographs"] if one["name"] in names]:
                micrograph["picks"] = {
                    "job": "j1",
                    "kind": self.kind,
                    "count": len(self.score),
                    "mean_score": 2.17,
                    "final": True,
                }
            route.fulfill(json=answer)

        lab.page.route(re.compile(r".*/api/micrographs(\?since=.*)?$"), listing)
        lab.page.route(
            re.compile(r".*/api/micrographs/\d+/picks.*"), lambda route: route.fulfill(json=columns)
        )


@pytest.fixture
def picked() -> Picked:
    """Five picks in a row, scores 4 to -1."""
    return Picked(x=[120.0, 220.0, 320.0, 420.0, 520.0], y=[200.0] * 5, score=[4.0, 2.0, 0.5, -0.4, -1.0])
