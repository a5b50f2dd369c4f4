"""Everything that lives as long as the app: made once by create_app, closed once by `close`."""

import threading
from dataclasses import dataclass, field

from flask import current_app

from .ahead import Ahead
from .ctf import CtfStore
from .database import Database
from .events import Notifier
from .jobs import Jobs
from .library import Library
from .listing import Listing
from .project import Project
from .settings import Settings
from .snapshots import Snapshot, Snapshots
from .store import Applied, Store
from .tiles import Tiles


@dataclass
class Services:
    """The parts of the running server."""

    settings: Settings
    database: Database
    store: Store
    project: Project
    listing: Listing
    tiles: Tiles
    jobs: Jobs
    library: Library
    snapshots: Snapshots
    ctf: CtfStore
    notifier: Notifier
    ahead: Ahead
    closing: threading.Lock = field(default_factory=threading.Lock)
    closed: bool = False

    def tell_labels(self, micrograph_id: int, result: Applied, client: str, who: str = "") -> None:
        """Tell the other pages what a batch has changed, and who did it."""
        notice = {"micrograph": micrograph_id, "revision": result.revision, "client": client, "who": who}
        operations = [each.as_dict() for each in result.changes]
        self.notifier.tell("labels.changed", {**notice, "operations": operations})

    def tell_restored(self, snapshot: Snapshot, client: str, who: str) -> None:
        """Tell the pages that labels of many micrographs have changed at once: they ask for those that they hold."""
        self.notifier.tell("labels.restored", {"client": client, "who": who, "name": snapshot.name})
        self.notifier.tell("micrographs.changed", {})

    def close(self) -> None:
        """Stop the workers and close the database; what was acknowledged is on the disk already."""
        with self.closing:
            if self.closed:
                return
            self.closed = True
        self.ahead.stop()
        self.jobs.stop()
        self.database.back_up()
        self.database.close()


def services() -> Services:
    """The services of the app that handles this request."""
    return current_app.extensions["peridot"]
