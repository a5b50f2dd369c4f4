"""The project: its settings, what follows from them, and looking for new files."""

from flask import Blueprint, request

from topazcore import __version__

from .. import derived, filaments, training_form
from ..answers import body
from ..errors import error_body
from ..gate import LOOKS_ONLY
from ..schemas import ProjectChanges
from ..services import Services, services

project = Blueprint("project", __name__, url_prefix="/api")


@project.get("/project")
def show():
    return describe(services())


@project.patch("/project")
def change():
    here = services()
    changes = body(ProjectChanges).model_dump(exclude_unset=True)
    if changes:
        revision = here.store.change_settings(changes)
        here.notifier.tell("project.changed", {"revision": revision})
        here.ahead.ask()
    return describe(here)


@project.post("/project/scan")
def scan():
    here = services()
    here.project.scan()
    here.tiles.forget_all_but(here.project.micrographs())
    here.notifier.tell("micrographs.changed", {})
    return describe(here)


@project.get("/training-settings")
def training_settings():
    return {"settings": training_form.table()}


def describe(here: Services) -> dict:
    """The project as the page shows it."""
    revision, settings = here.store.settings()
    facts = derived.facts(here.project, here.store, settings)
    job = here.jobs.newest()
    return {
        "name": here.project.name,
        "version": __version__,
        "instance": here.store.instance,
        "looks_only": request.environ.get(LOOKS_ONLY, False),
        "revision": revision,
        "settings": settings,
        "header_pixel_size_angstrom": here.project.pixel_size_angstrom(),
        "pixel_size_angstrom": facts.pixel_size_angstrom,
        "derived": facts.derived,
        "filaments": filaments.described(here.store.filaments(), settings, facts.pixel_size_angstrom),
        "derived_error": facts.error and error_body(facts.error)["error"],
        "micrographs": len(here.project.micrographs()),
        "refused": [{"path": each.path, **error_body(each.error)} for each in here.project.refused],
        "job": job and here.jobs.describe(job),
    }
