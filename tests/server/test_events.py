"""The websocket edge, by Flask-SocketIO's own test client and in a real server."""

import pytest

from server import events
from tests.server.support import TOKEN, operation, wait_until


@pytest.fixture
def page(app, here):
    """Pages that are connected past the gate, which has tests of its own."""

    def connect():
        return here.notifier.socketio.test_client(app)

    return connect


def heard(page, name: str) -> list:
    return [each["args"][0] for each in page.get_received() if each["name"] == name]


def people(page, found: list) -> list[tuple]:
    """Who is there by the newest notice that a page has heard so far; `found` keeps it from call to call."""
    found.extend(heard(page, "people"))
    return [(each["name"], each["micrograph"]) for each in found[-1]["people"]] if found else []


def test_everyone_is_told_who_is_there_and_where(page):
    first, told = page(), []
    second = page()
    second.emit("here", {"client": "p2", "name": "Ada", "micrograph": 2})
    wait_until(lambda: people(first, told) == [("Guest 1", None), ("Ada", 2)], "a notice of both")
    second.disconnect()
    wait_until(lambda: people(first, told) == [("Guest 1", None)], "a notice of one")


def test_two_pages_hear_of_each_others_labels(client, page):
    first, second = page(), page()
    sent = operation()
    client.label(sent)
    for each in (first, second):
        [notice] = heard(each, "labels.changed")
        assert (notice["micrograph"], notice["client"], notice["operations"]) == (1, "a page", [sent])


def test_changes_of_the_project_and_of_the_list_are_told(client, page):
    listener = page()
    client.patch("/api/project", {"diameter_angstrom": 100})
    client.post("/api/project/scan")
    received = [(each["name"], each["args"][0]) for each in listener.get_received()]
    assert ("project.changed", {"revision": 1}) in received and ("micrographs.changed", {}) in received


def test_what_a_page_sends_over_the_socket_changes_nothing(client, page):
    before = client.get("/api/project")
    sender = page()
    for name, content in [
        ("here", {"name": "Eve", "micrograph": 1, "label": {"x": 1}}),
        ("label", {"x": 1}),
        ("connect", "again"),
        ("job.event", b"\x00\xff"),
        ("people", [1] * 1000),
    ]:
        sender.emit(name, content)
    assert client.get("/api/project") == before
    assert client.get("/api/micrographs/1/labels")["labels"] == []


def test_numbers_that_are_not_finite_leave_as_null(page, here):
    listener = page()
    here.notifier.tell("job.event", {"loss": float("nan"), "deep": [float("inf"), 1.5]})
    assert heard(listener, "job.event") == [{"loss": None, "deep": [None, 1.5]}]


def test_a_session_by_polling_needs_the_token_and_counts(app, here):
    polling = "/socket.io/?EIO=4&transport=polling"
    assert app.test_client().get(polling).status_code == 403
    assert app.test_client().get(polling, headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200
    assert events.sessions(here.notifier.socketio) == 1
