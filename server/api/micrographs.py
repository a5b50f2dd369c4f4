"""One micrograph: what a person says of it, what the canvas needs, tiles and thumbnails."""

from flask import Blueprint, Response, request

from .. import derived
from ..answers import body
from ..errors import BadRequestError, ConflictError, NotFoundError
from ..gate import LOOKS_ONLY
from ..label_counts import NONE
from ..layers import Layer, filtered_layer, is_filtered
from ..project import Micrograph
from ..pyramid import TILE_SIZE
from ..schemas import MicrographChanges
from ..services import services

micrographs = Blueprint("micrographs", __name__)

FOREVER = "private, max-age=31536000, immutable"
MOST_LAYERS = 4
MEDIA_TYPES = {"jpg": "image/jpeg", "small.jpg": "image/jpeg", "png": "image/png"}


@micrographs.patch("/api/micrographs/<int:micrograph_id>")
def change(micrograph_id: int):
    here, changes = services(), body(MicrographChanges)
    if changes.empty:
        there = here.store.counts().get(micrograph_id, NONE)
        refuse_labels(there["positive"] + there["filaments"])
    marked = here.project.mark(micrograph_id, bool(changes.complete), bool(changes.empty))
    here.notifier.tell("micrographs.changed", {})
    return here.listing.row(marked)


def refuse_labels(labels: int) -> None:
    """A micrograph with labels is not without particles."""
    if labels:
        found = f"{labels} label{'s' if labels > 1 else ''}"
        raise ConflictError(f"{found} on a micrograph without particles", "no label on it",
                            "remove them first, or say that every particle here is labeled")  # fmt: skip


@micrographs.get("/api/micrographs/<int:micrograph_id>/view")
def view(micrograph_id: int):
    here = services()
    micrograph = here.project.micrograph(micrograph_id)
    layers = chosen(micrograph)
    if not request.environ.get(LOOKS_ONLY):
        here.ahead.ask(opened=micrograph.id)
    return {
        "id": micrograph.id,
        "width": micrograph.width,
        "height": micrograph.height,
        "tile_size": TILE_SIZE,
        "layers": {name: here.tiles.describe(micrograph, layer) for name, layer in layers.items()},
    }


def chosen(micrograph: Micrograph) -> dict[str, Layer]:
    """The layers that the query names, without one raw and model: each costs a pass over the whole micrograph.

    Raises:
        PeridotError: too many, or a filter that cannot be.
    """
    wanted = request.args.get("layers", "raw,model").split(",")
    if len(wanted) > MOST_LAYERS:
        raise BadRequestError(
            f"{len(wanted)} layers at once", f"at most {MOST_LAYERS}", "ask again for the rest"
        )
    return {name: layer for name in wanted if (layer := layer_of(micrograph, name))}


def layer_of(micrograph: Micrograph, name: str) -> Layer | None:
    """A layer by its name, None where there is none.

    Raises:
        PeridotError: it is the name of a filter that cannot be.
    """
    here = services()
    _, settings = here.store.settings()
    if is_filtered(name):
        return filtered_layer(micrograph, name, derived.pixel_size_angstrom(here.project, settings))
    return here.tiles.layers(micrograph, derived.downsample_factor(here.project, settings)).get(name)


@micrographs.get("/tiles/<int:micrograph_id>/<revision>/<layer_name>/<int:z>/<int:x>/<int:y>.<extension>")
def tile(micrograph_id: int, revision: str, layer_name: str, z: int, x: int, y: int, extension: str):
    here = services()
    micrograph = here.project.micrograph(micrograph_id)
    layer = layer_of(micrograph, layer_name)
    if layer is None or layer.revision != revision or extension not in MEDIA_TYPES:
        raise NotFoundError(
            "no such tile", "an address made of the answer to …/view", "ask for the view again"
        )
    return image(here.tiles.tile(micrograph, layer, (z, x, y), extension), extension)


@micrographs.get("/api/micrographs/<int:micrograph_id>/thumbnail")
def thumbnail(micrograph_id: int):
    here = services()
    micrograph = here.project.micrograph(micrograph_id)
    if request.args.get("revision", micrograph.revision) != micrograph.revision:
        raise NotFoundError("no such thumbnail", "the revision in the list", "ask for the list again")
    return image(here.tiles.thumbnail(micrograph), "jpg")


def image(content: bytes, extension: str) -> Response:
    """An encoded image under an address that never means anything else."""
    answer = Response(content, mimetype=MEDIA_TYPES[extension], headers={"Cache-Control": FOREVER})
    answer.add_etag()
    return answer.make_conditional(request)
