"""Labels, filaments and exclusions of one micrograph: read now or as they were, and changed in small batches."""

from flask import Blueprint, request

from topazcore.errors import SettingsError

from .. import names, timeline
from ..answers import body
from ..errors import echo, error_body
from ..schemas import Batch
from ..services import services

labels = Blueprint("labels", __name__, url_prefix="/api/micrographs/<int:micrograph_id>/labels")


@labels.get("")
def show(micrograph_id: int):
    revision, found = services().store.annotations(micrograph_id)
    if "at" in request.args:
        number = operation_number(request.args["at"])
        found = timeline.annotations_at(services().database, micrograph_id, number)
    return {"revision": revision, **found}


@labels.get("/history")
def history(micrograph_id: int):
    return {"steps": timeline.steps(services().database, micrograph_id)}


@labels.post("")
def change(micrograph_id: int):
    here, batch = services(), body(Batch)
    operations, senseless = batch.sorted_out()
    who = names.person(batch.who)
    result = here.store.apply(micrograph_id, operations, batch.client, who)
    if result.changes:
        here.tell_labels(micrograph_id, result, batch.client, who)
        here.jobs.warm_up()
        here.ahead.ask()
    refused = [{"op_id": op_id, **error_body(error)} for op_id, error in senseless + result.refused]
    return {
        "revision": result.revision,
        "applied": result.applied,
        "repeated": result.repeated,
        "refused": refused,
    }


def operation_number(text: str) -> int:
    """The number of an operation in an address.

    Raises:
        SettingsError: it is none.
    """
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise SettingsError(f"at={echo(text)}", "the seq of a step of the history")
    return int(text)
