"""`demo`: simulated micrographs in the page, made on the first start and kept."""

import argparse
import sys
from pathlib import Path

from topazcore.commands.progress import progress_line
from topazcore.simulate import TRUTH_FILE, demo_settings, simulate

from .. import paths, settings
from ..app import ROOT
from ..database import Database
from ..lock import ProjectLock
from ..settings import Settings
from ..store import Store
from .serve import serve

HELP = "simulated micrographs in the page: try it out"
FOLDER = ROOT / ".demo" / "demo"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where the demo lives, and one flag per setting."""
    parser.add_argument(
        "--folder",
        type=Path,
        default=FOLDER,
        help="where the demo is kept (default: .demo/demo beside run.py)",
    )
    settings.add_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Make what is not there yet, then serve; returns the exit code."""
    chosen = settings.gather(args.folder, vars(args))
    make(chosen)
    return serve(chosen)


def make(chosen: Settings) -> None:
    """The demo's micrographs, and the one number that a user of real ones would type: the diameter.

    Raises:
        StartError: the folder cannot be used, or another server has it open.
        PeridotError: the disk is full.
    """
    chosen.folder.mkdir(parents=True, exist_ok=True)
    state = paths.make_state(paths.project_folder(chosen.folder), chosen.state)
    lock = ProjectLock(state.lock)
    try:
        if not (chosen.folder / TRUTH_FILE).exists():
            simulate_into(chosen.folder)
        type_diameter(Database(state.database, state.backups))
    finally:
        lock.release()


def simulate_into(folder: Path) -> None:
    """Simulate the micrographs, with progress."""
    wanted = demo_settings()
    print(f"Simulating {wanted.micrographs} micrographs in {folder}; this happens once.", flush=True)
    with progress_line("simulated", sys.stderr) as progress:
        simulate(wanted, folder, progress)


def type_diameter(database: Database) -> None:
    """Set the diameter, unless somebody has."""
    store = Store(database)
    if store.settings()[1]["diameter_angstrom"] is None:
        store.change_settings({"diameter_angstrom": demo_settings().diameter_angstrom})
    database.close()
