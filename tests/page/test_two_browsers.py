"""Two browsers on the same micrographs, over lines that break: pages and store agree, nothing is lost or doubled."""

import json
import random
import sqlite3
import time
from dataclasses import dataclass, field

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from server.store import replayed
from tests.page.annotator.conftest import DIAMETER_ANGSTROM, PIXEL_SIZE_ANGSTROM, call
from tests.page.annotator.test_together import AWAY
from tests.page.conftest import Server, until_saved
from tests.page.line import Line, Quality

OPERATIONS = 500
"""That each of the two sends at least."""
NAMES = ("one", "two", "three")
SIZE_PX = 640
SPACING_PX = 60
"""Hands come back to the same places, so that both touch the same labels."""
MOST_GESTURES = 5 * OPERATIONS
STAY = 15
"""Gestures on a micrograph before the next is opened."""
TROUBLE = 0.12
"""How often the line changes."""
RELOAD = 80
"""The gesture before which each page is loaded anew, with what waits in it."""
PATIENCE_S = 20


@pytest.fixture
def server(serve, tmp_path) -> Server:
    """Three micrographs of noise, with a diameter."""
    noise = np.random.default_rng(3)
    for name in NAMES:
        Image.fromarray(noise.normal(110, 20, (SIZE_PX, SIZE_PX)).clip(0, 255).astype(np.uint8)).save(
            tmp_path / f"{name}.png"
        )
    server = serve(tmp_path)
    sizes = {"diameter_angstrom": DIAMETER_ANGSTROM, "pixel_size_angstrom": PIXEL_SIZE_ANGSTROM}
    call(server, "api/project", sizes, "PATCH")
    return server


@dataclass
class Person:
    """A browser of its own on a line of its own, and a hand that does anything."""

    page: Page
    line: Line
    server: Server
    chance: random.Random
    sent: dict[str, dict] = field(default_factory=dict)
    at: int = 0

    def begin(self) -> None:
        """Open the page; from now on every operation that it sends is noted."""
        self.page.on("request", self.note)
        # The page keeps what it shows to itself: the test reads it where it is made.
        self.page.route("**/joined.js", self.with_a_door)
        self.page.goto(self.server.url.replace(f":{self.server.port}", f":{self.line.port}"))
        self.ready()

    def with_a_door(self, route) -> None:
        address = "code" + route.request.url.partition("/code")[2]
        source, nothing, end = self.server.get(address).decode().rpartition("return {  };")
        assert nothing, "the last module, app.js, exports nothing of itself"
        door = f"{source}return {{ store }};{end}\nexport const {{ store }} = $modules['app.js'];"
        route.fulfill(body=door, content_type="text/javascript")

    def note(self, request) -> None:
        if request.method == "POST" and request.url.endswith("/labels"):
            for operation in json.loads(request.post_data)["operations"]:
                assert self.sent.setdefault(operation["op_id"], operation) == operation

    def ready(self) -> None:
        expect(self.page.locator("#canvas[aria-busy=false]")).to_be_visible(timeout=30_000)

    def place(self) -> tuple[float, float]:
        """One of the places of the micrograph, as it is seen when it fits the canvas."""
        box = self.box
        scale = min(box["width"], box["height"]) / SIZE_PX
        steps = range(-4, 5)
        x, y = (self.chance.choice(steps) * SPACING_PX * scale for _ in "xy")
        return box["x"] + box["width"] / 2 + x, box["y"] + box["height"] / 2 + y

    def open_next(self) -> None:
        """The next micrograph, all of it in view, with the hand as it was at first."""
        self.at = (self.at + 1) % len(NAMES)
        self.page.get_by_role("option", name=NAMES[self.at], exact=False).first.click()
        self.page.locator("#canvas").focus()
        self.ready()
        self.press("0", "a")
        self.box = self.page.locator("#canvas").bounding_box()

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def drag(self, *corners: tuple[float, float]) -> None:
        mouse = self.page.mouse
        mouse.move(*corners[0])
        mouse.down()
        for corner in corners[1:]:
            mouse.move(*corner, steps=2)
        mouse.up()

    def gesture(self) -> None:
        """One of all the things that a hand can do."""
        start, end, third = self.place(), self.place(), self.place()
        mouse = self.page.mouse
        ways = {
            "add or select": (10, lambda: mouse.click(*start)),
            "nudge": (9, lambda: (mouse.click(*start), self.press("ArrowLeft", "Shift+ArrowUp", *["ArrowDown"] * 7))),
            "move": (4, lambda: self.drag(start, end)),
            "remove what is there": (3, lambda: (mouse.move(*start), self.press("x"))),
            "keep what is there": (1, lambda: (mouse.move(*start), self.press("k"))),
            "undo": (4, lambda: self.press("Control+z")),
            "redo": (2, lambda: self.press("Control+y")),
            "exclude": (1, lambda: (self.press("r"), self.drag(start, end, third), self.press("Escape", "a"))),
            "paint": (1, lambda: (self.press("b"), self.drag(start, end), self.press("a"))),
            "remove an exclusion": (1, lambda: (self.press("v"), mouse.click(*start), self.press("Delete", "a"))),
            "erase": (1, lambda: (self.press("e"), self.drag(start, end), self.press("a"))),
            "remove a box": (1, lambda: (self.press("s"), self.drag(start, end), self.press("Delete", "Escape", "a"))),
        }  # fmt: skip
        weights = [weight for weight, _ in ways.values()]
        (name,) = self.chance.choices(list(ways), weights)
        ways[name][1]()
        # A drag that held nothing has moved the view.
        self.press("0")

    def trouble(self) -> None:
        """The line changes for the better or the worse."""
        what = self.chance.random()
        if self.line.quality is Quality.GOOD and what < 0.4:
            self.line.cut()
        elif self.line.quality is Quality.GOOD and what < 0.8:
            self.line.lose_answers()
        else:
            self.line.mend()

    def reload(self) -> None:
        """The page begins anew, over a good line, whatever waited in it."""
        self.line.mend()
        self.page.reload()
        self.open_next()

    def shows(self) -> dict[int, dict]:
        """What the page holds of each micrograph, in the form of the store's replay."""
        return self.page.evaluate("""async () => {
            const { store } = await import(document.querySelector('script[type=module]').src);
            const { labels, exclusions, micrographs } = store.state;
            return Object.fromEntries(micrographs.map(({ id }) => [id, Object.fromEntries([
                ...[...(labels.get(id) ?? [])].map(([pick, at]) => [pick, [at.x, at.y, at.label, at.source]]),
                ...[...(exclusions.get(id) ?? [])].map(([pick, region]) => [pick, [region.outline]]),
            ])]));
        }""")


