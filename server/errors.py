"""The one error shape of the HTTP edge, and which status each kind of error gets.

Never sends a traceback or a path outside the project: what was not foreseen becomes a 500 that carries an id
only, and the log line with that id holds the rest.
"""

import logging
import secrets

from flask import Flask, Response, jsonify, render_template, request
from werkzeug.exceptions import HTTPException

from topazcore.errors import PeridotError

log = logging.getLogger("peridot")

LONGEST_ECHO = 80


class NotFoundError(PeridotError):
    """Something that is not there."""

    code = "not_found"
    status = 404


class ConflictError(PeridotError):
    """A request that the present state does not allow."""

    code = "conflict"
    status = 409


class BadRequestError(PeridotError):
    """A request that can never succeed as it is."""

    code = "bad_request"
    status = 400


class ForbiddenError(PeridotError):
    """A request that the gate refuses."""

    code = "forbidden"
    status = 403


class TooLargeError(PeridotError):
    """A body above its limit."""

    code = "too_large"
    status = 413


class BusyError(PeridotError):
    """More pages are open than the server has places for."""

    code = "busy"
    status = 503


class StorageError(PeridotError):
    """The disk did not take what it was given; nothing of the request was kept."""

    code = "not_saved"
    status = 507


class StartError(PeridotError):
    """The server cannot start as asked."""

    code = "cannot_start"
    status = 500


HTTP_ERRORS = {
    404: ("not_found", "no such address", "an address listed in docs/api.md"),
    405: ("method_not_allowed", "a method that this address does not take", "a method listed in docs/api.md"),
    413: ("too_large", "a body above the limit", "a smaller one"),
}


def echo(value: object) -> str:
    """A value from outside as it may stand in a message or a log line: quoted, on one line, short."""
    text = ascii(value) if not isinstance(value, str) or not value.isprintable() else repr(value)
    return text if len(text) <= LONGEST_ECHO else f"{text[:LONGEST_ECHO]}…"


def status_of(error: PeridotError) -> int:
    """The HTTP status of an error; topazcore's own kinds are bad input."""
    return getattr(error, "status", 400)


def error_body(error: PeridotError, **more: object) -> dict:
    """The one error shape."""
    return {"error": {**error.as_dict(), **more}}


def error_from_http(error: HTTPException) -> PeridotError:
    """Werkzeug's own refusals in our words."""
    status = error.code or 500
    fallback = ("bad_request", error.name.lower(), "a request as docs/api.md describes it")
    code, found, expected = HTTP_ERRORS.get(status, fallback)
    ours = PeridotError(found, expected)
    ours.code, ours.status = code, status
    return ours


def wants_page(accept: str, path: str) -> bool:
    """Whether a person's browser is navigating, rather than a script fetching."""
    return "text/html" in accept and not path.startswith(
        ("/api/", "/tiles/", "/socket.io", "/static/", "/code/")
    )


def answer(error: PeridotError, **more: object) -> tuple[Response | str, int]:
    """The error as a response, for the request at hand: a page for a person, JSON for a script."""
    if wants_page(request.headers.get("Accept", ""), request.path):
        return render_template("error.html", error=error), status_of(error)
    return jsonify(error_body(error, **more)), status_of(error)


def answer_http(error: HTTPException):
    """An error that Flask or Werkzeug raised; redirects pass as they are."""
    if error.code is not None and error.code < 400:
        return error
    if error.code == 500:
        return answer_unforeseen(error.original_exception or error)
    return answer(error_from_http(error))


def answer_unforeseen(error: BaseException):
    """An error that nobody foresaw: its id goes out, everything else into the log."""
    identity = secrets.token_hex(4)
    log.error("error %s at %s %s", identity, request.method, echo(request.path), exc_info=error)
    ours = PeridotError("an error inside the server", "", f"look for {identity} in the server's log")
    ours.code, ours.status = "internal", 500
    return answer(ours, id=identity)


def register(app: Flask) -> None:
    """Route every error of the app through the one shape."""
    app.register_error_handler(PeridotError, answer)
    app.register_error_handler(HTTPException, answer_http)
    app.register_error_handler(Exception, answer_unforeseen)
