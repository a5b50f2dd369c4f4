"""The fixtures that all tests of the web share."""

from collections.abc import Iterator
from pathlib import Path

from flask import Flask

from server import create_app
from server.settings import Settings
from tests.server.support import TOKEN, app, client, folder, here, make_app, write_micrograph

__all__ = ["app", "client", "folder", "here", "make_app", "unchanging_app"]


def unchanging_app(folder: Path) -> Iterator[Flask]:
    """An app on one micrograph for all tests of a module, where the gate lets none of them change anything."""
    write_micrograph(folder / "m1.mrc")
    made = create_app(Settings(folder=folder), TOKEN)
    yield made
    made.extensions["peridot"].close()
