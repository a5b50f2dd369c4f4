"""What the waiting worker is asked to prepare before Train is pressed."""

import threading

import pytest

from server.ahead import LONGEST_PATHS, bounded
from tests.server.support import Client, operation

DIAMETER = {"diameter_angstrom": 100, "pixel_size_angstrom": 2}


@pytest.fixture
def asked(here, monkeypatch):
    """What the worker is told, in a list; `asked.told` is set whenever it is."""

    class Asked(list):
        told = threading.Event()

    found = Asked()

    def prepare(micrographs):
        found.append(micrographs)
        found.told.set()

    monkeypatch.setattr(here.jobs, "prepare", prepare)
    monkeypatch.setattr(here.jobs, "warm_up", lambda: None)
    here.ahead.rest_s = 0.05
    found.told.clear()
    return found


def test_labels_and_the_open_micrograph_are_wanted_in_that_order(app, here, asked):
    client = Client(app)
    client.patch("/api/project", DIAMETER)
    client.label(operation())
    opened = here.project.micrographs()[1]
    client.get(f"/api/micrographs/{opened.id}/view?layers=raw")
    assert asked.told.wait(10)
    here.ahead.stop()
    labeled = here.project.micrograph(1)
    assert asked[-1] == [(str(opened.target), 3.0), (str(labeled.target), 3.0)]


def test_nothing_is_asked_while_the_diameter_is_unknown(app, here, asked):
    Client(app).label(operation())
    here.ahead.stop()
    here.ahead.send()
    assert asked == []


def test_a_list_is_cut_to_what_one_command_holds():
    wanted = [("ü" * 1000, 2.0)] * 20
    assert bounded(wanted[:2]) == wanted[:2]
    assert 1 <= len(bounded(wanted)) <= LONGEST_PATHS // 4000


def test_a_waiting_worker_is_told_once(here):
    class Spare:
        def __init__(self):
            self.sent = []

        def send(self, **command):
            self.sent.append(command)

    here.jobs.prepare([("a.mrc", 2.0)])
    spare = here.jobs.spare = Spare()
    try:
        here.jobs.prepare([("a.mrc", 2.0)])
        here.jobs.prepare([("a.mrc", 2.0)])
    finally:
        here.jobs.spare = None
    cache = str(here.jobs.state.cache)
    assert spare.sent == [{"command": "prepare", "cache": cache, "micrographs": [("a.mrc", 2.0)]}]
