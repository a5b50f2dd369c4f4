"""A line between a browser and a server that can be cut, as a tunnel or a wireless network is; it changes no byte."""

import contextlib
import socket
import threading
from enum import Enum


class Quality(Enum):
    """What a line does with what comes."""

    GOOD = "good"
    NO_ANSWERS = "requests pass, answers are lost"
    CUT = "nothing passes, new connections are refused"


class Line:
    """Forwards connections to a local port; `cut` and `lose_answers` end those that are open."""

    def __init__(self, to_port: int):
        self.to_port = to_port
        self.quality = Quality.GOOD
        self.open: set[socket.socket] = set()
        self.lock = threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self) -> None:
        """Take connections until the line is closed."""
        with contextlib.suppress(OSError):
            while True:
                near, _ = self.listener.accept()
                threading.Thread(target=self.carry, args=(near,), daemon=True).start()

    def carry(self, near: socket.socket) -> None:
        """Both ways of one connection, until either end closes it or the line breaks."""
        if self.quality is Quality.CUT:
            return near.close()
        try:
            far = socket.create_connection(("127.0.0.1", self.to_port), timeout=10)
        except OSError:
            return near.close()
        far.settimeout(None)
        with self.lock:
            self.open |= {near, far}
        threading.Thread(target=self.pump, args=(near, far, False), daemon=True).start()
        self.pump(far, near, True)

    def pump(self, source: socket.socket, sink: socket.socket, answers: bool) -> None:
        """One way of a connection; where answers are lost the first of them ends it."""
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if answers and self.quality is not Quality.GOOD:
                    break
                sink.sendall(data)
        self.end(source, sink)

    def end(self, *ends: socket.socket) -> None:
        with self.lock:
            self.open -= set(ends)
        for each in ends:
            # Wakes whoever waits in recv, which close alone does not.
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def cut(self) -> None:
        """Nothing passes any more."""
        self.quality = Quality.CUT
        self.end(*list(self.open))

    def lose_answers(self) -> None:
        """What the browser asks is done, and it never hears so."""
        self.quality = Quality.NO_ANSWERS

    def mend(self) -> None:
        """All is well again."""
        self.quality = Quality.GOOD

    def close(self) -> None:
        """End the line and all that it carries."""
        self.listener.close()
        self.end(*list(self.open))
