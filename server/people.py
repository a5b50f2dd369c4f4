"""Who has a page open: what they are called and which micrograph they look at. Kept in memory and nowhere else.

It decides nothing: a name is what somebody says of themselves, and gives no right.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from . import names

# A page may say this much at once, and this many times a second for long; what goes beyond is not heard.
AT_ONCE = 20
PER_SECOND = 4
# Those who are there are told of each other no sooner than so after the last time.
REST_S = 0.25
LONGEST_ID = 64
LARGEST_NUMBER = 10**15


@dataclass(frozen=True)
class Person:
    """One open page. `client` is the id that it gives its operations, "" until it has said so."""

    name: str
    looking: bool = False
    client: str = ""
    micrograph: int | None = None
    named: bool = False

    def as_dict(self) -> dict:
        """As docs/api.md has it."""
        shown = {"client": self.client, "name": self.name, "looking": self.looking}
        return {**shown, "micrograph": self.micrograph}


class Allowance:
    """How often one page may still speak."""

    def __init__(self, now: float):
        self.left, self.at = float(AT_ONCE), now

    def takes(self, now: float) -> bool:
        """Whether it may speak now; that counts."""
        self.left = min(AT_ONCE, self.left + (now - self.at) * PER_SECOND)
        self.at = now
        if self.left < 1:
            return False
        self.left -= 1
        return True


class People:
    """The people of one server, by socket session."""

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        self.clock = clock
        self.lock = threading.Lock()
        self.present: dict[str, Person] = {}
        self.allowances: dict[str, Allowance] = {}

    def enter(self, sid: str, looking: bool = False) -> None:
        """One more, who is a guest until a name is said."""
        with self.lock:
            self.present.setdefault(sid, Person(self.guest_name(), looking))
            self.allowances.setdefault(sid, Allowance(self.clock()))

    def guest_name(self) -> str:
        """The first that nobody has."""
        taken = {each.name for each in self.present.values()}
        return next(name for number in range(1, len(taken) + 2) if (name := f"Guest {number}") not in taken)

    def leave(self, sid: str) -> None:
        """One less."""
        with self.lock:
            self.present.pop(sid, None)
            self.allowances.pop(sid, None)

    def hear(self, sid: str, said: object) -> bool:
        """What a page says of itself: client, name, micrograph. Whether that is news.

        What makes no sense, and what comes too often, is not heard.
        """
        if not isinstance(said, dict):
            return False
        with self.lock:
            before = self.present.get(sid)
            if before is None or not self.allowances[sid].takes(self.clock()):
                return False
            self.present[sid] = after = self.described(before, said)
            return after != before

    def described(self, before: Person, said: dict) -> Person:
        """A person after what was said; an empty name is that of a guest again."""
        client, micrograph = said.get("client"), said.get("micrograph")
        is_number = isinstance(micrograph, int) and 0 <= micrograph < LARGEST_NUMBER
        name = names.person(said.get("name"))
        guest = self.guest_name() if before.named else before.name
        return replace(
            before,
            name=name or guest,
            named=bool(name),
            client=client if isinstance(client, str) and len(client) <= LONGEST_ID else "",
            micrograph=micrograph if is_number else None,
        )

    def all(self) -> list[dict]:
        """Everybody, in the order in which they came."""
        with self.lock:
            return [each.as_dict() for each in self.present.values()]


class Announcer:
    """Says something again when it has changed, at once after a rest and otherwise when the rest is over."""

    def __init__(self, say: Callable[[], None], rest_s: float = REST_S):
        self.say, self.rest_s = say, rest_s
        self.lock = threading.Lock()
        self.said_at = float("-inf")
        self.timer: threading.Timer | None = None

    def ask(self) -> None:
        """There is news."""
        with self.lock:
            if self.timer is not None:
                return
            wait = self.said_at + self.rest_s - time.monotonic()
            if wait > 0:
                self.timer = threading.Timer(wait, self.speak)
                self.timer.daemon = True
                self.timer.start()
                return
            self.said_at = time.monotonic()
        self.say()

    def speak(self) -> None:
        """The rest is over."""
        with self.lock:
            self.timer = None
            self.said_at = time.monotonic()
        self.say()

    def stop(self) -> None:
        """Say nothing more."""
        with self.lock:
            if self.timer is not None:
                self.timer.cancel()
                self.timer = None
