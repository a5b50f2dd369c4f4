"""The micrographs on disk that coordinates are compared with or written for, by name."""

import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from topazcore.commands.exclusion_file import Polygons, read_exclusions
from topazcore.coordinates import Assignment, Coordinates, assign
from topazcore.errors import CoordinateError, MicrographError
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


def exclusions_on(path: Path, paths: dict[str, str]) -> dict[str, Polygons]:
    """A file's exclusions under the names of the known micrographs; those on others are told.

    Raises:
        CoordinateError: no such file, another content, or none of its names is a known micrograph's.
    """
    polygons = read_exclusions(path)
    nowhere = np.zeros(len(polygons))
    found = assign_clearly(Coordinates(list(polygons), nowhere, nowhere), paths, "exclusions")
    strangers = ", ".join(list(found.unmatched)[:3])
    if strangers and not len(found.coordinates):
        raise CoordinateError(
            f"exclusions on {strangers} in {path.name}",
            "exclusions on the given micrographs",
            "check the names",
        )
    if strangers:
        print(f"left out: {len(found.unmatched)} exclusions on {strangers}, not given", file=sys.stderr)
    known: dict[str, Polygons] = {}
    for name, written in zip(found.coordinates.micrograph, found.coordinates.path, strict=True):
        known[name] = known.get(name, ()) + polygons[written]
    return known


def job_micrographs(
    known: Mapping[str, Path],
    pixel_size_angstrom: float | None,
    exclusions: Mapping[str, Polygons] | None = None,
) -> tuple[JobMicrograph, ...]:
    """The micrographs as a job lists them, numbered from 1, of one pixel size and with their exclusions."""
    outlines = exclusions or {}
    return tuple(
        JobMicrograph(number, name, str(path), pixel_size_angstrom, exclusions=outlines.get(name, ()))
        for number, (name, path) in enumerate(known.items(), start=1)
    )


def with_own_paths(coordinates: Coordinates) -> tuple[Coordinates, dict[str, str]]:
    """The rows, and the path of each micrograph as the source wrote it; paths tell equal names apart."""
    named = dict(zip(coordinates.path, coordinates.micrograph, strict=True))
    if len(set(named.values())) == len(named):
        return coordinates, {name: path for path, name in named.items()}
    paths = {path: path for path in named}
    return assign(coordinates, paths).coordinates, paths
