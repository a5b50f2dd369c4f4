"""Labels and picks out to files, and coordinate files in as labels."""

import uuid

import numpy as np
from flask import Blueprint, Response, request
from werkzeug.datastructures import FileStorage

from topazcore.coordinates import Coordinates
from topazcore.exclusions import contains

from .. import derived
from ..answers import number
from ..errors import BadRequestError, NotFoundError, echo
from ..exports import FORMATS, export_file, select_for_export
from ..imports import Frame, plan_import
from ..project import Project
from ..services import Services, services
from ..store import Operation

files = Blueprint("files", __name__, url_prefix="/api")

MOST_FILES = 20_000
CONTENTS = ("labels", "picks", "both")


@files.get("/export")
def export():
    here = services()
    what, file_format = choice("what", CONTENTS), choice("format", FORMATS)
    _, settings = here.store.settings()
    pixel_size = derived.pixel_size_angstrom(here.project, settings)
    chosen = rows_to_export(here, what, settings, pixel_size)
    made = export_file(file_format, what, chosen, frames(here.project), pixel_size)
    answer = Response(made.data, content_type=made.media_type)
    answer.headers.set("Content-Disposition", "attachment", filename=made.name)
    return answer


@files.post("/import")
def import_labels():
    here = services()
    request.max_content_length = here.settings.max_upload_mb << 20
    request.max_form_parts = MOST_FILES
    uploads = [uploaded(each) for each in request.files.getlist("files")]
    if not uploads:
        raise BadRequestError("no files", "one or more coordinate files in the field `files`")
    scale, wish = form_number("scale", "1"), request.form.get("apply", "0")
    if wish not in ("0", "1"):
        raise BadRequestError(f"apply is {echo(wish)}", "0 to report only, 1 to import")
    plan = plan_import(uploads, frames(here.project), labels_of(here, "positive"), scale)
    if wish == "1":
        add_labels(here, plan.labels)
    return plan.report(applied=wish == "1")


def choice(name: str, allowed: tuple[str, ...]) -> str:
    """One of a few words from the query."""
    value = request.args.get(name, "")
    if value not in allowed:
        raise BadRequestError(f"{name} is {echo(value)}", f"one of {', '.join(allowed)}")
    return value


def form_number(name: str, default: str) -> float:
    """A number from the form."""
    text = request.form.get(name, default)
    try:
        return float(text)
    except ValueError as error:
        raise BadRequestError(f"{name} is {echo(text)}", "a number") from error


def uploaded(file: FileStorage) -> tuple[str, bytes]:
    """Name and content of one upload; the name is only ever compared, never opened."""
    return file.filename or "", file.read()


def frames(project: Project) -> list[Frame]:
    """The micrographs as far as coordinates need them."""
    return [Frame(each.name, each.path, each.width, each.height) for each in project.micrographs()]


def labels_of(here: Services, label: str) -> Coordinates:
    """All labels of one kind under the names of their micrographs."""
    known = here.project.by_id
    rows = [
        each for each in here.store.all_labels() if each["label"] == label and each["micrograph"] in known
    ]
    names = np.array([known[each["micrograph"]].name for each in rows], dtype=object)
    return Coordinates(
        names, np.array([e["x"] for e in rows], float), np.array([e["y"] for e in rows], float)
    )


def rows_to_export(
    here: Services, what: str, settings: dict, pixel_size_angstrom: float | None
) -> Coordinates:
    """Labels, or picks above the threshold, or both, by the rule that the page draws by."""
    sizes = settings["diameter_angstrom"], settings["training"].get("exclusion_margin_angstrom", 0.0)
    diameter_px, margin_px = (
        size / pixel_size_angstrom if size and pixel_size_angstrom else None for size in sizes
    )
    labels = Coordinates.empty() if what == "picks" else labels_of(here, "positive")
    picks = Coordinates.empty() if what == "labels" else all_picks(here, margin_px or 0.0)
    return select_for_export(labels, labels_of(here, "negative"), picks, number("threshold", 0), diameter_px)


def all_picks(here: Services, margin_px: float) -> Coordinates:
    """The picks of all micrographs, of the job that is asked for or of the newest that has any; none in exclusions."""
    job_id = request.args.get("job") or None
    known = here.jobs.pick_sets_of(job_id) if job_id else here.jobs.pick_sets()
    exclusions = here.store.all_annotations().exclusions
    tables = [Coordinates.empty()]
    for micrograph in here.project.micrographs():
        if micrograph.id in known:
            found = picks_of(here, micrograph.id, micrograph.name, known[micrograph.id].job)
            outlines = exclusions.get(micrograph.id, ())
            tables.append(found.select(~contains(outlines, found.xy, margin_px)))
    return Coordinates.concat(tables)


def picks_of(here: Services, micrograph_id: int, name: str, job_id: str) -> Coordinates:
    """The picks of one micrograph as a table; none where their file is gone."""
    try:
        _, values = here.jobs.picks(micrograph_id, job_id)
    except NotFoundError:
        return Coordinates.empty()
    return Coordinates(np.full(len(values), name, dtype=object), *values.T.astype(np.float64))


def add_labels(here: Services, wanted: Coordinates) -> None:
    """Add positive labels, all in one transaction, and tell the pages."""
    ids = {each.name: each.id for each in here.project.micrographs()}
    batches = {
        ids[name]: [new_label(x, y) for x, y in table.xy.tolist()]
        for name, table in wanted.by_micrograph().items()
    }
    for micrograph_id, result in here.store.apply_all(batches, "import").items():
        here.tell_labels(micrograph_id, result, "import")


def new_label(x: float, y: float) -> Operation:
    """The operation that adds an imported label."""
    return Operation(uuid.uuid4().hex, "add", uuid.uuid4().hex, x, y, "positive", "import")
