"""Snapshots of all labels: keep, list, look at the difference, go back, remove."""

from flask import Blueprint

from .. import names
from ..answers import body
from ..schemas import NewSnapshot, Restoration
from ..services import services

snapshots = Blueprint("snapshots", __name__, url_prefix="/api/snapshots")


@snapshots.get("")
def show_all():
    return {"snapshots": [each.as_dict() for each in services().snapshots.all()]}


@snapshots.post("")
def keep():
    here, asked = services(), body(NewSnapshot)
    kept = here.snapshots.keep(asked.name, names.person(asked.who))
    here.notifier.tell("snapshots.changed", {})
    return kept.as_dict(), 201


@snapshots.get("/<int:snapshot_id>/difference")
def difference(snapshot_id: int):
    return services().snapshots.difference(snapshot_id).as_dict()


@snapshots.post("/<int:snapshot_id>/restore")
def restore(snapshot_id: int):
    here, asked = services(), body(Restoration)
    who = names.person(asked.who)
    wanted, before, changed = here.snapshots.restore(snapshot_id, asked.client, who)
    if before:
        here.notifier.tell("snapshots.changed", {})
        here.tell_restored(wanted, asked.client, who)
        here.ahead.ask()
    return {"before": before and before.as_dict(), **changed.as_dict()}


@snapshots.delete("/<int:snapshot_id>")
def remove(snapshot_id: int):
    here = services()
    here.snapshots.remove(snapshot_id)
    here.notifier.tell("snapshots.changed", {})
    return {}
