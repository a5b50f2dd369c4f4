"""Finds micrographs in folders and names them.

It looks at names and kinds of files only: whether an image can be opened, its header says.
"""

import glob
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from topazcore.coordinates import without_extension
from topazcore.errors import MicrographError
from topazcore.images.contents import IMAGE_EXTENSIONS, check_regular_file, unreadable


@dataclass(frozen=True)
class Refused:
    """A file that looks like a micrograph by name and is none, with the reason."""

    path: Path
    error: MicrographError


def find_micrographs(where: str | Path) -> tuple[list[Path], list[Refused]]:
    """Image files in a folder (and its folders), one file, or those that match a glob pattern.

    Hidden files and folders are left out; links to folders are followed once. A single named file is
    taken whatever its extension.

    Returns:
        The files in natural order ("m2" before "m10"), and what was left out with its reason.

    Raises:
        MicrographError: `where` does not exist, or the pattern matches nothing.
    """
    path, found, refused = Path(where), [], []
    if path.is_dir():
        candidates = list(_images_below(path, refused))
    elif path.exists():
        candidates = [path]
    else:
        candidates = _matching(str(where))
    for candidate in sorted(set(candidates), key=_natural):
        try:
            check_regular_file(candidate)
            found.append(candidate)
        except MicrographError as error:
            refused.append(Refused(candidate, error))
    return found, refused


def micrograph_names(paths: list[Path], root: Path) -> dict[Path, str]:
    """A unique name for each path: its stem, else the path below `root` without extension, else with it."""
    choices = {path: _names(path, root) for path in paths}
    level = dict.fromkeys(paths, 0)
    while True:
        names = {path: choices[path][level[path]] for path in paths}
        count = Counter(names.values())
        clashing = [path for path in paths if count[names[path]] > 1 and level[path] < 2]
        if not clashing:
            return names
        for path in clashing:
            level[path] += 1


def _images_below(folder: Path, refused: list[Refused]) -> Iterator[Path]:
    """Every path with an image extension, folders of such a name included; no folder is entered twice.

    A folder that cannot be listed is added to `refused`.
    """
    waiting, seen = [folder], set()
    while waiting:
        here = waiting.pop()
        real = here.resolve()
        if real in seen:
            continue
        seen.add(real)
        try:
            images, folders = _listed(here)
        except OSError as error:
            refused.append(Refused(here, unreadable(here, error)))
            continue
        yield from images
        waiting += folders


def _listed(folder: Path) -> tuple[list[Path], list[Path]]:
    """What has an image extension in one folder, and its other folders; nothing that is hidden."""
    entries = [entry for entry in folder.iterdir() if not entry.name.startswith(".")]
    images = [entry for entry in entries if entry.suffix.lower() in IMAGE_EXTENSIONS]
    others = [entry for entry in entries if entry.suffix.lower() not in IMAGE_EXTENSIONS]
    return images, [entry for entry in others if entry.is_dir()]


def _matching(pattern: str) -> list[Path]:
    # Path.glob takes no absolute patterns.
    matches = [Path(match) for match in glob.glob(pattern, recursive=True)]  # noqa: PTH207
    images = [path for path in matches if path.suffix.lower() in IMAGE_EXTENSIONS]
    if not images:
        raise MicrographError(
            f"nothing matches {pattern}", "a folder, an image file or a pattern such as '*.mrc'"
        )
    return images


def _natural(path: Path) -> list[tuple[int, int, str]]:
    """Sorts numbers inside names by value, folder by folder."""
    parts = re.split(r"(\d+)", path.as_posix())
    return [(1, int(part), "") if part.isdecimal() else (0, 0, part.casefold()) for part in parts]


def _names(path: Path, root: Path) -> tuple[str, str, str]:
    whole = path.relative_to(root) if path.is_relative_to(root) else path
    bare = without_extension(whole.as_posix())
    return bare.rsplit("/", 1)[-1], bare, whole.as_posix()
