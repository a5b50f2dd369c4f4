"""`demo`: simulated micrographs in the page, made on the first start and kept."""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from topazcore.commands.progress import progress_line
from topazcore.simulate import TRUTH_FILE, demo_settings, simulate

from .. import settings
from ..app import ROOT
from ..database import Database
from ..paths import make_state
from ..store import Store
from .serve import serve

HELP = "simulated micrographs in the page: try it out"
FOLDER = ROOT / ".demo"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where the demo lives, and one flag per setting."""
    parser.add_argument(
        "--folder", type=Path, default=FOLDER, help="where the demo is kept (default: .demo beside run.py)"
    )
    settings.add_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Simulate what is not there yet, then serve; returns the exit code."""
    chosen = settings.gather(args.folder, vars(args))
    if not (args.folder / TRUTH_FILE).exists():
        make(args.folder)
        tell_diameter(args.folder, chosen.state)
    return serve(chosen)
