"""The outermost layer: who may speak to the app at all.

A WSGI middleware around pages, API, polling and websocket alike. It checks, in this order: the Host name,
the path's prefix, where a request was made (Origin, Sec-Fetch-Site), the number of open pages, the token, whether
its bearer may change anything, and the size of the body; and it puts the security headers on every answer. It never
looks into a body and never logs a token.
"""

import hmac
import json
import logging
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qsl, urlencode

from topazcore.errors import PeridotError

from .access import derived_secret, looking_token
from .errors import (
    BusyError,
    ForbiddenError,
    NotFoundError,
    TooLargeError,
    echo,
    error_body,
    status_of,
    wants_page,
)

log = logging.getLogger("peridot")

LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "[::1]"})
# The page that says how to get in needs its look; neither file tells anything about the project.
PUBLIC_PATHS = frozenset({"/api/health", "/static/style.css", "/static/icon.svg"})
READING = frozenset({"GET", "HEAD", "OPTIONS"})
HOST = re.compile(
    r"(?P<name>\[[0-9a-fA-F:.]{2,45}\]|[A-Za-z0-9](?:[A-Za-z0-9._-]{0,252}))(?::(?P<port>\d{1,5}))?"
)
HEADERS = (
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Cache-Control", "no-store"),
)
POLICY = (
    "default-src 'self'; img-src 'self' blob: data:; connect-src 'self' ws://{host} wss://{host}; "
    "worker-src 'self' blob:; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
REASONS = {303: "See Other", 400: "Bad Request", 403: "Forbidden", 404: "Not Found",
           413: "Content Too Large", 503: "Service Unavailable"}  # fmt: skip

# In the environment of a request that comes by the link for looking only.
LOOKS_ONLY = "peridot.looks_only"
HOW_TO_GET_IN = "open the address with the token that was printed where Peridot was started"


@dataclass(frozen=True)
class Rules:
    """What the gate lets in.

    Args:
        token: the secret; never empty.
        instance: this project's id, part of the cookie's name, since cookies are not per port.
        hosts: names that the Host header may carry, beside those of the loopback interface.
        base_path: the path in front of every address, or "".
        max_body: the largest body in bytes.
        max_clients: how many socket sessions may be open.
        sessions: how many are.
        page: renders an error for a person.
    """

    token: str
    instance: str
    hosts: frozenset[str] = frozenset()
    base_path: str = ""
    max_body: int = 1 << 20
    max_clients: int = 20
    sessions: Callable[[], int] = field(default=lambda: 0)
    page: Callable[[PeridotError], str] = field(default=str)

    def __post_init__(self):
        if not self.token:
            raise ValueError("a gate without a token is open")

    @property
    def cookie(self) -> str:
        """The cookie's name."""
        return f"peridot-{self.instance}"

    @cached_property
    def passes(self) -> dict[str, str]:
        """Each token and its cookie's value: made from the token, so that the token itself is in no cookie store."""
        return {token: derived_secret(token, "peridot cookie") for token in (self.token, self.looking_token)}

    @cached_property
    def looking_token(self) -> str:
        """The token of those who may look and change nothing."""
        return looking_token(self.token)


class Gate:
    """WSGI middleware; see the module."""

    def __init__(self, app: Callable, rules: Rules):
        self.app, self.rules = app, rules

    def __call__(self, environ: dict, start_response: Callable) -> Iterable[bytes]:
        respond = with_headers(environ, start_response, self.rules)
        try:
            check_host(environ, self.rules)
            environ = enter_base_path(environ, self.rules.base_path)
            if environ["PATH_INFO"] not in PUBLIC_PATHS or environ["REQUEST_METHOD"] not in READING:
                check_origin(environ)
                check_places(environ, self.rules)
                if offered := token_in_address(environ):
                    return self.admit(environ, respond, offered)
                environ[LOOKS_ONLY] = looks_only(environ, self.rules)
                check_change(environ)
            check_size(environ, self.rules.max_body)
        except PeridotError as error:
            return self.refuse(environ, respond, error)
        return self.app(environ, respond)

    def admit(self, environ: dict, respond: Callable, offered: str) -> list[bytes]:
        """Turn the token of the address into a cookie, and lead to the address without it.

        Whoever may change things already does not lose that by opening the link for looking.
        """
        token = next((each for each in self.rules.passes if same(offered, each)), None)
        if token is None:
            raise ForbiddenError("a wrong token in the address", "the token of this project", HOW_TO_GET_IN)
        rest = [pair for pair in parse_qsl(environ.get("QUERY_STRING", "")) if pair[0] != "token"]
        headers = [("Location", "./" + (f"?{urlencode(rest)}" if rest else "")), ("Content-Length", "0")]
        if token == self.rules.token or not has_pass(environ, self.rules, self.rules.token):
            headers.append(("Set-Cookie", cookie_header(environ, self.rules, token)))
        respond(status_line(303), headers)
        return []

    def refuse(self, environ: dict, respond: Callable, error: PeridotError) -> list[bytes]:
        """Answer with the one error shape, as a page where a person is navigating."""
        path, method = environ.get("PATH_INFO", ""), environ.get("REQUEST_METHOD", "")
        log.info("refused %s %s: %s", echo(method), echo(path), error.code)
        if method in READING and wants_page(environ.get("HTTP_ACCEPT", ""), path):
            kind, body = "text/html; charset=utf-8", self.rules.page(error).encode()
        else:
            kind, body = "application/json", json.dumps(error_body(error)).encode()
        headers = [("Content-Type", kind), ("Content-Length", str(len(body)))]
        respond(status_line(status_of(error)), headers)
        return [] if method == "HEAD" else [body]


def status_line(status: int) -> str:
    """The status with its reason."""
    return f"{status} {REASONS[status]}"


def same(offered: str, secret: str) -> bool:
    """Compare in a time that does not depend on where they differ."""
    return hmac.compare_digest(offered.encode("utf-8", "surrogatepass"), secret.encode())


def with_headers(environ: dict, start_response: Callable, rules: Rules) -> Callable:
    """A start_response that adds the security headers that the app has not set itself."""
    host = environ.get("HTTP_HOST", "")
    policy = POLICY.format(host=host if is_own_host(host, rules) else "localhost")

    def respond(status: str, headers: list[tuple[str, str]], exc_info=None):
        given = {name.lower() for name, _ in headers}
        added = [(name, value) for name, value in HEADERS if name.lower() not in given]
        return start_response(status, [*headers, *added, ("Content-Security-Policy", policy)], exc_info)

    return respond


def is_own_host(host: str, rules: Rules) -> bool:
    """Whether a Host header names this server."""
    match = HOST.fullmatch(host)
    return bool(match) and match["name"].lower() in LOOPBACK_NAMES | rules.hosts


def check_host(environ: dict, rules: Rules) -> None:
    """Refuse names that a foreign site could have pointed at this machine (DNS rebinding)."""
    host = environ.get("HTTP_HOST", "")
    if not is_own_host(host, rules):
        raise ForbiddenError(f"the host name {echo(host)}", "a name that this server was told about",
                             "start it with --allow-host NAME if the name is yours")  # fmt: skip


def enter_base_path(environ: dict, base_path: str) -> dict:
    """Move the configured prefix from the path to the script name."""
    path = environ.get("PATH_INFO", "")
    if not base_path:
        return environ
    if not path.startswith(base_path + "/"):
        raise NotFoundError("no such address", f"an address below {base_path}/")
    script = environ.get("SCRIPT_NAME", "") + base_path
    return {**environ, "SCRIPT_NAME": script, "PATH_INFO": path[len(base_path) :]}


def is_socket(environ: dict) -> bool:
    """Whether the request belongs to Socket.IO, by polling or by websocket."""
    upgrade = environ.get("HTTP_UPGRADE", "").lower()
    return upgrade == "websocket" or environ["PATH_INFO"].startswith("/socket.io")


def own_origin(environ: dict) -> str:
    """The origin that this server's own page has, as this request addressed it."""
    return f"{environ['wsgi.url_scheme']}://{environ.get('HTTP_HOST', '')}".lower()


def check_origin(environ: dict) -> None:
    """Refuse what another site's page sends: everything that changes state, and every socket.

    A browser says where a request was made. One that brings the cookie but does not say so is refused;
    a script that brings the token in a header need not.
    """
    if environ["REQUEST_METHOD"] in READING and not is_socket(environ):
        return
    origin, site = environ.get("HTTP_ORIGIN"), environ.get("HTTP_SEC_FETCH_SITE")
    foreign = (origin is not None and origin.lower() != own_origin(environ)) or (
        site is not None and site != "same-origin"
    )
    silent = origin is None and site is None and "HTTP_AUTHORIZATION" not in environ
    if foreign or (silent and environ["REQUEST_METHOD"] not in READING):
        raise ForbiddenError("a request from another site", "one from this server's own page",
                             "open Peridot's page itself")  # fmt: skip
    if silent and environ.get("HTTP_UPGRADE"):
        raise ForbiddenError("a websocket from nowhere", "an Origin header", "open Peridot's page itself")


def check_places(environ: dict, rules: Rules) -> None:
    """Refuse a new socket session above the limit; those that are open go on."""
    new = is_socket(environ) and "sid=" not in environ.get("QUERY_STRING", "")
    if new and rules.sessions() >= rules.max_clients:
        raise BusyError(f"{rules.max_clients} pages are open already", "a free place",
                        "close a page, or start the server with a larger --max-clients")  # fmt: skip


def token_in_address(environ: dict) -> str | None:
    """The token of `/?token=…`; it is looked for nowhere else."""
    if environ["PATH_INFO"] != "/" or environ["REQUEST_METHOD"] != "GET":
        return None
    return dict(parse_qsl(environ.get("QUERY_STRING", ""))).get("token")


def looks_only(environ: dict, rules: Rules) -> bool:
    """Whether a request comes by the link for looking only.

    Raises:
        ForbiddenError: it has neither the cookie nor the bearer header of any link.
    """
    scheme, _, bearer = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    if scheme.lower() == "bearer":
        found = [token for token in rules.passes if same(bearer.strip(), token)]
        wrong = "a wrong token"
    else:
        found = [token for token in rules.passes if has_pass(environ, rules, token)]
        wrong = "no valid token"
    if not found:
        raise ForbiddenError(wrong, "the token of this project", HOW_TO_GET_IN)
    return rules.token not in found


def has_pass(environ: dict, rules: Rules, token: str) -> bool:
    """Whether a request brings the cookie of a token."""
    return any(same(value, rules.passes[token]) for value in cookies(environ, rules.cookie))


def check_change(environ: dict) -> None:
    """Refuse what could change something to those who look only; what a socket is sent changes nothing."""
    if environ[LOOKS_ONLY] and environ["REQUEST_METHOD"] not in READING and not is_socket(environ):
        raise ForbiddenError("a change by a link for looking only", "the link for working on this project",
                             "ask whoever gave you this one for it")  # fmt: skip


def cookies(environ: dict, name: str) -> list[str]:
    """The values of the cookie of this name; browsers may send several, for several paths."""
    found = []
    for part in environ.get("HTTP_COOKIE", "").split(";"):
        try:
            jar = SimpleCookie(part.strip())
        except CookieError:
            continue
        found += [jar[name].value] if name in jar else []
    return found


def cookie_header(environ: dict, rules: Rules, token: str) -> str:
    """The Set-Cookie line: this path, this browser, out of reach of scripts and of other sites."""
    path = environ.get("SCRIPT_NAME", "") + "/"
    secure = "; Secure" if environ["wsgi.url_scheme"] == "https" else ""
    return f"{rules.cookie}={rules.passes[token]}; Path={path}; HttpOnly; SameSite=Strict; Max-Age=2592000{secure}"


def check_size(environ: dict, limit: int) -> None:
    """Refuse a body that announces itself as too large; Flask stops one that comes in chunks."""
    length = environ.get("CONTENT_LENGTH") or "0"
    if not (length.isascii() and length.isdigit()) or int(length[:20]) > limit:
        raise TooLargeError(f"a body of {echo(length)} bytes", f"at most {limit} bytes", "send less at once")
