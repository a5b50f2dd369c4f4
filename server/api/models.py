"""The library of models: keep, list, name, fetch, bring, delete."""

from flask import Blueprint, request, send_file

from topazcore.job import MODEL_FILE

from ..answers import body
from ..errors import BadRequestError
from ..library import file_name
from ..schemas import ModelName, NewModel
from ..services import services

models = Blueprint("models", __name__, url_prefix="/api/models")


@models.get("")
def show_all():
    return {"models": [each.as_dict() for each in services().library.models()]}


@models.post("")
def keep():
    here, asked = services(), body(NewModel)
    here.jobs.record(asked.job)
    kept = here.library.keep(here.jobs.state.job(asked.job) / MODEL_FILE, asked.name)
    return changed(kept.as_dict()), 201


@models.post("/upload")
def bring():
    here = services()
    request.max_content_length = here.settings.max_upload_mb << 20
    files = request.files.getlist("file")
    if len(files) != 1:
        raise BadRequestError(f"{len(files)} files", "one model in the field `file`")
    name = request.form.get("name") or (files[0].filename or "").removesuffix(".safetensors")
    return changed(here.library.bring(files[0].read(), name).as_dict()), 201


@models.patch("/<model_id>")
def rename(model_id: str):
    return changed(services().library.rename(model_id, body(ModelName).name).as_dict())


@models.delete("/<model_id>")
def delete(model_id: str):
    services().library.delete(model_id)
    return changed({})


@models.get("/<model_id>/file")
def fetch(model_id: str):
    library = services().library
    name = file_name(library.model(model_id).name)
    return send_file(
        library.path(model_id),
        mimetype="application/octet-stream",
        as_attachment=True,
        download_name=name,
        max_age=0,
    )


def changed(answer: dict) -> dict:
    """The answer, after the other pages were told to look at the library again."""
    services().notifier.tell("models.changed", {})
    return answer
