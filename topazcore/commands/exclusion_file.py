"""The file of exclusions that commands take: JSON of micrograph name to polygons. It never guesses a micrograph."""

import json
from pathlib import Path

import numpy as np

from topazcore.commands.known import assign_clearly
from topazcore.coordinates import Coordinates
from topazcore.errors import CoordinateError
from topazcore.exclusions import Polygon

_EXPECTED = 'JSON like {"0001": [[[x, y], [x, y], [x, y]], …]}: three or more corners each, in full-size px'


def read_exclusions(path: Path, paths: dict[str, str]) -> dict[str, tuple[Polygon, ...]]:
    """The polygons of each known micrograph that has some.

    Args:
        paths: name to path of the known micrographs; names find them as those of coordinates do.

    Raises:
        CoordinateError: no such file, another content, or a name that no micrograph or several have.
    """
    polygons = {name: _polygons(name, value, path.name) for name, value in _document(path).items()}
    nowhere = np.zeros(len(polygons))
    found = assign_clearly(Coordinates(list(polygons), nowhere, nowhere), paths, "exclusions")
    if found.unmatched:
        raise CoordinateError(
            f"{path.name}: exclusions on {next(iter(found.unmatched))}", "names of the given micrographs"
        )
    named = zip(found.coordinates.micrograph, found.coordinates.path, strict=True)
    return {name: polygons[source] for name, source in named}


def _document(path: Path) -> dict:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CoordinateError(f"{path} cannot be read: {error.strerror}", "a file of exclusions") from error
    except (ValueError, RecursionError) as error:
        raise CoordinateError(f"{path.name} is no JSON", _EXPECTED) from error
    if not isinstance(document, dict):
        raise CoordinateError(f"{path.name} holds no object", _EXPECTED)
    return document


def _polygons(name: str, value: object, file: str) -> tuple[Polygon, ...]:
    try:
        polygons = tuple(tuple((float(x), float(y)) for x, y in polygon) for polygon in value)
    except (TypeError, ValueError) as error:
        raise CoordinateError(
            f"{file}: exclusions of {name[:100]} that are no polygons", _EXPECTED
        ) from error
    if any(len(polygon) < 3 or not np.isfinite(polygon).all() for polygon in polygons):
        raise CoordinateError(f"{file}: an exclusion on {name[:100]}", _EXPECTED)
    return polygons
