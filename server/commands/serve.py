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
from urllib.parse import urlsplit

from .. import listening, paths, serving, settings
from ..access import looking_token, token_for
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
    serving.end_politely()
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
    url = f"{base}?token={token}"
    print(f"Peridot: {url}")
    print("To reach it from another machine, type this there and open the same address in its browser:")
    print(f"  {tunnel(base)}")
    print("For others, to look at everything and change nothing:")
    print(f"  {base}?token={looking_token(token)}")
    print("Stop with Ctrl+C.", flush=True)
    if not chosen.no_browser and has_display():
        threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()


def tunnel(base: str) -> str:
    """The command that makes this server reachable at the same address on another machine."""
    there = urlsplit(base)
    return f"ssh -N -L {there.port}:{there.netloc} {user_name()}@{socket.gethostname()}"


def user_name() -> str:
    """Who runs this, as far as the system can tell: containers have users without a name."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "you"


def has_display() -> bool:
    """Whether a browser window could open: on Linux and BSD a session has one of these variables."""
    if os.name == "nt" or sys.platform == "darwin":
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def leave() -> int:
    """End the process now: threads that still wait for their websocket must not hold it back."""
    logging.shutdown()
    sys.stdout.flush()
    os._exit(0)
