"""The log of a job's events."""

import json

import pytest

from server.event_log import EventLog, read_events
from server.running_job import Thinner, parse_event


def test_events_are_numbered_from_one_and_read_back(tmp_path):
    log = EventLog(tmp_path)
    assert log.append({"event": "started"}) == {"seq": 1, "event": "started"}
    log.append({"event": "finished", "seq": 99}, durable=True)
    log.close()
    assert list(read_events(log.path)) == [{"seq": 1, "event": "started"}, {"seq": 2, "event": "finished"}]
    assert list(read_events(log.path, after=1)) == [{"seq": 2, "event": "finished"}]


def test_a_log_goes_on_where_it_ended(tmp_path):
    first = EventLog(tmp_path)
    first.append({"event": "started"})
    first.close()
    again = EventLog(tmp_path)
    assert again.append({"event": "step"})["seq"] == 2
    again.close()


@pytest.mark.parametrize(
    "torn", [b'{"seq":2,"event":"st', b'{"seq":2,"event":"step"}', b"\n", b"\xff\xfe\n", b"[]\n"]
)
def test_a_torn_line_is_dropped_and_its_number_given_anew(tmp_path, torn):
    log = EventLog(tmp_path)
    log.append({"event": "started"})
    log.close()
    with log.path.open("ab") as file:
        file.write(torn)
    assert [each["seq"] for each in read_events(log.path)] == [1]
    again = EventLog(tmp_path)
    again.append({"event": "finished"})
    again.close()
    assert [(each["seq"], each["event"]) for each in read_events(log.path)] == [
        (1, "started"),
        (2, "finished"),
    ]


def test_numbers_that_are_not_finite_are_written_as_null(tmp_path):
    log = EventLog(tmp_path)
    log.append({"event": "step", "loss": float("nan"), "deep": [{"x": float("inf")}]})
    log.close()
    assert json.loads(log.path.read_text())["loss"] is None
    assert next(read_events(log.path))["deep"] == [{"x": None}]


def test_without_a_log_there_are_no_events(tmp_path):
    assert list(read_events(tmp_path / "events.jsonl")) == []


@pytest.mark.parametrize(
    "line",
    [
        None,
        b"",
        b"hello",
        b"[1]",
        b"{}",
        b'{"event": 3}',
        b'"step"',
        b"\xff\x00",
        b"[" * 100_000,
        b'{"a":' * 9999,
    ],
)
def test_what_is_no_event_is_none(line):
    assert parse_event(line) is None


def test_an_event_is_what_it_says_without_nan():
    assert parse_event(b'{"event": "step", "loss": NaN, "x": 1e999}') == {
        "event": "step",
        "loss": None,
        "x": None,
    }


def test_five_events_per_second_pass_and_a_steady_five_are_not_thinned():
    now = 0.0
    thinner = Thinner(lambda: now)
    passed = 0
    for tick in range(100):
        now = tick * 0.2
        passed += thinner.allows()
    assert passed == 100
    now += 10
    assert sum(thinner.allows() for _ in range(50)) == 2


def test_a_flood_is_thinned_to_five_per_second():
    now = 0.0
    thinner = Thinner(lambda: now)
    passed = 0
    for tick in range(10_000):
        now = tick / 1000
        passed += thinner.allows()
    assert 50 <= passed <= 53
