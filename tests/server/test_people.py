"""Who is there, what is heard of them and what is not; the clock is the test's own."""

import threading

import pytest

from server.people import AT_ONCE, Announcer, People


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def people(clock):
    made = People(clock)
    made.enter("a")
    return made


def shown(people) -> list[tuple]:
    return [(each["name"], each["micrograph"], each["looking"]) for each in people.all()]


def test_whoever_comes_is_a_guest_with_a_number_of_their_own(people):
    people.enter("b", looking=True)
    people.enter("b")
    assert shown(people) == [("Guest 1", None, False), ("Guest 2", None, True)]
    people.leave("a")
    people.enter("c")
    assert [each[0] for each in shown(people)] == ["Guest 2", "Guest 1"]
    people.leave("a")
    people.leave("never")


def test_a_page_says_its_name_and_where_it_is_and_news_are_told_apart(people):
    said = {"client": "p1", "name": " Ada \u202e\n L. ", "micrograph": 3}
    assert people.hear("a", said) and not people.hear("a", said)
    assert people.all() == [{"client": "p1", "name": "Ada L.", "looking": False, "micrograph": 3}]
    assert people.hear("a", {**said, "name": ""})
    assert shown(people) == [("Guest 1", 3, False)]


@pytest.mark.parametrize("said", [None, 3, "x", [1], b"\x00", True])
def test_what_is_no_object_is_not_heard(people, said):
    assert not people.hear("a", said)
    assert not people.hear("stranger", {"name": "Eve"})
    assert shown(people) == [("Guest 1", None, False)]


@pytest.mark.parametrize(
    "said",
    [
        {"client": "x" * 65, "micrograph": -1},
        {"client": 5, "name": {"a": 1}, "micrograph": "3"},
        {"micrograph": 1.5},
        {"micrograph": 10**20},
        {"looking": True},
    ],
)
def test_fields_that_make_no_sense_are_left_out(people, said):
    people.hear("a", said)
    assert people.all() == [{"client": "", "name": "Guest 1", "looking": False, "micrograph": None}]


def test_a_long_name_is_cut(people):
    people.hear("a", {"name": "x" * 1000})
    assert shown(people)[0][0] == "x" * 40


def test_a_page_that_never_stops_talking_is_not_heard_until_it_rests(people, clock):
    heard = [people.hear("a", {"micrograph": number}) for number in range(AT_ONCE + 5)]
    assert heard == [True] * AT_ONCE + [False] * 5
    clock.now += 0.25
    assert people.hear("a", {"micrograph": 99}) and not people.hear("a", {"micrograph": 100})
    clock.now += 3600
    assert sum(people.hear("a", {"micrograph": number}) for number in range(50)) == AT_ONCE


def test_news_are_told_at_once_after_a_rest_and_else_together():
    told, spoken = [], threading.Event()

    def say():
        told.append(1)
        if len(told) == 2:
            spoken.set()

    announcer = Announcer(say, rest_s=0.05)
    announcer.ask()
    assert len(told) == 1
    announcer.ask()
    announcer.ask()
    assert spoken.wait(10)
    assert len(told) == 2
    announcer.rest_s = 3600
    announcer.ask()
    announcer.stop()
    assert len(told) == 2 and announcer.timer is None
