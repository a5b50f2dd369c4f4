"""Puts the last full result of `bench speed` onto docs/performance.md, between two marks; it measures nothing.

Text outside the marks is a person's and is never touched.
"""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

from topazcore.errors import PeridotError
from topazcore.files import replace_file
from topazcore.speed.table import markdown

PAGE, RESULT = "performance.md", "performance/speed.json"
_BEGIN, _END = "<!-- bench speed -->", "<!-- end of bench speed -->"


def publish(found: Path, docs: Path) -> str:
    """Take the result of a full run, if there is one, and write its section anew; says what was done.

    Raises:
        PeridotError: the page has no marks.
    """
    kept = docs / RESULT
    if found.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(found, kept)
    if not kept.exists():
        return "no full result"
    page = (docs / PAGE).read_text(encoding="utf-8")
    replace_file(docs / PAGE, _with_section(page, json.loads(kept.read_text())).encode())
    return "taken from a full run" if found.exists() else "written from its kept result"


def _with_section(page: str, result: Mapping) -> str:
    before, begin, rest = page.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not (begin and end):
        raise PeridotError(f"{PAGE} without the marks of its section", f"{_BEGIN} and {_END}")
    return f"{before}{_BEGIN}\n\n{section(result)}\n\n{_END}{after}"


def section(result: Mapping) -> str:
    """The table, under a line that says when and where it was measured."""
    machine, size = result["machine"], result["size"]
    where = (
        f"{machine['cores']} cores ({machine['processor']}), {machine['system']}, torch {machine['torch']}"
    )
    return (
        f"Measured on {result['date']} in one run of {result['seconds'] / 60:.0f} minutes: {where}. "
        f"Micrographs to train and pick on: {result['micrographs']}, {size['labels']} labels. Medians of "
        f"{size['rounds']} rounds, in brackets the lowest and the highest.\n\n{markdown(result['rows'])}"
    )
