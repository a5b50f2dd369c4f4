"""A real server process and a real browser for the page's tests.

The server runs as a user would start it, as a process of its own; nothing of it is imported here. A message
on the browser's console, an error in the page or a request to another host fails the test that caused it.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
QUIET_BROWSER = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
START_LIMIT_S = 60
# Of the simulated micrographs: as crowded as the demo, a quarter of its work.
SIZE_PX = 1024
# Browser contexts that are kept for later tests.
MOST_WAITING = 6


@dataclass
class Server:
    """One running server; `url` opens the page, `base` is without the token."""

    folder: Path
    port: int
    options: list[str] = field(default_factory=list)
    process: subprocess.Popen | None = None
    reader: threading.Thread | None = None
    url: str = ""
    log: list[str] = field(default_factory=list)

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    @property
    def token(self) -> str:
        return self.url.partition("token=")[2]

    def start(self) -> None:
        """Start the process and wait until it printed its URL and answers."""
        command = [sys.executable, "-m", "server", str(self.folder), "--port", str(self.port), "--no-browser"]
        command += self.options
        environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        for line in self.process.stdout:
            self.log.append(line)
            if found := re.search(r"http://\S+token=\S+", line):
                self.url = found.group()
                break
        else:
            raise AssertionError(f"the server ended before it printed its URL: {''.join(self.log)}")
        # Nobody reads the rest, and a full pipe would stop the server.
        self.reader = threading.Thread(target=self.log.extend, args=(self.process.stdout,), daemon=True)
        self.reader.start()
        self.wait_for_health()

    def wait_for_health(self) -> None:
        deadline = time.monotonic() + START_LIMIT_S
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(self.base + "api/health", timeout=2):
                    return
            except OSError:
                time.sleep(0.05)
        raise AssertionError("the server printed its URL but does not answer")

    def kill(self) -> None:
        """SIGKILL (TerminateProcess on Windows), as a crash would: no clean-up runs."""
        self.process.kill()
        self._wait_for_end()

    def stop(self) -> None:
        """Ask it to end, as Ctrl+C or a service manager would."""
        if self.process.poll() is None:
            self.process.terminate()
            self._wait_for_end()

    def _wait_for_end(self) -> None:
        self.process.wait(timeout=30)
        self.reader.join()
        self.process.stdout.close()

    def get(self, path: str) -> bytes:
        """The body of an authorised GET."""
        request = urllib.request.Request(self.base + path, headers={"Authorization": f"Bearer {self.token}"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.read()


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


TWO_FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


def until_saved(page: Page, timeout_ms: int = 10_000) -> None:
    """Wait until what was just done is on disk.

    The badge is drawn with the next frame: until then it still says what was true before.
    """
    page.evaluate(TWO_FRAMES)
    expect(page.locator("#saved")).to_have_text("saved", timeout=timeout_ms)


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    """Start servers; each is stopped when the test ends."""
    servers = []

    def start(folder: Path, *options: str) -> Server:
        server = Server(Path(folder), free_port(), list(options))
        servers.append(server)
        server.start()
        return server

    yield start
    for server in servers:
        server.stop()


@pytest.fixture(scope="session")
def simulated(tmp_path_factory) -> Path:
    """Two small simulated micrographs with their truth, made once; copy before use."""
    from topazcore.simulate import demo_settings, simulate

    full = demo_settings()
    crowd = full.particles_per_micrograph * (SIZE_PX / full.size_px) ** 2
    folder = tmp_path_factory.mktemp("simulated")
    simulate(replace(full, micrographs=2, size_px=SIZE_PX, particles_per_micrograph=round(crowd)), folder)
    return folder


@pytest.fixture
def demo_folder(simulated, tmp_path) -> Path:
    """A project folder of this test's own, with the two simulated micrographs."""
    return Path(shutil.copytree(simulated, tmp_path / "demo"))


