"""The websocket edge: it only notifies; data go over HTTP.

Nothing that a page sends over a socket changes anything, so unknown events are answered by nobody.
"""

import logging
import threading

from flask import Flask, request
from flask_socketio import SocketIO

from .answers import finite
from .gate import own_origin

log = logging.getLogger("peridot")

LARGEST_MESSAGE = 100_000


class People:
    """Who has a page open, by socket session."""

    def __init__(self):
        self.lock = threading.Lock()
        self.present: set[str] = set()

    def enter(self, sid: str) -> int:
        """One more; returns how many are there."""
        with self.lock:
            self.present.add(sid)
            return len(self.present)

    def leave(self, sid: str) -> int:
        """One less; returns how many are left."""
        with self.lock:
            self.present.discard(sid)
            return len(self.present)


def is_own(origin: str | None, environ: dict) -> bool:
    """Whether a socket comes from this server's own page; the gate has checked it already."""
    return origin is None or origin.lower() == own_origin(environ)


def register(app: Flask) -> SocketIO:
    """Add Socket.IO to the app."""
    socketio = SocketIO(
        app,
        async_mode="threading",
        cors_allowed_origins=is_own,
        max_http_buffer_size=LARGEST_MESSAGE,
        manage_session=False,
    )
    people = People()

    @socketio.on("connect")
    def connect(_auth=None):
        socketio.emit("people", {"count": people.enter(request.sid)})

    @socketio.on("disconnect")
    def disconnect(_reason=None):
        socketio.emit("people", {"count": people.leave(request.sid)})

    @socketio.on_error_default
    def failed(error):
        log.error("a socket handler failed", exc_info=error)
        return {
            "error": {"code": "internal", "found": "an error inside the server", "expected": "", "action": ""}
        }

    return socketio


def sessions(socketio: SocketIO) -> int:
    """How many socket sessions are open, those included that have not said anything yet.

    A closed one stays in Engine.IO's table for up to `ping_timeout`, and takes no place.
    """
    return sum(not each.closed for each in list(socketio.server.eio.sockets.values()))


class Notifier:
    """Tells all open pages what happened."""

    def __init__(self, socketio: SocketIO):
        self.socketio = socketio

    def tell(self, event: str, content: dict) -> None:
        """Send one notice to every page."""
        self.socketio.emit(event, finite(content))
