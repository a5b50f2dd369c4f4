"""Two coordinate files brought under common names, less what is not to be compared; nothing is left out untold."""

import math
from argparse import ArgumentParser, Namespace
from dataclasses import dataclass, replace

import numpy as np

from topazcore.commands.known import assign_clearly, known_micrographs, relative_paths
from topazcore.coordinates import Coordinates
from topazcore.errors import CoordinateError, SettingsError
from topazcore.formats import read_coordinates
from topazcore.metrics import inside
from topazcore.micrograph import read_header

_THOSE_IN_BOTH = "those in both files"
_THOSE_GIVEN = "those of --micrographs"
_EDGES_OF_IMAGES = "the sizes in the headers of --micrographs"


@dataclass(frozen=True)
class Comparison:
    """What is compared: rows under common names, on which micrographs, and how many were left out why.

    `called` is what messages call the two tables; `sizes` are (height, width) by name, unknown without the
    images; `edges` says where the margin starts.
    """

    first: Coordinates
    second: Coordinates
    called: tuple[str, str]
    names: list[str]
    ignored: dict[str, int]
    sizes: dict[str, tuple[int, int]] | None = None
    edges: str | None = None

    def rules(self) -> dict[str, str | None]:
        """For the report: which micrographs and edges were used."""
        return {"micrographs": _THOSE_GIVEN if self.sizes else _THOSE_IN_BOTH, "edges": self.edges}


def add_arguments(parser: ArgumentParser) -> None:
    """The arguments that every comparison has."""
    number = {"type": float, "metavar": "N"}
    parser.add_argument("--diameter-angstrom", required=True, help="particle diameter in Å", **number)
    parser.add_argument("--pixel-size-angstrom", required=True, help="of the micrographs, in Å", **number)
    parser.add_argument(
        "--margin-px", default=0.0, help="leave out what lies closer to an edge (default 0)", **number
    )
    parser.add_argument(
        "--micrographs",
        metavar="WHERE",
        help="folder, file or quoted pattern: compare exactly these, also where nothing was picked, "
        "and take the edges for --margin-px from their headers",
    )


def check_arguments(args: Namespace) -> None:
    """Refuse sizes that make no sense.

    Raises:
        SettingsError: which one, and its value.
    """
    for option in ("diameter_angstrom", "pixel_size_angstrom"):
        check_length(f"--{option.replace('_', '-')}", getattr(args, option))
    if not (math.isfinite(args.margin_px) and args.margin_px >= 0):
        raise SettingsError(f"--margin-px {args.margin_px:g}", "0 or more pixels")


def check_length(flag: str, value: float) -> None:
    """Refuse a length in Å that is none; raises SettingsError."""
    if not (math.isfinite(value) and value > 0):
        raise SettingsError(f"{flag} {value:g}", "a length above 0 Å")


def distance_px(args: Namespace) -> float:
    """Half a diameter: points closer than this are the same particle."""
    return args.diameter_angstrom / args.pixel_size_angstrom / 2


def read_both(args: Namespace, first: str, second: str, called: tuple[str, str]) -> Comparison:
    """What two files say about common micrographs, less the margin.

    Raises:
        CoordinateError: a file cannot be read, names are ambiguous, or no micrograph is in common.
    """
    tables = read_coordinates(first), read_coordinates(second)
    found = _those_given(tables, args.micrographs, called) if args.micrographs else _in_both(tables, called)
    return _without_margin(found, args.margin_px)


def _in_both(tables: tuple[Coordinates, Coordinates], called: tuple[str, str]) -> Comparison:
    """The micrographs that both know; told apart by the second's paths."""
    paths = {path: path for path in dict.fromkeys(tables[1].path)}
    first, second = (
        assign_clearly(table, paths, what).coordinates for table, what in zip(tables, called, strict=True)
    )
    known = set(first.names())
    names = [name for name in second.names() if name in known]
    if not names:
        raise _nothing_in_common(tables, called)
    return _only(names, (first, second), tables, called)


def _those_given(tables: tuple[Coordinates, Coordinates], where: str, called: tuple[str, str]) -> Comparison:
    """The micrographs of a folder, also those where nothing was picked or nothing is."""
    known = known_micrographs(where)
    paths = relative_paths(where, known)
    found = tuple(
        assign_clearly(table, paths, what).coordinates for table, what in zip(tables, called, strict=True)
    )
    if not len(found[0]) and not len(found[1]):
        raise _nothing_in_common(tables, called)
    headers = {name: read_header(path) for name, path in known.items()}
    sizes = {name: (header.height, header.width) for name, header in headers.items()}
    return replace(_only(list(known), found, tables, called), sizes=sizes)


def _only(
    names: list[str],
    found: tuple[Coordinates, Coordinates],
    read: tuple[Coordinates, Coordinates],
    called: tuple[str, str],
) -> Comparison:
    chosen = set(names)
    kept = [
        table.select(np.array([name in chosen for name in table.micrograph], dtype=bool)) for table in found
    ]
    ignored = {
        f"{what}_elsewhere": len(all_of) - len(some)
        for what, all_of, some in zip(called, read, kept, strict=True)
    }
    return Comparison(*kept, called, names, ignored)


def _nothing_in_common(tables: tuple[Coordinates, Coordinates], called: tuple[str, str]) -> CoordinateError:
    where = (", ".join(table.names()[:3]) or "none" for table in tables)
    found = ", ".join(f"{_the(what)} on {names}" for what, names in zip(called, where, strict=True))
    return CoordinateError(
        f"no micrograph in common: {found}",
        "the same micrograph names in both",
        "name the micrographs with --micrographs if one file is meant to be empty",
    )


def _the(what: str) -> str:
    return "the truth is" if what == "truth" else f"{what} are"


def _without_margin(compared: Comparison, margin_px: float) -> Comparison:
    """Both tables less what lies in the margin; without the images' sizes, by the outermost of the second."""
    if margin_px == 0:
        return compared
    sizes, edges = compared.sizes, _EDGES_OF_IMAGES
    if sizes is None:
        edges = f"the outermost {compared.called[1]} of all micrographs plus the margin"
        outermost = (max(axis, default=0.0) for axis in (compared.second.y, compared.second.x))
        sizes = dict.fromkeys(compared.names, tuple(1 + margin_px + place for place in outermost))
    kept = [inside(table, margin_px, sizes) for table in (compared.first, compared.second)]
    in_margin = {
        f"{what}_in_margin": int((~mask).sum()) for what, mask in zip(compared.called, kept, strict=True)
    }
    return replace(
        compared,
        first=compared.first.select(kept[0]),
        second=compared.second.select(kept[1]),
        ignored=compared.ignored | in_margin,
        edges=edges,
    )
