"""The page's own files under addresses that name their content: a browser asks for each of them once and keeps it.

Over a tunnel that is felt. The page's modules come as one file (joined.py). All travel compressed. The files themselves
lie in `static/` and are served there as well, for whoever writes an address by hand.
"""

import gzip
import hashlib
import time
from functools import lru_cache
from pathlib import Path

from flask import Blueprint, Response, current_app, request
from werkzeug.utils import safe_join

from .errors import NotFoundError
from .joined import Joined, join

FOREVER = "private, max-age=31536000, immutable"
MEDIA_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
LEVEL = 6
JOINED = "joined.js"
"""The address of all modules in one file."""

code = Blueprint("code", __name__)


def stamp(folder: Path) -> str:
    """Another one whenever any of the files has changed; looked at anew each second, so nothing old is kept."""
    return stamp_of(folder, int(time.monotonic()))


@lru_cache(8)
def stamp_of(folder: Path, _second: int) -> str:
    """The stamp of one second: a visit asks for it with each of its files."""
    states = [(path.relative_to(folder).as_posix(), path.stat()) for path in sorted(folder.rglob("*.*"))]
    text = "\n".join(f"{name}:{state.st_size}:{state.st_mtime_ns}" for name, state in states)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


@code.get("/code/<of>/<path:name>")
def show(of: str, name: str):
    """One file, as it is now; kept for ever where the address names what there is now."""
    folder = Path(current_app.static_folder)
    if name == JOINED:
        return answer_with(of, folder, *joined_contents(folder, stamp(folder)), MEDIA_TYPES[".js"])
    path = Path(safe_join(str(folder), name) or folder)
    media_type = MEDIA_TYPES.get(path.suffix)
    if media_type is None or not path.is_file():
        raise NotFoundError(
            "no such file of the page", "an address that the page itself uses", "load the page again"
        )
    return answer_with(of, folder, *contents(path, path.stat().st_mtime_ns), media_type)


def answer_with(of: str, folder: Path, plain: bytes, small: bytes, media_type: str) -> Response:
    """Compressed where the browser can read that."""
    answer = Response(plain, mimetype=media_type, headers={"Vary": "Accept-Encoding"})
    if request.accept_encodings.quality("gzip") > 0:
        answer.set_data(small)
        answer.headers["Content-Encoding"] = "gzip"
    answer.headers["Cache-Control"] = FOREVER if of == stamp(folder) else "no-cache"
    answer.add_etag()
    return answer.make_conditional(request)


@lru_cache(512)
def contents(path: Path, _modified_ns: int) -> tuple[bytes, bytes]:
    """A file, and the same compressed."""
    return compressed(path.read_bytes())


@lru_cache(2)
def joined_of(folder: Path, _stamp: str) -> Joined:
    """All modules of the page, as they were at a stamp."""
    return join(folder)


@lru_cache(2)
def joined_contents(folder: Path, of: str) -> tuple[bytes, bytes]:
    """They as one file, and the same compressed."""
    return compressed(joined_of(folder, of).text.encode())


def compressed(plain: bytes) -> tuple[bytes, bytes]:
    return plain, gzip.compress(plain, LEVEL, mtime=0)
