"""The list of micrographs, whole or as differences, and that somebody has looked at one."""

import gzip

from flask import Blueprint, Response, request

from ..services import services

listing = Blueprint("listing", __name__, url_prefix="/api/micrographs")

QUICK = 1
WORTH_PACKING = 2048


@listing.get("")
def show():
    return packed(services().listing.answer(request.args.get("since")))


@listing.post("/<int:micrograph_id>/look")
def look(micrograph_id: int):
    here = services()
    if here.project.mark_looked_at(micrograph_id):
        here.notifier.tell("micrographs.changed", {})
    return {}


def packed(text: str) -> Response:
    """JSON, compressed where that is worth it and the browser can read it: names and sizes repeat."""
    body = text.encode()
    answer = Response(body, mimetype="application/json", headers={"Vary": "Accept-Encoding"})
    if len(body) >= WORTH_PACKING and request.accept_encodings.quality("gzip") > 0:
        answer.set_data(gzip.compress(body, QUICK))
        answer.headers["Content-Encoding"] = "gzip"
    return answer