@pytest.fixture(scope="session")
def new_browser() -> Iterator[Callable[[], Browser]]:
    """Start browsers, each a process of its own; all end with the tests."""
    import run

    path = run.find_browser()
    if path is None:
        pytest.fail("found no Chromium or Chrome; `python3 run.py test` installs it or says what to type")
    with sync_playwright() as playwright:
        running = []

        def start() -> Browser:
            running.append(playwright.chromium.launch(executable_path=path, args=QUIET_BROWSER))
            return running[-1]

        yield start
        for each in running:
            each.close()


@pytest.fixture(scope="session")
def browser(new_browser) -> Browser:
    return new_browser()


# The tour of a first visit is tested where it is wanted. Pages without a place of their own have no storage.
NO_TOUR = (
    "try { localStorage.getItem('peridot-tour') ?? localStorage.setItem('peridot-tour', 'off'); } catch {}"
)


class Complaints(list):
    """What the browser complained about; a test that provokes a complaint clears it by name."""

    def forgive(self, pattern: str) -> None:
        self[:] = [text for text in self if not re.search(pattern, text)]


@pytest.fixture
def complaints() -> Iterator[Complaints]:
    seen = Complaints()
    yield seen
    assert not seen, f"the browser complained: {seen}"


class Visitor:
    """A browser context that tests use one after the other: a person each time, in the browser of somebody before.

    A page of a new context loads more than a hundred files. What the server lets a browser keep stays from test to
    test; cookies, storage and permissions go. A page of its own, which shows nothing, is where they are removed from.
    """

    def __init__(self, context: BrowserContext):
        self.context = context
        self.is_closed = False
        context.on("close", lambda _: setattr(self, "is_closed", True))
        self.home = context.new_page()
        self.devtools = context.new_cdp_session(self.home)

    def leave(self, origins: set[str]) -> None:
        """Close what was opened, and forget what it left behind."""
        for page in self.context.pages:
            if page is not self.home:
                page.close()
        for origin in origins:
            self.devtools.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": "all"})
        self.context.clear_cookies()
        self.context.clear_permissions()


class Visitors:
    """Those that wait to be used again, by what they were made with; no more than a few, since each takes memory."""

    def __init__(self):
        self.waiting: list[tuple[object, Visitor]] = []

    def take(self, browser: Browser, tour: bool, options: dict) -> tuple[object, Visitor]:
        wanted = (browser, tour, options)
        for place, (made_with, _) in enumerate(self.waiting):
            if made_with == wanted:
                return self.waiting.pop(place)
        context = browser.new_context(**options)
        if not tour:
            context.add_init_script(NO_TOUR)
        return wanted, Visitor(context)

    def take_back(self, made_with: object, visitor: Visitor, origins: set[str]) -> None:
        if visitor.is_closed:
            return
        visitor.leave(origins)
        self.waiting.append((made_with, visitor))
        while len(self.waiting) > MOST_WAITING:
            self.waiting.pop(0)[1].context.close()


@pytest.fixture(scope="session")
def visitors() -> Visitors:
    return Visitors()


@pytest.fixture
def new_page(browser, visitors, complaints) -> Iterator[Callable[..., Page]]:
    """Open pages, each in a browser context (a person) of its own."""
    taken, origins, is_over = [], set(), False

    def complain(text: str) -> None:
        if not is_over:
            complaints.append(text)

    def watch(url: str) -> None:
        if found := re.match(r"(http|ws)://127\.0\.0\.1:\d+(?=/)", url):
            origins.add(found[0])
        # No outgoing connection ever: everything the page asks for is on this machine.
        elif not re.match(r"(data|blob|about):", url):
            complain(f"request to another host: {url}")

    def open_page(of: Browser = browser, tour: bool = False, **options) -> Page:
        options = {"viewport": {"width": 1280, "height": 800}, "accept_downloads": True, **options}
        taken.append(visitors.take(of, tour, options))
        page = taken[-1][1].context.new_page()
        page.on("console", lambda message: message.type in ("error", "warning") and complain(message.text))
        page.on("pageerror", lambda error: complain(f"page error: {error}"))
        page.on("request", lambda request: watch(request.url))
        return page

    yield open_page
    is_over = True
    for made_with, visitor in taken:
        visitors.take_back(made_with, visitor, origins)


@pytest.fixture
def page(new_page) -> Page:
    return new_page()
