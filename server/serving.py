"""Runs the app: gunicorn's threaded worker inside this process, Werkzeug's server on Windows.

One process and no supervisor: the project's lock, its database and its jobs live as long as the server, a
killed server leaves nothing behind that still listens, and no terminal is needed.
"""

import logging
import os
import signal
import socket
import threading
from collections.abc import Callable

log = logging.getLogger("peridot")

SPARE_THREADS = 16
CLOSING_S = 1


def serve(app: Callable, listener: socket.socket, max_clients: int) -> None:
    """Answer requests until SIGTERM, SIGINT (Ctrl+C) or, in a terminal, SIGHUP."""
    if os.name == "nt":
        serve_with_werkzeug(app, listener)
    else:
        serve_with_gunicorn(app, listener, 2 * max_clients + SPARE_THREADS)


def polite_signals() -> list[signal.Signals]:
    """What asks this process to end; nohup asks for SIGHUP to be ignored, and so it stays."""
    names = [name for name in ("SIGTERM", "SIGINT", "SIGHUP") if hasattr(signal, name)]
    wanted = [getattr(signal, name) for name in names]
    return [each for each in wanted if signal.getsignal(each) is not signal.SIG_IGN]


def end_politely() -> None:
    """Until the server runs, let a signal unwind the stack, so that everything opened so far is closed."""

    def leave(*_):
        raise SystemExit(0)

    for each in polite_signals():
        signal.signal(each, leave)


def serve_with_werkzeug(app: Callable, listener: socket.socket) -> None:
    """Windows: gunicorn needs POSIX."""
    from werkzeug.serving import make_server

    host, port = listener.getsockname()[:2]
    server = make_server(host, port, app, threaded=True, fd=listener.fileno())
    for each in polite_signals():
        signal.signal(each, lambda *_: threading.Thread(target=server.shutdown).start())
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    server.serve_forever()


def serve_with_gunicorn(app: Callable, listener: socket.socket, threads: int) -> None:
    """POSIX: gunicorn's threaded worker without its supervising process."""
    from gunicorn.app.base import BaseApplication
    from gunicorn.workers.gthread import ThreadWorker

    class Embedded(BaseApplication):
        """gunicorn's configuration, from here and from nowhere else."""

        def load_config(self):
            for name, value in gunicorn_settings(threads).items():
                self.cfg.set(name, value)

        def load(self):
            return app

    class InProcess(ThreadWorker):
        """A worker that is its own parent, and that ends on the signals of a person or a service manager."""

        def init_signals(self):
            for each in polite_signals():
                signal.signal(each, self.handle_exit)
                signal.siginterrupt(each, False)

        def handle_exit(self, sig, frame):
            log.info("stopping on %s", signal.Signals(sig).name)
            super().handle_exit(sig, frame)

        def is_parent_alive(self):
            return True

    embedded = Embedded()
    logger = embedded.cfg.logger_class(embedded.cfg)
    worker = InProcess(0, os.getppid(), [listener], embedded, embedded.cfg.timeout, embedded.cfg, logger)
    worker.init_process()


def gunicorn_settings(threads: int) -> dict:
    """Quiet, without files of its own, and with room for every page that is allowed."""
    return {
        "threads": threads,
        "worker_connections": 4 * threads,
        "keepalive": 15,
        "graceful_timeout": CLOSING_S,
        "timeout": 0,
        "loglevel": "warning",
        "control_socket_disable": True,
        "forwarder_headers": "",
        "limit_request_line": 8190,
    }
