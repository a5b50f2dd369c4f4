"""The page's own files under addresses that name their content: a browser asks for each of them once and keeps it.

Over a tunnel that is felt: a hundred modules that are only looked after cost a hundred questions. They travel
compressed. The files themselves lie in `static/` and are served there as well, for whoever writes an address by hand.
"""

import gzip
import hashlib
import time
from functools import lru_cache
from pathlib import Path

from flask import Blueprint, Response, current_app, request
from werkzeug.utils import safe_join

from .errors import NotFoundError

FOREVER = "private, max-age=31536000, immutable"
MEDIA_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
LEVEL = 6

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
    path = Path(safe_join(str(folder), name) or folder)
    media_type = MEDIA_TYPES.get(path.suffix)
    if media_type is None or not path.is_file():
        raise NotFoundError(
            "no such file of the page", "an address that the page itself uses", "load the page again"
        )
    plain, small = contents(path, path.stat().st_mtime_ns)
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
    plain = path.read_bytes()
    return plain, gzip.compress(plain, LEVEL, mtime=0)
