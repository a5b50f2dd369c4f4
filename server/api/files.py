"""Labels, filaments and picks out to files, and coordinate files in as labels or filaments."""

import uuid

import numpy as np
from flask import Blueprint, Response, request
from werkzeug.datastructures import FileStorage

from topazcore.coordinates import Coordinates
from topazcore.errors import SettingsError
from topazcore.exclusions import contains
from topazcore.filaments import Filaments, particles, spacing_px
from topazcore.formats.ctf import CtfRows

from .. import derived, filaments
from ..answers import number
from ..errors import BadRequestError, NotFoundError, echo
from ..exports import FORMATS, ExportedFile, export_filaments, export_file, select_for_export
from ..imports import Frame, plan_ctf, plan_filaments, plan_import
from ..project import Project
from ..services import Services, services
from ..store import Operation

files = Blueprint("files", __name__, url_prefix="/api")

MOST_FILES = 20_000
CONTENTS = ("labels", "picks", "both", "filaments")
ROWS = ("particles", "filaments", "ctf")
SHAPES = ("pairs", "segments")


@files.get("/export")
def export():
    here = services()
    what, file_format = choice("what", CONTENTS), choice("format", FORMATS)
    _, settings = here.store.settings()
    pixel_size = derived.pixel_size_angstrom(here.project, settings)
    if what == "filaments":
        made = exported_filaments(here, file_format, settings, pixel_size)
    else:
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
    rows = request.form.get("rows", "particles")
    if rows not in ROWS:
        raise BadRequestError(f"rows is {echo(rows)}", f"one of {', '.join(ROWS)}")
    known = frames(here.project)
    if rows == "ctf":
        plan = plan_ctf(uploads, known)
    elif rows == "filaments":
        plan = plan_filaments(uploads, known, all_filaments(here), scale)
    else:
        plan = plan_import(uploads, known, labels_of(here, "positive"), scale)
    if wish == "1":
        keep_ctf(here, plan.labels) if rows == "ctf" else add_all(here, plan.labels)
    return plan.report(applied=wish == "1")


def exported_filaments(
    here: Services, file_format: str, settings: dict, pixel_size: float | None
) -> ExportedFile:
    """The filaments of all micrographs, as pairs or cut into segments."""
    if request.args.get("shape", "pairs") == "pairs":
        return export_filaments(file_format, all_filaments(here), frames(here.project), pixel_size, None)
    choice("shape", SHAPES)
    spacing = filaments.spacing_angstrom(settings)
    if not (spacing and pixel_size):
        raise SettingsError("no spacing of filaments in px", "a pixel size, and a spacing or a diameter",
                            "type them in the Label panel, or export start-end pairs")  # fmt: skip
    step = spacing_px(spacing, pixel_size)
    return export_filaments(file_format, all_filaments(here), frames(here.project), pixel_size, step)


def all_filaments(here: Services) -> Filaments:
    """All filaments under the names of their micrographs."""
    known = here.project.by_id
    found = [(known[number].name, ends) for number, each in here.store.filaments().items() if number in known
             for ends in each]  # fmt: skip
    names = np.empty(len(found), dtype=object)
    names[:] = [name for name, _ in found]
    return Filaments(names, np.array([ends for _, ends in found], float).reshape(-1, 2, 2))


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
    lines = Filaments.empty() if what == "picks" else all_filaments(here)
    labels = Coordinates.empty() if what == "picks" else labels_of(here, "positive")
    spacing = filaments.spacing_angstrom(settings)
    if spacing and pixel_size_angstrom:
        along = particles(lines, spacing_px(spacing, pixel_size_angstrom))
        labels = Coordinates.concat([labels, along])
    picks = Coordinates.empty() if what == "labels" else all_picks(here, margin_px or 0.0)
    negatives = labels_of(here, "negative")
    return select_for_export(labels, negatives, picks, number("threshold", 0), diameter_px, lines)


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


def add_all(here: Services, wanted: Coordinates | Filaments) -> None:
    """Add positive labels or filaments, all in one transaction, and tell the pages."""
    ids = {each.name: each.id for each in here.project.micrographs()}
    if isinstance(wanted, Filaments):
        made = [new_filament(ends) for ends in wanted.ends.tolist()]
    else:
        made = [new_label(x, y) for x, y in wanted.xy.tolist()]
    batches = {ids[name]: [made[row] for row in rows] for name, rows in wanted.rows_by_micrograph().items()}
    for micrograph_id, result in here.store.apply_all(batches, "import").items():
        here.tell_labels(micrograph_id, result, "import")


def keep_ctf(here: Services, wanted: CtfRows) -> None:
    """Keep the CTF of micrographs, all in one transaction, and tell the pages."""
    ids = {each.name: each.id for each in here.project.micrographs()}
    here.ctf.keep({ids[name]: ctf for name, ctf in zip(wanted.path, wanted.ctf, strict=True)})
    here.notifier.tell("micrographs.changed", {})


def new_label(x: float, y: float) -> Operation:
    """The operation that adds an imported label."""
    return Operation(uuid.uuid4().hex, "add", uuid.uuid4().hex, x, y, "positive", "import")


def new_filament(ends: list[list[float]]) -> Operation:
    """The operation that adds an imported filament."""
    return Operation(uuid.uuid4().hex, "add", uuid.uuid4().hex, source="import", ends=ends)
