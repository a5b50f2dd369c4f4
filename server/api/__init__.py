"""The HTTP API, one blueprint per subject; docs/api.md describes every route.

A handler unpacks, calls one of the services, and packs the answer; it decides nothing.
"""

from flask import Flask

from .files import files
from .health import health
from .jobs import jobs
from .labels import labels
from .listing import listing
from .micrographs import micrographs
from .models import models
from .project import project
from .snapshots import snapshots

BLUEPRINTS = (health, project, listing, micrographs, labels, snapshots, jobs, models, files)


def register(app: Flask) -> None:
    """Add every blueprint."""
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
