"""`serve FOLDER`: open a folder of micrographs in the page."""

import argparse
import getpass
import logging
import os
import socket
import sys
import threading
import webbrowser
from pathlib import Path

from .. import listening, paths, serving, settings
from ..access import token_for
from ..app import create_app
from ..lock import ProjectLock
from ..settings import Settings

HELP = "open a folder of micrographs in the page"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The folder, and one flag per setting."""
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="a folder of micrographs")
    settings.add_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Serve until stopped; returns the exit code."""
    return serve(settings.gather(args.folder, vars(args)))


def serve(chosen: Settings) -> int:
    """Open one project and serve it until stopped.

    Raises:
        StartError: it cannot be served as asked; nothing was changed.
    """
    set_up_log(chosen.log_level)
    state = paths.make_state(paths.project_folder(chosen.folder), chosen.state)
    lock = ProjectLock(state.lock)
    try:
        token = token_for(state.token, chosen.token)
        listening.check_token(chosen.host, token)
        listener = listening.listen(chosen.host, chosen.port)
        app = create_app(chosen, token, listening.allowed_hosts(chosen))
        base = address(chosen, listener)
        lock.tell(base)
        announce(chosen, base, token)
        try:
            serving.serve(app, listener, chosen.max_clients)
        finally:
            app.extensions["peridot"].close()
    finally:
        lock.release()
    return leave()


def set_up_log(level: str) -> None:
    """Log lines go to standard error; requests are not logged, so that no address with a token ever is."""
    logging.basicConfig(
        level=level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s", stream=sys.stderr
    )


def address(chosen: Settings, listener: socket.socket) -> str:
    """The address on this machine, without the token."""
    port = listener.getsockname()[1]
    host = "127.0.0.1" if chosen.host in ("0.0.0.0", "::") else listening.bracketed(chosen.host)
    return f"http://{host}:{port}{chosen.base_path}/"


def announce(chosen: Settings, base: str, token: str) -> None:
    """Print how to get in, here and from afar, and open the browser where there is one."""
    port = base.split(":")[2].split("/")[0]
    print(f"Peridot: {base}?token={token}")
    print("From another machine, type there, and then open the same address:")
    print(f"  ssh -N -L {port}:127.0.0.1:{port} {getpass_user()}@{socket.gethostname()}")
    print("Stop with Ctrl+C.", flush=True)
    if not chosen.no_browser and has_display():
        threading.Thread(target=webbrowser.open, args=(f"{base}?token={token}",), daemon=True).start()
