"""A file of exclusions: JSON of {micrograph name: [polygon, …]}, a polygon a list of [x, y] in full-size px."""

import json
import math
from pathlib import Path

from topazcore.errors import CoordinateError

Polygons = tuple[tuple[tuple[float, float], ...], ...]
_FORM = "{micrograph name: [[[x, y], [x, y], [x, y], …], …]}"


def read_exclusions(path: Path) -> dict[str, Polygons]:
    """The polygons of each micrograph, under the names that the file gives.

    Raises:
        CoordinateError: it cannot be read, or is not as described.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CoordinateError(f"{path.name}: {error.strerror}", "a file of exclusions") from error
    except (ValueError, RecursionError) as error:
        raise CoordinateError(f"{path.name} that is not JSON", _FORM) from error
    if not (isinstance(document, dict) and all(isinstance(each, list) for each in document.values())):
        raise CoordinateError(f"{path.name} of another form", _FORM)
    return {
        name: tuple(
            _polygon(polygon, f"exclusion {number} on {name[:100]} in {path.name}")
            for number, polygon in enumerate(polygons, start=1)
        )
        for name, polygons in document.items()
    }


def _polygon(corners: object, what: str) -> tuple[tuple[float, float], ...]:
    if not (isinstance(corners, list) and len(corners) >= 3 and all(map(_is_point, corners))):
        raise CoordinateError(what, "three or more corners [x, y] of finite numbers")
    return tuple((float(x), float(y)) for x, y in corners)


def _is_point(corner: object) -> bool:
    return isinstance(corner, list) and len(corner) == 2 and all(map(_is_finite_number, corner))


def _is_finite_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
