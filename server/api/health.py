"""Whether the server is there; the one address that needs no token."""

from flask import Blueprint

from topazcore import __version__

health = Blueprint("health", __name__)


@health.get("/api/health")
def show():
    return {"status": "ok", "version": __version__}
