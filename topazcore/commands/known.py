"""The micrographs on disk that coordinates are compared with or written for, by name."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from topazcore.coordinates import Assignment, Coordinates, assign
from topazcore.errors import CoordinateError, MicrographError
from topazcore.exclusions import Polygon
from topazcore.job import JobMicrograph
from topazcore.micrograph import find_micrographs, micrograph_names


def known_micrographs(where: str) -> dict[str, Path]:
    """Name to path of each micrograph in a folder, file or pattern.

    Raises:
        MicrographError: there is none.
    """
    paths, _refused = find_micrographs(where)
    if not paths:
        raise MicrographError(f"no micrographs in {where}", "at least one image", "check the folder")
    return {name: path for path, name in micrograph_names(paths, root_of(where, paths)).items()}


def relative_paths(where: str, known: dict[str, Path]) -> dict[str, str]:
    """Name to path below the folder that `where` means, with forward slashes."""
    root = root_of(where, list(known.values()))
    return {
        name: (path.relative_to(root) if path.is_relative_to(root) else path).as_posix()
        for name, path in known.items()
    }


def root_of(where: str, paths: list[Path]) -> Path:
    """The folder itself, or the one that the first file is in."""
    return Path(where) if Path(where).is_dir() else paths[0].parent


def assign_clearly(coordinates: Coordinates, paths: dict[str, str], what: str) -> Assignment:
    """`assign`, refusing names that several micrographs share.

    Raises:
        CoordinateError: such a name, with `what` it is the name of.
    """
    assigned = assign(coordinates, paths)
    if assigned.ambiguous:
        raise CoordinateError(
            f"{what} on {next(iter(assigned.ambiguous))}, a name that several micrographs share",
            "names with the folders that tell them apart",
        )
    return assigned


def job_micrographs(
    known: Mapping[str, Path],
    pixel_size_angstrom: float | None,
    exclusions: Mapping[str, Sequence[Polygon]] | None = None,
) -> tuple[JobMicrograph, ...]:
    """The micrographs as a job lists them, numbered from 1, of one pixel size and with their exclusions."""
    outlines = exclusions or {}
    return tuple(
        JobMicrograph(number, name, str(path), pixel_size_angstrom, exclusions=tuple(outlines.get(name, ())))
        for number, (name, path) in enumerate(known.items(), start=1)
    )


def with_own_paths(coordinates: Coordinates) -> tuple[Coordinates, dict[str, str]]:
    """The rows, and the path of each micrograph as the source wrote it; paths tell equal names apart."""
    named = dict(zip(coordinates.path, coordinates.micrograph, strict=True))
    if len(set(named.values())) == len(named):
        return coordinates, {name: path for path, name in named.items()}
    paths = {path: path for path in named}
    return assign(coordinates, paths).coordinates, paths
