"""The whole app as a function: state folder, database, index, routes, socket, gate, in that order."""

from collections.abc import Sequence
from pathlib import Path

from flask import Flask, render_template
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import IntegerConverter

from topazcore.errors import PeridotError

from . import api, errors, events, paths
from .ahead import Ahead
from .answers import FiniteJSON
from .code import code
from .ctf import CtfStore
from .database import Database
from .gate import Gate, Rules
from .job_table import JobTable
from .jobs import Jobs
from .library import Library
from .listing import Listing
from .pages import pages
from .project import Project
from .services import Services
from .settings import Settings
from .snapshots import Snapshots
from .store import Store
from .tiles import Tiles
from .worker_process import COMMAND

ROOT = Path(__file__).resolve().parents[1]
LARGEST_JSON = 1 << 20


class ShortInteger(IntegerConverter):
    """Whole numbers in addresses that fit into the database."""

    regex = r"[0-9]{1,15}"


def create_app(
    settings: Settings,
    token: str,
    hosts: frozenset[str] = frozenset(),
    worker_command: Sequence[str] = COMMAND,
) -> Flask:
    """The app for one project, behind its gate.

    Args:
        settings: as gathered; `settings.folder` must exist.
        token: the secret that lets people in; never empty.
        hosts: names that a request may address, beside those of the loopback interface.
        worker_command: how a worker process is started.

    Raises:
        StartError: the folder, the state folder or the database cannot be used.
    """
    state = paths.make_state(paths.project_folder(settings.folder), settings.state)
    app = Flask("peridot", root_path=str(ROOT), static_folder="static", template_folder="templates")
    app.json = FiniteJSON(app)
    app.url_map.merge_slashes = False
    app.url_map.converters["int"] = ShortInteger
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_JSON
    app.register_blueprint(pages)
    app.register_blueprint(code)
    api.register(app)
    errors.register(app)
    made = make_services(app, settings, state, worker_command)
    app.extensions["peridot"] = made
    add_gate(app, made, token, hosts)
    return app


def make_services(
    app: Flask, settings: Settings, state: paths.StatePaths, command: Sequence[str]
) -> Services:
    """Open the project and everything that serves it."""
    database = Database(state.database, state.backups)
    store, project = Store(database), Project(paths.project_folder(settings.folder), database)
    tiles = Tiles(state.thumbnails, settings.cache_mb << 20)
    project.scan()
    notifier = events.Notifier(events.register(app))
    jobs = Jobs(state, JobTable(database), notifier.tell, settings.threads, command)
    ahead = Ahead(project, store, jobs)
    ctf = CtfStore(database)
    listing = Listing(project, store, jobs, ctf)
    return Services(
        settings=settings,
        database=database,
        store=store,
        project=project,
        listing=listing,
        tiles=tiles,
        jobs=jobs,
        library=Library(state),
        snapshots=Snapshots(store, project),
        ctf=ctf,
        notifier=notifier,
        ahead=ahead,
    )


def add_gate(app: Flask, made: Services, token: str, hosts: frozenset[str]) -> None:
    """Put the gate around everything, the socket included."""

    def page(error: PeridotError) -> str:
        with app.app_context():
            return render_template("error.html", error=error)

    rules = Rules(
        token=token,
        instance=made.store.instance,
        hosts=hosts,
        base_path=made.settings.base_path,
        max_body=made.settings.max_upload_mb << 20,
        max_clients=made.settings.max_clients,
        sessions=lambda: events.sessions(made.notifier.socketio),
        page=page,
    )
    app.wsgi_app = Gate(app.wsgi_app, rules)
    if count := made.settings.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count, x_prefix=count)