@pytest.fixture
def people(browser, new_browser, new_page, server, complaints):
    """Two people, each with a browser, a line and a hand of their own."""
    found = []
    for seed, each in enumerate([browser, new_browser()]):
        page = new_page(each, reduced_motion="reduce")
        found.append(Person(page, Line(server.port), server, random.Random(seed)))
    yield found
    for person in found:
        person.page.context.close()
        person.line.close()
    complaints.forgive(AWAY)


def test_both_pages_and_the_store_agree_and_nothing_is_lost_or_doubled(people, server):
    for person in people:
        person.begin()
    for number in range(MOST_GESTURES):
        busy = [person for person in people if len(person.sent) < OPERATIONS]
        if not busy:
            break
        for person in busy:
            if number % STAY == 0:
                person.line.mend()
                person.open_next()
            if person.chance.random() < TROUBLE:
                person.trouble()
            if number == RELOAD:
                person.reload()
            person.gesture()
    assert RELOAD < number < MOST_GESTURES - 1
    for person in people:
        person.line.mend()
    for person in people:
        until_saved(person.page, 30_000)
        expect(person.page.locator("#link")).to_have_text("live", timeout=30_000)
        for _ in NAMES:
            person.open_next()

    kept = on_disk(server)
    log, amounts_to = log_of(server)
    assert amounts_to == kept
    sent = people[0].sent | people[1].sent
    assert sorted(log) == sorted(sent), "an operation was lost or doubled"
    for person in people:
        shows_at_last(person, kept)


def test_a_micrograph_that_is_opened_while_the_line_is_down_comes_when_it_is_mended(people):
    person = people[0]
    person.begin()
    person.line.cut()
    person.page.get_by_role("option", name="two").click()
    expect(person.page.locator("#banner")).to_be_visible()
    person.line.mend()
    expect(person.page.get_by_label("Micrograph two", exact=True)).to_have_attribute(
        "aria-busy", "false", timeout=30_000
    )


def on_disk(server: Server) -> dict[str, dict]:
    """What the server answers of each micrograph, in the form of `Person.shows`."""
    found = {}
    for micrograph in call(server, "api/micrographs")["micrographs"]:
        answer = call(server, f"api/micrographs/{micrograph['id']}/labels")
        present = {e["id"]: [e["x"], e["y"], e["label"], e["source"]] for e in answer["labels"]}
        present |= {each["id"]: [each["outline"]] for each in answer["exclusions"]}
        found[str(micrograph["id"])] = present
    return found


def log_of(server: Server) -> tuple[list[str], dict[str, dict]]:
    """The ids of all operations in the database, and what they amount to."""
    database = sqlite3.connect(f"file:{server.folder}/.peridot/peridot.sqlite?mode=ro", uri=True)
    database.row_factory = sqlite3.Row
    rows = database.execute("SELECT * FROM operation ORDER BY seq").fetchall()
    database.close()
    state = {
        str(key): {pick: list(one) for pick, one in present.items()}
        for key, present in replayed(rows).items()
    }
    return [row["op_id"] for row in rows], state


def shows_at_last(person: Person, kept: dict[str, dict]) -> None:
    """The page holds what the store holds, once the last news are there."""
    deadline = time.monotonic() + PATIENCE_S
    while (found := person.shows()) != kept and time.monotonic() < deadline:
        time.sleep(0.1)
    assert found == kept
