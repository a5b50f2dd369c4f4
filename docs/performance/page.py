#!/usr/bin/env python3
"""Measures the page in a real browser: `.venv/bin/python docs/performance/page.py [--quick] [--frames] [--out FILE]`.

Three things: how soon tiles come (as requests, on a line of this machine), how soon picks come after Train is pressed,
and how many frames a second the canvas draws under a hand; `--frames` asks for the last alone. With `--data`,
`--coordinates` and `--diameter-angstrom` the picks are of real micrographs, two of which are copied. It needs the
environment of `run.py test`, works in a temporary folder, and never touches a project of yours. The browser draws in
software, as on a machine without a graphics card.
"""

import argparse
import http.client
import json
import re
import shutil
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

from playwright.sync_api import Browser, Page, Route, expect, sync_playwright

import run
from tests.page.conftest import NO_TOUR, QUIET_BROWSER, Server, free_port
from tests.page.test_whole_job import Person, five_particles
from topazcore.coordinates import Coordinates
from topazcore.experiments.experiment import GivenSet
from topazcore.experiments.sets import DataSet, open_set
from topazcore.metrics import precision_recall
from topazcore.micrograph import read_header
from topazcore.simulate import demo_settings, simulate
from topazcore.speed.frames import write_full_size

VIEW = {"width": 1440, "height": 900}
SOFTWARE = ["--disable-gpu"]
TILE_PX = 512
LONGEST_TRAINING_MS = 120_000
SHARE_OF_BEST = 0.9
PICKS = 10_000
Place = tuple[float, float]
# What a micrograph holds with everything on.
LABELS, EXCLUSIONS, FILAMENTS = 300, 12, 30

# Records when frames are shown, and counts those in which the canvas was drawn anew.
WATCH_FRAMES = """() => {
  const context = document.getElementById('canvas').getContext('2d');
  const fill = context.fillRect.bind(context);
  const seen = (window.watched = { times: [], drawn: 0, on: true });
  let drawn = false;
  context.fillRect = (...box) => ((drawn = true), fill(...box));
  const frame = (now) => {
    seen.times.push(now);
    if (drawn) seen.drawn++;
    drawn = false;
    if (seen.on) requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}"""
# Moves a control a little in every frame, between two values: as a hand would that moves all the time. A test that
# drives the browser from outside reaches it in every second frame at best.
MOVE_IN_EVERY_FRAME = """([id, seconds, from, reach]) => new Promise((done) => {
  const control = document.getElementById(id);
  const started = performance.now();
  const frame = (now) => {
    const spent = (now - started) / 1000;
    const way = Math.sin(2 * spent);
    if (control instanceof HTMLInputElement) {
      const [low, high] = [Number(control.min), Number(control.max)];
      control.value = String((low + high) / 2 + (way * (high - low)) / 4);
      control.dispatchEvent(new Event('input', { bubbles: true }));
    } else {
      const [clientX, clientY] = [from[0] + way * reach[0], from[1] + way * reach[1]];
      control.dispatchEvent(new PointerEvent('pointermove', { clientX, clientY, pointerId: 1, bubbles: true }));
    }
    if (spent < seconds) requestAnimationFrame(frame);
    else done();
  };
  requestAnimationFrame(frame);
})"""
STOP_WATCHING = """() => {
  window.watched.on = false;
  delete document.getElementById('canvas').getContext('2d').fillRect;
  return window.watched;
}"""


@dataclass(frozen=True)
class Subject:
    """A folder of two micrographs, all particles of the first, and what a person knows of it."""

    folder: Path
    truth: Coordinates
    diameter_angstrom: float
    pixel_size_angstrom: float
    size_px: int
    margin_px: float = 0.0


