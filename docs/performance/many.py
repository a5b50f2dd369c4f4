#!/usr/bin/env python3
"""Measures a project of many micrographs: `.venv/bin/python docs/performance/many.py FOLDER [--micrographs N]`.

It makes the project in FOLDER unless it is there already: hard links of one small micrograph, a third of them with
labels, all of them with picks of a job that never ran. Then it asks the real server and a real browser: how long a
start, the list and the project take, how soon the page can be used, how much memory its process holds, how smoothly the
list scrolls. It needs the environment of `run.py test`.
"""

import argparse
import gzip
import http.client
import json
import os
import random
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

from playwright.sync_api import Browser, Page, expect, sync_playwright

import run
from server.database import Database
from server.job_table import JobRecord, JobTable, PickSet
from server.paths import StatePaths
from server.project import Project
from server.store import Operation, Store
from tests.page.conftest import NO_TOUR, QUIET_BROWSER, Server, free_port
from topazcore.images.mrc import encode_mrc
from topazcore.job import PICKS_FOLDER

SIDE_PX = 256
PIXEL_SIZE_ANGSTROM = 8.0
DIAMETER_ANGSTROM = 140.0
LABELS = 3
JOB = "0" * 16
VIEW = {"width": 1440, "height": 900}
LONGEST_MS = 120_000
GAPS = """(ms) => new Promise((done) => {
  const times = [];
  const frame = (now) => {
    times.push(now);
    if (now - times[0] < ms) requestAnimationFrame(frame);
    else done(times.slice(1).map((time, i) => time - times[i]));
  };
  requestAnimationFrame(frame);
})"""
SCROLL = """(ms) => {
  const box = document.getElementById('rows');
  const began = performance.now();
  const step = (now) => {
    box.scrollTop = ((now - began) / ms) * (box.scrollHeight - box.clientHeight);
    if (now - began < ms) requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
}"""


