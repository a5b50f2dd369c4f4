"""Labels and exclusions of one micrograph: read them, change them in small batches."""

from flask import Blueprint

from ..answers import body
from ..errors import error_body
from ..schemas import Batch
from ..services import services

labels = Blueprint("labels", __name__, url_prefix="/api/micrographs/<int:micrograph_id>/labels")


@labels.get("")
def show(micrograph_id: int):
    revision, found, exclusions = services().store.annotations(micrograph_id)
    return {"revision": revision, "labels": found, "exclusions": exclusions}


@labels.post("")
def change(micrograph_id: int):
    here, batch = services(), body(Batch)
    operations, senseless = batch.sorted_out()
    result = here.store.apply(micrograph_id, operations, batch.client)
    if result.changes:
        here.tell_labels(micrograph_id, result, batch.client)
        here.jobs.warm_up()
        here.ahead.ask()
    refused = [{"op_id": op_id, **error_body(error)} for op_id, error in senseless + result.refused]
    return {"revision": result.revision, "applied": result.applied, "refused": refused}
