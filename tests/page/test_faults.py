"""The main job with its worker killed in the middle, in a real browser: nothing is lost and one can go on."""

import json
import os
import re
import signal

from playwright.sync_api import expect

from tests.page.test_whole_job import Person, five_particles
from topazcore.formats import read_coordinates
from topazcore.micrograph import read_header
from topazcore.simulate import TRUTH_FILE, demo_settings


def worker_pid(server) -> int:
    job = json.loads(server.get("api/project"))["job"]["id"]
    events = json.loads(server.get(f"api/jobs/{job}/events?after=0"))["events"]
    return next(event["pid"] for event in events if event["event"] == "started")


def test_a_killed_worker_is_told_labels_stay_and_training_starts_again(serve, page, demo_folder):
    server, person = serve(demo_folder), Person(page)
    person.open(server.url)
    person.type_diameter(demo_settings().diameter_angstrom)
    truth = read_coordinates(demo_folder / TRUTH_FILE).of("0001")
    for x, y in five_particles(truth, read_header(demo_folder / "0001.mrc").width):
        person.click(x, y)
    person.press_train()
    expect(page.locator("#run-line")).to_contain_text("step", timeout=60_000)
    os.kill(worker_pid(server), getattr(signal, "SIGKILL", signal.SIGTERM))
    expect(page.locator("#run-title")).to_have_text(re.compile("^Training failed"), timeout=15_000)
    expect(page.locator("#train-error")).to_contain_text("The worker")
    assert len(json.loads(server.get("api/micrographs/1/labels"))["labels"]) == 5
    person.press_train()
    person.wait_for_picks()
    expect(page.locator("#train-error")).to_be_hidden()
    assert json.loads(server.get("api/micrographs/1/picks"))["final"]