def main(arguments: list[str]) -> None:
    """Measure everything, print a table and keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small and short: shows that it runs, no more")
    parser.add_argument("--frames", action="store_true", help="measure drawing alone")
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="of each figure (default 3)")
    parser.add_argument("--out", type=Path, metavar="FILE", help="gets the figures as JSON")
    parser.add_argument("--data", metavar="FOLDER", help="real micrographs, in place of simulated ones")
    parser.add_argument("--coordinates", metavar="FILE", help="their particles, all of them")
    parser.add_argument("--diameter-angstrom", type=float, metavar="D", help="of those particles")
    args = parser.parse_args(arguments)
    given = GivenSet(args.data, args.coordinates, args.diameter_angstrom) if args.data else None
    with TemporaryDirectory() as folder, browser() as opened:
        rounds = 1 if args.quick else args.rounds
        bench = Bench(Path(folder), opened, args.quick, rounds, given)
        found = bench.measure_frames() if args.frames else bench.measure()
    print("\n".join(line(name, values) for name, values in found.items()))
    if args.out:
        form = "quick" if args.quick else "full"
        args.out.write_text(json.dumps({"form": form, "rounds": rounds, "found": found}, indent=1) + "\n")


def line(name: str, values: list[float]) -> str:
    """The median, and the lowest and the highest where there are several."""
    spread = f"  ({min(values):.1f} to {max(values):.1f})" if len(values) > 1 else ""
    return f"{name:<72} {median(values):>8.1f}{spread}"


@contextmanager
def browser() -> Iterator[Browser]:
    """Chromium that draws in software."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(
            executable_path=run.require_browser(), args=[*QUIET_BROWSER, *SOFTWARE]
        )
        yield opened
        opened.close()


@contextmanager
def serving(folder: Path, state: Path | None = None) -> Iterator[Server]:
    """A server on a folder; with a state of its own it has not read any of it yet."""
    server = Server(folder, free_port(), options=["--state", str(state)] if state else [])
    server.start()
    try:
        yield server
    finally:
        server.stop()


@dataclass(frozen=True)
class Bench:
    """One run of everything.

    Args:
        folder: for all that is made.
        rounds: of each figure.
        given: real micrographs for the picks; simulated ones otherwise.
    """

    folder: Path
    opened: Browser
    quick: bool
    rounds: int
    given: GivenSet | None

    def measure(self) -> dict[str, list[float]]:
        """All figures by name, one for each round."""
        full = self.folder / "full"
        write_full_size(full, 2 if self.quick else 6, 1024 if self.quick else 4096)
        found = defaultdict(list)
        for turn in range(self.rounds):
            subject = self.subject(turn)
            with serving(full, self.folder / f"state{turn}") as server:
                self.keep(found, tiles_in_peace(server))
                self.keep(found, tiles_in_training(server, self.opened))
            self.keep(found, answer(subject, self.opened))
            self.keep(found, frames(subject, self.opened, self.seconds))
        return found

    def measure_frames(self) -> dict[str, list[float]]:
        """Of a project that has been trained once, as there are no picks without."""
        subject, found = self.subject(0), defaultdict(list)
        answer(subject, self.opened)
        for _ in range(self.rounds):
            self.keep(found, frames(subject, self.opened, self.seconds))
        return found

    @property
    def seconds(self) -> float:
        """How long a hand moves."""
        return 0.5 if self.quick else 4.0

    def keep(self, found: dict[str, list[float]], figures: dict[str, float]) -> None:
        for name, value in figures.items():
            found[name].append(value)

    def subject(self, turn: int) -> Subject:
        """Another simulation in every round; of real micrographs another one with five labels."""
        folder = self.folder / f"picks{turn}"
        if self.given:
            return copied(open_set(self.given, self.folder), folder, turn)
        small = {"size_px": 1024} if self.quick else {}
        settings = replace(demo_settings(), micrographs=2, seed=turn, **small)
        truth = simulate(settings, folder).of("0001")
        return Subject(
            folder, truth, settings.diameter_angstrom, settings.pixel_size_angstrom, settings.size_px
        )


