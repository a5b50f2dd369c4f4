"""Jobs and their picks: start, follow, stop, fetch."""

from flask import Blueprint, request

from ..answers import body, whole_number
from ..job_request import freeze, resumed
from ..job_table import JobRecord
from ..schemas import Focus, NewJob, Resumption
from ..services import services

jobs = Blueprint("jobs", __name__, url_prefix="/api")


@jobs.post("/jobs")
def start():
    here, asked = services(), body(NewJob)
    model = here.library.model(asked.model).name if asked.model else None
    return describe(here.jobs.start(lambda job_id: freeze(here, asked, job_id), model)), 201


@jobs.get("/jobs/<job_id>")
def show(job_id: str):
    return describe(services().jobs.record(job_id))


@jobs.get("/jobs/<job_id>/events")
def events(job_id: str):
    found, last_seq = services().jobs.events(job_id, whole_number("after"))
    return {"events": found, "last_seq": last_seq}


@jobs.post("/jobs/<job_id>/cancel")
def cancel(job_id: str):
    return describe(services().jobs.cancel(job_id))


@jobs.post("/jobs/<job_id>/finish")
def finish(job_id: str):
    return describe(services().jobs.finish(job_id))


@jobs.post("/jobs/<job_id>/pause")
def pause(job_id: str):
    return describe(services().jobs.pause(job_id))


@jobs.post("/jobs/<job_id>/continue")
def go_on(job_id: str):
    return describe(services().jobs.go_on(job_id))


@jobs.post("/jobs/<job_id>/resume")
def resume(job_id: str):
    here, focus = services(), body(Resumption).focus
    return describe(here.jobs.start(lambda new_id: resumed(here, job_id, new_id, focus))), 201


@jobs.post("/jobs/<job_id>/focus")
def focus(job_id: str):
    here, wanted = services(), body(Focus).micrograph
    here.project.micrograph(wanted)
    return describe(here.jobs.focus(job_id, wanted))


@jobs.get("/micrographs/<int:micrograph_id>/picks")
def picks(micrograph_id: int):
    here = services()
    here.project.micrograph(micrograph_id)
    known, values = here.jobs.picks(micrograph_id, request.args.get("job"))
    return {
        "job": known.job,
        "kind": known.kind,
        "final": known.final,
        "step": known.step,
        "x": values[:, 0].tolist(),
        "y": values[:, 1].tolist(),
        "score": values[:, 2].tolist(),
    }


def describe(record: JobRecord) -> dict:
    """A job as in docs/api.md."""
    return services().jobs.describe(record)
