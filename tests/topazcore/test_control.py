import threading

import pytest

from topazcore.control import Cancelled, Control


@pytest.fixture
def resting():
    """A control that a thread rests on, the events of it, and the thread."""
    control, events, begun = Control(), [], threading.Event()

    def emit(event: str, **fields: object) -> None:
        events.append((event, fields))
        begun.set()

    control.ask("pause")
    thread = threading.Thread(target=lambda: events.append(control.rest_if_asked(emit, 7)), daemon=True)
    thread.start()
    assert begun.wait(10)
    yield control, events, thread
    control.ask("resume")
    thread.join(10)


@pytest.mark.parametrize("wish", ["resume", "finish", "cancel"])
def test_a_pause_lasts_until_something_else_is_asked_for(resting, wish):
    control, events, thread = resting
    control.ask("pause")
    thread.join(0.05)
    assert thread.is_alive() and events == [("paused", {"step": 7})]
    control.ask(wish)
    thread.join(10)
    *told, seconds = events
    assert told == [("paused", {"step": 7}), ("resumed", {"step": 7})] and seconds >= 0.05
    assert (control.finish, control.cancel, control.pause) == (wish == "finish", wish == "cancel", False)


def test_without_a_wish_nobody_rests():
    def emit(event: str, **fields: object) -> None:
        raise AssertionError(event)

    assert Control().rest_if_asked(emit, 1) == 0


def test_a_wish_that_nobody_knows_is_refused():
    with pytest.raises(ValueError, match="focus"):
        Control().ask("focus")


def test_cancelled_is_said_where_it_is_asked():
    control = Control()
    control.check()
    control.ask("cancel")
    with pytest.raises(Cancelled):
        control.check()