def copied(data: DataSet, folder: Path, turn: int) -> Subject:
    """Two micrographs of a set in a folder of their own, where the server may keep its state beside them."""
    folder.mkdir()
    paths = list((data.train | data.test).items())
    chosen = [paths[(turn + place) % len(paths)] for place in range(2)]
    for place, (_, path) in enumerate(chosen):
        shutil.copyfile(path, folder / f"{place + 1:04}{path.suffix}")
    name, path = chosen[0]
    size_px = min(read_header(path).height, read_header(path).width)
    truth = data.truth.of(name)
    return Subject(folder, truth, data.diameter_angstrom, data.pixel_size_angstrom, size_px, data.margin_px)


class Line:
    """One kept connection to a server, as a browser has it."""

    def __init__(self, server: Server):
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        self.headers = {"Authorization": f"Bearer {server.token}"}

    def get(self, path: str) -> bytes:
        self.connection.request("GET", f"/{path}", headers=self.headers)
        answered = self.connection.getresponse()
        body = answered.read()
        if answered.status != 200:
            raise SystemExit(f"{path}: {answered.status} {body[:200]!r}")
        return body

    def post(self, path: str, body: dict) -> None:
        headers = {**self.headers, "Content-Type": "application/json"}
        self.connection.request("POST", f"/{path}", json.dumps(body), headers)
        answered = self.connection.getresponse()
        told = json.loads(answered.read())
        if answered.status != 200 or told.get("refused"):
            raise SystemExit(f"{path}: {answered.status} {str(told)[:300]}")

    def timed(self, path: str) -> float:
        """Milliseconds until the whole answer is here."""
        began = time.perf_counter()
        self.get(path)
        return (time.perf_counter() - began) * 1e3

    def micrographs(self) -> list[int]:
        return [each["id"] for each in json.loads(self.get("api/micrographs"))["micrographs"]]

    def tiles(self, micrograph: int) -> list[str]:
        """The addresses of all tiles of the raw layer, coarsest first."""
        layer = json.loads(self.get(f"api/micrographs/{micrograph}/view?layers=raw"))["layers"]["raw"]
        place = f"tiles/{micrograph}/{layer['revision']}/raw"
        return [
            f"{place}/{z}/{x}/{y}.jpg"
            for z in reversed(range(layer["levels"]))
            for x in range(-(-layer["width"] // (TILE_PX << z)))
            for y in range(-(-layer["height"] // (TILE_PX << z)))
        ]


def tiles_in_peace(server: Server) -> dict[str, float]:
    """Micrographs that the server has not read yet, then every tile of one that it has."""
    line = Line(server)
    cold, last = [], []
    for micrograph in line.micrographs():
        began = time.perf_counter()
        last = line.tiles(micrograph)
        line.get(last[0])
        cold.append((time.perf_counter() - began) * 1e3)
    warm = [line.timed(path) for path in last * 2]
    return {
        "first tile of an unseen micrograph, ms": median(cold),
        "tile, ms": median(warm),
        "tile, 95th percentile, ms": float(np.percentile(warm, 95)),
    }


def tiles_in_training(server: Server, opened: Browser) -> dict[str, float]:
    """Every tile of a micrograph, again and again while the worker trains on it.

    Raises:
        SystemExit: the training ended too soon to say anything.
    """
    page = opened.new_page(viewport=VIEW)
    page.add_init_script(NO_TOUR)
    person, line = Person(page), Line(server)
    person.open(server.url)
    person.type_diameter(60)
    for place in (200, 400, 600, 800):
        person.click(place, place)
    person.press_train()
    expect(page.locator("#run-title")).to_have_text(re.compile("Training"), timeout=LONGEST_TRAINING_MS)
    paths, warm = line.tiles(line.micrographs()[0]), []
    while "Training" in page.locator("#run-title").inner_text():
        # Looked at after every few tiles: none may count that came when the training was over.
        part = [line.timed(path) for path in paths[: len(paths) // 2]]
        warm += part if "Training" in page.locator("#run-title").inner_text() else []
    page.close()
    if not warm:
        raise SystemExit("the training ended before a tile came")
    return {
        "tile while training, 95th percentile, ms": float(np.percentile(warm, 95)),
        "tiles asked for while training": len(warm),
    }


def answer(subject: Subject, opened: Browser) -> dict[str, float]:
    """Seconds from Train to the first picks in the page, and to picks nearly as good as the last ones.

    Five labels on one micrograph; the other of the project has none. How good picks are is their best F1 on it.
    """
    with serving(subject.folder) as server:
        page = opened.new_page(viewport=VIEW)
        page.add_init_script(NO_TOUR)
        person, told = Person(page), []
        page.on(
            "response",
            lambda response: told.append((time.monotonic(), response)) if "/picks" in response.url else None,
        )
        person.open(server.url)
        person.type_diameter(subject.diameter_angstrom)
        for x, y in five_particles(subject.truth, subject.size_px):
            person.click(x, y)
        person.tab("Train")
        expect(page.locator("#saved")).to_have_text("saved")
        page.wait_for_timeout(3000)  # the worker has loaded by the time a person has clicked five particles
        pressed = time.monotonic()
        person.press_train()
        expect(page.locator("#threshold-counts")).to_contain_text("here", timeout=LONGEST_TRAINING_MS)
        shown = time.monotonic() - pressed
        person.wait_for_picks()
        done = time.monotonic() - pressed
        first = Line(server).micrographs()[0]
        course = [
            (when - pressed, best_f1(response.json(), subject))
            for when, response in told
            if f"/{first}/picks" in response.url
        ]
        page.close()
    goal = SHARE_OF_BEST * course[-1][1]
    return {
        "Train to the first picks, s": shown,
        "Train to 0.9 of the last best F1, s": next(when for when, f1 in course if f1 >= goal),
        "Train to all picks of both micrographs, s": done,
        "best F1 of the first picks, percent": 100 * course[0][1],
        "best F1 of the last picks, percent": 100 * course[-1][1],
    }


def best_f1(told: dict, subject: Subject) -> float:
    """Of the picks that a page was told, where somebody looked."""
    picks = Coordinates(
        np.full(len(told["x"]), subject.truth.names()[0]),
        *(np.array(told[name], float) for name in ("x", "y", "score")),
    )
    margin, far = subject.margin_px, subject.size_px - 1 - subject.margin_px
    picks = picks.select(((picks.xy >= margin) & (picks.xy <= far)).all(axis=1))
    distance_px = subject.diameter_angstrom / subject.pixel_size_angstrom / 2
    return float(precision_recall(picks, subject.truth, distance_px=distance_px).f1.max(initial=0))


def frames(subject: Subject, opened: Browser, seconds: float) -> dict[str, float]:
    """Frames drawn each second while a hand pans over 10,000 picks, moves the threshold or a contrast handle."""
    with serving(subject.folder) as server:
        page = opened.new_page(viewport=VIEW)
        page.add_init_script(NO_TOUR)
        page.route(re.compile(r".*/api/micrographs/\d+/picks.*"), lambda route: many_picks(route, subject))
        Person(page).open(server.url)
        page.get_by_role("tab", name="Review").click()
        expect(page.locator("#threshold-counts")).to_contain_text(
            re.compile(r"\d,\d{3} here"), timeout=20_000
        )
        page.keyboard.press("v")  # a drag shall move the view, and no label that it begins on
        box = page.locator("#canvas").bounding_box()
        middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        found = {"panning over 10,000 picks": drag(page, "canvas", middle, (250, 160), seconds)}
        found["the threshold over 10,000 picks"] = operate(page, "threshold", seconds)
        page.keyboard.press("1")
        page.locator("#contrast-reset").click()  # an earlier round's contrast has been remembered
        handle = centre(page, "#handle-low")
        found["a contrast handle, nine tiles and 10,000 picks"] = drag(
            page, "handle-low", handle, (30, 0), seconds
        )
        page.keyboard.press("0")
        fill(server, subject)
        expect(page.locator("#canvas-counts")).to_contain_text(f"{EXCLUSIONS} exclusions", timeout=20_000)
        found["panning with everything on"] = drag(page, "canvas", middle, (250, 160), seconds)
        page.keyboard.press("p")
        expect(page.locator("#canvas")).to_have_attribute("aria-busy", "false", timeout=20_000)
        pane = (box["x"] + box["width"] * 3 / 4, middle[1])
        found["panning with everything on, side by side"] = drag(page, "canvas", pane, (125, 160), seconds)
        page.close()
    return {f"{name}, {what}": value for name, each in found.items() for what, value in each.items()}


def fill(server: Server, subject: Subject) -> None:
    """Labels, a third of them removed picks, exclusions and filaments all over the first micrograph, once."""
    line, random = Line(server), np.random.default_rng(1)
    first, size = line.micrographs()[0], subject.size_px
    places = random.uniform(0, size - 1, (LABELS, 2)).round(1)
    made = [
        {"x": x, "y": y, "label": "negative" if i % 3 == 0 else "positive", "source": "click"}
        for i, (x, y) in enumerate(places.tolist())
    ]
    around = np.array([(np.cos(turn), np.sin(turn)) for turn in np.linspace(0, 2 * np.pi, 9)[:-1]])
    for middle in random.uniform(0.1, 0.9, (EXCLUSIONS, 2)) * size:
        outline = middle + around * size * random.uniform(0.02, 0.08)
        made.append({"outline": np.clip(outline, 0, size - 1).round(1).tolist()})
    for start, end in random.uniform(0, size - 1, (FILAMENTS, 2, 2)).round(1).tolist():
        made.append({"ends": [start, end], "source": "click"})
    operations = [
        {"op_id": f"fill-{i}", "kind": "add", "pick_id": f"fill-{i}", **each} for i, each in enumerate(made)
    ]
    line.post(f"api/micrographs/{first}/labels", {"client": "bench", "operations": operations})


def many_picks(route: Route, subject: Subject) -> None:
    """10,000 picks all over the micrograph, in place of those that are there."""
    told = route.fetch().json()
    random = np.random.default_rng(0)
    x, y = random.uniform(0, subject.size_px, (2, PICKS)).round(1).tolist()
    score = np.sort(random.normal(3, 1, PICKS))[::-1].round(3).tolist()
    route.fulfill(json={**told, "x": x, "y": y, "score": score})


def centre(page: Page, selector: str) -> tuple[float, float]:
    box = page.locator(selector).bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drag(page: Page, control: str, start: Place, reach: Place, seconds: float) -> dict[str, float]:
    """Press the mouse, then move it to and fro."""
    page.mouse.move(*start)
    page.mouse.down()
    found = operate(page, control, seconds, start, reach)
    page.mouse.up()
    return found


class MainThread:
    """The CPU time of the page's main thread since."""

    def __init__(self, page: Page):
        self.session = page.context.new_cdp_session(page)
        self.session.send("Performance.enable")
        self.before = self.total()

    def total(self) -> float:
        metrics = self.session.send("Performance.getMetrics")["metrics"]
        return next(each["value"] for each in metrics if each["name"] == "ThreadTime")

    @property
    def seconds(self) -> float:
        return self.total() - self.before


def operate(
    page: Page, control: str, seconds: float, start: Place = (0, 0), reach: Place = (0, 0)
) -> dict[str, float]:
    """Move what a hand holds, or a slider, in every frame."""
    page.evaluate(WATCH_FRAMES)
    work = MainThread(page)
    page.evaluate(MOVE_IN_EVERY_FRAME, [control, seconds, start, reach])
    seen, spent_s = page.evaluate(STOP_WATCHING), work.seconds
    return {**rates(seen), "CPU time of the page for each, ms": spent_s * 1e3 / max(seen["drawn"], 1)}


def rates(seen: dict) -> dict[str, float]:
    """Frames in which the canvas was drawn, and how long the slowest took to come."""
    gaps = np.diff(seen["times"])
    return {
        "drawn frames a second": seen["drawn"] / (gaps.sum() / 1e3),
        "95th percentile between frames, ms": float(np.percentile(gaps, 95)),
    }


if __name__ == "__main__":
    main(sys.argv[1:])
