"""The one page of the app. Everything it shows it asks from the API.

The page is told all its modules at once: found one from the other they would take five trips to the server one
after the other, which is felt over a tunnel.
"""

import re
from functools import cache
from pathlib import Path, PurePosixPath

from flask import Blueprint, current_app, render_template

from topazcore import __version__

from .code import stamp

FIRST_MODULE = "app.js"
IMPORT = re.compile(r"^(?:import|export)\b[^'\"]*?\bfrom\s*['\"](\.{1,2}/[^'\"]+)['\"]", re.MULTILINE)

pages = Blueprint("pages", __name__)


@pages.get("/")
def index():
    """The page; its addresses are relative, so that it works behind any prefix."""
    folder = Path(current_app.static_folder)
    return render_template(
        "index.html", version=__version__, modules=modules(folder), code=f"code/{stamp(folder)}"
    )


@cache
def modules(folder: Path) -> tuple[str, ...]:
    """Every module that the first one needs, itself included, as paths relative to the static folder."""
    found, waiting = set(), [FIRST_MODULE]
    while waiting:
        name = waiting.pop()
        found.add(name)
        source = (folder / name).read_text(encoding="utf-8")
        imported = {within(PurePosixPath(name).parent / other) for other in IMPORT.findall(source)}
        waiting += imported - found - set(waiting)
    return tuple(sorted(found))


def within(path: PurePosixPath) -> str:
    """The path without `.` and `..`."""
    parts: list[str] = []
    for part in path.parts:
        parts = parts[:-1] if part == ".." else [*parts, part]
    return "/".join(parts)