def main(arguments: list[str]) -> None:
    """Make the project where it is missing, measure, print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="of the project, on a disk that knows hard links")
    parser.add_argument("--micrographs", type=int, default=20_000, metavar="N")
    parser.add_argument("--picks", type=int, default=300, metavar="N", help="of each micrograph; 0 for none")
    args = parser.parse_args(arguments)
    if not args.folder.exists():
        make_micrographs(args.folder, args.micrographs)
        print(f"{'first start, s':<48} {started(args.folder):>10.2f}")
        make_state(args.folder, args.picks)
    print(f"{'next start, s':<48} {started(args.folder):>10.2f}")
    with serving(args.folder) as server, browser() as opened:
        for name, value in {**answers(server), **page_figures(server, opened)}.items():
            print(f"{name:<48} {value:>10.2f}", flush=True)


def make_micrographs(folder: Path, count: int) -> None:
    """One small micrograph under many names."""
    image = np.random.default_rng(0).normal(10, 2, (SIDE_PX, SIDE_PX)).astype(np.float32)
    folder.mkdir(parents=True)
    first = folder / "FoilHole_00001_fractions.mrc"
    first.write_bytes(encode_mrc(image, PIXEL_SIZE_ANGSTROM))
    for number in range(2, count + 1):
        os.link(first, folder / f"FoilHole_{number:05}_fractions.mrc")


def make_state(folder: Path, picks: int) -> None:
    """Labels on a third of the micrographs, and a finished job that has picked all of them."""
    state, chance = StatePaths(folder / ".peridot"), random.Random(0)
    database = Database(state.database, state.backups)
    store, ids = Store(database), [each.id for each in Project(folder, database).load()]
    store.change_settings({"diameter_angstrom": DIAMETER_ANGSTROM})
    store.apply_all({each: labels(f"{each}", chance) for each in chance.sample(ids, len(ids) // 3)})
    if picks:
        record = JobRecord(JOB, "train", time.time(), LABELS, 1, {}, state="done", phase="finished")
        table = JobTable(database)
        table.insert(record)
        sets = {each: PickSet(JOB, "train", chance.randrange(picks), True, 100) for each in ids}
        table.update(record, sets)
        link_picks(state.job(JOB) / PICKS_FOLDER, ids, picks)
    database.close()


def labels(prefix: str, chance: random.Random) -> list[Operation]:
    """A few labels of one micrograph."""

    def place() -> float:
        return round(chance.uniform(0, SIDE_PX - 1), 1)

    names = [f"{prefix}-{number}" for number in range(LABELS)]
    return [Operation(name, "add", name, place(), place(), "positive", "click") for name in names]


def link_picks(folder: Path, ids: list[int], count: int) -> None:
    """The same picks for every micrograph."""
    chance = np.random.default_rng(1)
    folder.mkdir(parents=True)
    scores = np.sort(chance.normal(1, 2, count))[::-1]
    np.save(
        folder / "all.npy", np.column_stack([chance.uniform(0, SIDE_PX, (count, 2)), scores]).astype("f4")
    )
    for each in ids:
        os.link(folder / "all.npy", folder / f"{each}.npy")


def started(folder: Path) -> float:
    """Seconds from the command to the first answer."""
    began = time.monotonic()
    with serving(folder):
        return time.monotonic() - began


@contextmanager
def serving(folder: Path) -> Iterator[Server]:
    """A server on a folder."""
    server = Server(folder, free_port())
    server.start()
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def browser() -> Iterator[Browser]:
    """Chromium that draws in software."""
    with sync_playwright() as playwright:
        flags = [*QUIET_BROWSER, "--disable-gpu"]
        opened = playwright.chromium.launch(executable_path=run.require_browser(), args=flags)
        yield opened
        opened.close()


def answers(server: Server) -> dict[str, float]:
    """Time and size of what the page asks for first, and of what it asks for all the time."""
    size, packed = ask(server, "api/micrographs")
    row = json.loads(server.get("api/micrographs"))["micrographs"][0]
    return {
        "api/micrographs, MB": size / 1e6,
        "api/micrographs, MB on the line": packed / 1e6,
        "api/micrographs, ms": milliseconds(lambda: ask(server, "api/micrographs")),
        "api/project, ms": milliseconds(lambda: ask(server, "api/project")),
        "one tile, ms": milliseconds(lambda: ask(server, f"tiles/1/{row['revision']}/raw/0/0/0.jpg")),
        "picks of one micrograph, ms": milliseconds(
            lambda: ask(server, f"api/micrographs/1/picks?job={JOB}")
        ),
    }


def ask(server: Server, path: str) -> tuple[int, int]:
    """One answer as a browser asks for it: its size, and that on the line."""
    line = http.client.HTTPConnection(urlsplit(server.base).netloc, timeout=60)
    line.request(
        "GET", f"/{path}", headers={"Authorization": f"Bearer {server.token}", "Accept-Encoding": "gzip"}
    )
    answer = line.getresponse()
    body = answer.read()
    line.close()
    is_packed = answer.getheader("Content-Encoding") == "gzip"
    return len(gzip.decompress(body) if is_packed else body), len(body)


def milliseconds(act: Callable[[], object], rounds: int = 7) -> float:
    """Median over some rounds."""
    spent = []
    for _ in range(rounds):
        began = time.monotonic()
        act()
        spent.append(time.monotonic() - began)
    return 1e3 * median(spent)


def page_figures(server: Server, opened: Browser) -> dict[str, float]:
    """What a person feels of the page."""
    empty = megabytes(opened)
    page = opened.new_page(viewport=VIEW)
    page.add_init_script(NO_TOUR)
    began = time.monotonic()
    page.goto(server.url)
    expect(page.locator("#rows [role=option]").first).to_be_visible(timeout=LONGEST_MS)
    expect(page.locator("#canvas")).to_have_attribute("aria-busy", "false", timeout=LONGEST_MS)
    found = {"page: from the address to the micrograph, s": time.monotonic() - began}
    page.evaluate("document.getElementById('search').focus()")
    found["page: its process at first, MB"] = megabytes(opened) - empty
    began = time.monotonic()
    page.locator("#search").press_sequentially("00777")
    expect(page.locator("#rows [role=option]")).to_have_count(1, timeout=LONGEST_MS)
    found["page: five letters of a search, s"] = time.monotonic() - began
    page.locator("#search").fill("")
    expect(page.locator("#rows [role=option]").nth(5)).to_be_visible(timeout=LONGEST_MS)
    found |= scrolling(page)
    found |= resting(page)
    found["page: its process after a minute, MB"] = megabytes(opened) - empty
    found["page: script memory, MB"] = script_megabytes(page)
    page.close()
    return found


def scrolling(page: Page, ms: int = 4000) -> dict[str, float]:
    """Frames while the list scrolls from its start to its end."""
    page.evaluate(SCROLL, ms)
    gaps = page.evaluate(GAPS, ms)
    return {
        "page: frames a second while it scrolls": 1e3 * len(gaps) / sum(gaps),
        "page: 95th percentile between frames, ms": float(np.percentile(gaps, 95)),
    }


def resting(page: Page, ms: int = 60_000) -> dict[str, float]:
    """The longest frames while whatever the page fetches by itself comes in."""
    gaps = page.evaluate(GAPS, ms)
    return {
        "page: longest frame while picks come, ms": max(gaps),
        "page: frames a second then": 1e3 * len(gaps) / sum(gaps),
    }


def megabytes(opened: Browser) -> float:
    """Memory of the processes that run pages: what is theirs alone, and their share of what is not."""
    session = opened.new_browser_cdp_session()
    processes = session.send("SystemInfo.getProcessInfo")["processInfo"]
    session.detach()
    return sum(proportional_kb(each["id"]) for each in processes if each["type"] == "renderer") / 1024


def proportional_kb(process: int) -> int:
    lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("Pss:")).split()[1])


def script_megabytes(page: Page) -> float:
    """The JavaScript heap after a collection."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    return session.send("Runtime.getHeapUsage")["usedSize"] / 1e6


if __name__ == "__main__":
    main(sys.argv[1:])
