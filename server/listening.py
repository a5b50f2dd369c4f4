"""Where the server listens: the interface, the port, and the names under which it may be addressed."""

import errno
import ipaddress
import os
import socket

from .errors import StartError
from .settings import Settings

DEFAULT_PORT = 8899
PORTS_TRIED = 50
BACKLOG = 128
SHORTEST_TOKEN = 16


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an interface."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def check_token(host: str, token: str) -> None:
    """Refuse to be open to others without a secret that cannot be guessed.

    Raises:
        StartError: the token is empty, or short on an interface that others can reach.
    """
    if not token.strip():
        raise StartError("an empty token", "a secret", "leave the token away: then a random one is made")
    if not is_loopback(host) and len(token) < SHORTEST_TOKEN:
        raise StartError(f"a token of {len(token)} characters on an interface that others can reach",
                         f"at least {SHORTEST_TOKEN}", "leave the token away: then a random one is made")  # fmt: skip


def allowed_hosts(settings: Settings) -> frozenset[str]:
    """Names for the gate: the interface itself, this machine's names if others can reach it, and what was given."""
    names = {bracketed(settings.host), *settings.allow_host}
    if not is_loopback(settings.host):
        own = socket.gethostname()
        names |= {own, socket.getfqdn(), *own_addresses(own)}
    return frozenset(name.lower() for name in names if name)


def own_addresses(name: str) -> set[str]:
    """The addresses of this machine, as they stand in an URL; none if its name means nothing to the network."""
    try:
        found = socket.getaddrinfo(name, None)
    except OSError:
        return set()
    return {bracketed(address[4][0]) for address in found}


def bracketed(host: str) -> str:
    """A host as it stands in an URL."""
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


def listen(host: str, port: int | None) -> socket.socket:
    """A listening socket at this port, or at the default one or the next that is free.

    Raises:
        StartError: the port is in use or may not be used, or there is no such interface.
    """
    candidates = range(DEFAULT_PORT, DEFAULT_PORT + PORTS_TRIED) if port is None else [port]
    for candidate in candidates:
        try:
            return bind(host, candidate)
        except OSError as error:
            if error.errno != errno.EADDRINUSE or port is not None:
                raise StartError(f"cannot listen on {bracketed(host)}:{candidate} ({error.strerror})",
                                 "a free port of this machine",
                                 "choose another one with --port, or leave it away") from error  # fmt: skip
    raise StartError(f"ports {DEFAULT_PORT} to {DEFAULT_PORT + PORTS_TRIED - 1} are all in use", "a free one",
                     "choose one with --port")  # fmt: skip


def bind(host: str, port: int) -> socket.socket:
    """One listening socket, for this process alone."""
    name = host.strip("[]")
    listener = socket.socket(socket.AF_INET6 if ":" in name else socket.AF_INET, socket.SOCK_STREAM)
    try:
        # On Windows "reuse" would let another program take the port away.
        option = socket.SO_EXCLUSIVEADDRUSE if os.name == "nt" else socket.SO_REUSEADDR
        listener.setsockopt(socket.SOL_SOCKET, option, 1)
        # Accepted connections inherit it. Without it each answer waits 40 ms for the browser's delayed ACK.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        listener.bind((name, port))
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener
