"""The websocket edge: it only notifies; data go over HTTP.

Nothing that a page sends over a socket changes anything of the project: it says who is there and what they look at,
and unknown events are answered by nobody.
"""

import logging

from flask import Flask, request
from flask_socketio import SocketIO

from .answers import finite
from .gate import LOOKS_ONLY, own_origin
from .people import Announcer, People

log = logging.getLogger("peridot")

LARGEST_MESSAGE = 100_000


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
    announcer = Announcer(lambda: socketio.emit("people", {"people": people.all()}))

    @socketio.on("connect")
    def connect(_auth=None):
        people.enter(request.sid, bool(request.environ.get(LOOKS_ONLY)))
        announcer.ask()

    @socketio.on("disconnect")
    def disconnect(_reason=None):
        people.leave(request.sid)
        announcer.ask()

    @socketio.on("here")
    def here(said=None):
        if people.hear(request.sid, said):
            announcer.ask()

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
