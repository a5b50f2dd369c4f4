"""Coordinate files behind a few verbs: read, write, and the same with bytes.

One module per format describes itself as a `CoordinateFormat`; this module finds the right one by extension
and checks that the content agrees. It never guesses: content of another format is refused with both named.
"""

import os
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath, PureWindowsPath

from topazcore.coordinates import Coordinates
from topazcore.errors import CoordinateError
from topazcore.files import replace_file
from topazcore.formats import relion, topaz
from topazcore.formats.base import CoordinateFormat, Source, kind_of, plain_text, shown

__all__ = [
    "FORMATS",
    "files_named_by",
    "format_coordinates",
    "format_of",
    "parse_coordinates",
    "read_coordinates",
    "relion_files",
    "write_coordinates",
    "write_relion",
]

FORMATS: tuple[CoordinateFormat, ...] = (relion.FORMAT, topaz.FORMAT)
_LEVELS_ABOVE_INDEX = 4


def format_of(name: str) -> CoordinateFormat:
    """The format that a file name stands for.

    Raises:
        CoordinateError: an extension of no known format.
    """
    extension = PurePosixPath(name.lower()).suffix
    for known in FORMATS:
        if extension in known.extensions:
            return known
    extensions = ", ".join(f"{'/'.join(known.extensions)} ({known.name})" for known in FORMATS)
    raise CoordinateError(f"coordinate file {shown(name)}", f"one of {extensions}", "check the file's name")


def parse_coordinates(name: str, data: bytes, named: Callable[[str], bytes] | None = None) -> Coordinates:
    """Read coordinates from the bytes of a file called `name`.

    Args:
        named: gives the bytes of a file that an index names; without it an index is refused.

    Raises:
        CoordinateError: what was found instead, with the line where there is one. Nothing is half read.
    """
    expected = format_of(name)
    source = Source(name, data, named or _nothing_named)
    if not expected.recognises(data):
        raise _wrong_content(source, expected)
    return expected.parse(source)


def files_named_by(name: str, data: bytes) -> list[str]:
    """The coordinate files that a file called `name` refers to: none unless it is an index."""
    if format_of(name) is not relion.FORMAT or not relion.FORMAT.recognises(data):
        return []
    return relion.indexed_files(Source(name, data, _nothing_named))


def read_coordinates(path: str | os.PathLike) -> Coordinates:
    """Read a coordinate file; an index also reads the files that it names.

    Raises:
        CoordinateError: see `parse_coordinates`; also when a file cannot be opened.
    """
    path = Path(path)
    format_of(path.name)
    return parse_coordinates(path.name, _read(path), lambda name: _read(_indexed_path(path, name)))


def format_coordinates(
    name: str,
    coordinates: Coordinates,
    *,
    micrograph_paths: Mapping[str, str | os.PathLike] | None = None,
    pixel_size_angstrom: float | None = None,
    extra: relion.Extra | None = None,
) -> bytes:
    """The bytes of a coordinate file called `name`; see `write_coordinates`."""
    paths, known = _as_text(micrograph_paths or {}), format_of(name)
    if extra and known is relion.FORMAT:
        return relion.particles_star(coordinates, paths, pixel_size_angstrom, extra)
    return known.render(coordinates, paths, pixel_size_angstrom)


def write_coordinates(
    path: str | os.PathLike,
    coordinates: Coordinates,
    *,
    micrograph_paths: Mapping[str, str | os.PathLike] | None = None,
    pixel_size_angstrom: float | None = None,
    extra: relion.Extra | None = None,
) -> None:
    """Write a coordinate file in one step, in the format of its extension and at full precision.

    Args:
        micrograph_paths: name to path as the reading program shall see it, used by formats that hold paths.
        pixel_size_angstrom: of the micrographs, used by formats that hold it.
        extra: more columns of a STAR, tag to the text of each row; other formats leave them out.

    Raises:
        CoordinateError: an unknown extension, or a name that the format cannot hold.
        OSError: the file could not be written; an old file of that name is whole.
    """
    path = Path(path)
    data = format_coordinates(
        path.name,
        coordinates,
        micrograph_paths=micrograph_paths,
        pixel_size_angstrom=pixel_size_angstrom,
        extra=extra,
    )
    replace_file(path, data)


def relion_files(
    coordinates: Coordinates,
    micrograph_paths: Mapping[str, str | os.PathLike],
    kind: str = "autopick",
    extra: relion.Extra | None = None,
) -> dict[str, bytes]:
    """RELION's per-micrograph files and their index as relative path to content, the index first.

    Args:
        micrograph_paths: name to path relative to the RELION project, for every micrograph to write.
        kind: "autopick" or "manualpick".
    """
    return relion.per_micrograph_files(coordinates, _as_text(micrograph_paths), kind, extra)


def write_relion(
    folder: str | os.PathLike,
    coordinates: Coordinates,
    micrograph_paths: Mapping[str, str | os.PathLike],
    kind: str = "autopick",
    extra: relion.Extra | None = None,
) -> list[Path]:
    """Write `relion_files` below `folder`, the index last, so that it never names a file that is missing."""
    files = relion_files(coordinates, micrograph_paths, kind, extra)
    written = []
    for name, data in reversed(files.items()):
        path = Path(folder) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, data)
        written.append(path)
    return written


def _as_text(paths: Mapping[str, str | os.PathLike]) -> dict[str, str]:
    return {name: path.as_posix() if isinstance(path, Path) else str(path) for name, path in paths.items()}


def _nothing_named(name: str) -> bytes:
    raise CoordinateError(
        f"an index that names {shown(name)}", "the coordinates themselves", "add the files that it names"
    )


def _wrong_content(source: Source, expected: CoordinateFormat) -> CoordinateError:
    name = shown(source.name)
    if not source.data.strip():
        return CoordinateError(f"{name} is empty: 0 coordinates", expected.name, "choose another file")
    for known in FORMATS:
        if known.recognises(source.data):
            return CoordinateError(
                f"{name} holds a {known.name}",
                f"a {expected.name}, as its extension says",
                f"rename it to end in {known.extensions[0]}",
            )
    kind = kind_of(source.data)
    if kind == "a binary file":
        plain_text(source)
    return CoordinateError(f"{name} holds {kind}", f"a {expected.name}", "choose another file")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        reason = error.strerror or "cannot be read"
        raise CoordinateError(
            f"{shown(str(path), 300)}: {reason}", "a coordinate file", "check the path"
        ) from None


def _indexed_path(index: Path, name: str) -> Path:
    """Where the file is that an index names: relative to the index's folder or to the project around it.

    RELION writes these paths relative to its project, some levels above the index. A path that is absolute or
    climbs, also through a link, is refused: an index must not reach out of its project.
    """
    if (
        PurePosixPath(name).is_absolute()
        or PureWindowsPath(name).anchor
        or ".." in PureWindowsPath(name).parts
    ):
        raise CoordinateError(f"an index that names {shown(name)}", "a path inside its project")
    for folder in list(index.resolve().parents)[:_LEVELS_ABOVE_INDEX]:
        path = (folder / name).resolve()
        if path.is_file() and path.is_relative_to(folder):
            return path
    raise CoordinateError(
        f"{shown(index.name)} names {shown(name)}, which is not there",
        "the coordinate files beside their index",
        "run in a copy of the project that has them",
    )
