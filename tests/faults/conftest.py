"""The fixtures that all tests of the web share."""

from tests.server.support import app, client, folder, here, make_app

__all__ = ["app", "client", "folder", "here", "make_app"]
