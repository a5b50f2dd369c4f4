"""RELION's coordinate files: per-micrograph STAR, their index, and particles STAR.

The frame is ours: centres in unbinned pixels of the micrograph, no flip. Read are files before and after
RELION 3.1 (optics block first), and Warp's tables, which use the same column names. Column names as in
RELION's documentation, https://relion.readthedocs.io/en/latest/Reference/Conventions.html. Angles
and classes are not kept; the number of a helical tube is.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from topazcore.coordinates import Coordinates, without_extension
from topazcore.errors import CoordinateError
from topazcore.formats import star
from topazcore.formats.base import Columns, CoordinateFormat, Source, shown

X, Y = "_rlnCoordinateX", "_rlnCoordinateY"
MICROGRAPH, INDEXED = "_rlnMicrographName", "_rlnMicrographCoordinates"
SCORE, SELECTION = "_rlnAutopickFigureOfMerit", "_rlnParticleSelectionType"
TUBE = "_rlnHelicalTubeID"
PIXEL_SIZES = ("_rlnMicrographPixelSize", "_rlnMicrographOriginalPixelSize")
NO_SCORE = -999.0
Extra = Mapping[str, Sequence[str]]
"""More columns: tag to the value of each row, as it is written."""
PICKED_SUFFIXES = ("_autopick", "_manualpick")


def parse(source: Source) -> Coordinates:
    """Any of the three kinds, told apart by their columns.

    Raises:
        CoordinateError: no coordinate columns (the columns found are listed), or a row that cannot be read.
    """
    tables = star.parse(source)
    rows = _table_with(tables, X, Y)
    if rows is not None:
        return _read_rows(source, rows, micrograph_of_file(source.name))
    index = _table_with(tables, MICROGRAPH, INDEXED)
    if index is not None:
        return Coordinates.concat(_read_indexed(source, index))
    raise _no_coordinates(source, tables)


def micrograph_of_file(name: str) -> str:
    """The micrograph that a per-micrograph file belongs to: "a.b_autopick.star" gives "a.b"."""
    stem = name.replace("\\", "/").rsplit("/", 1)[-1].removesuffix(".star")
    for suffix in PICKED_SUFFIXES:
        stem = stem.removesuffix(suffix)
    return stem


def indexed_files(source: Source) -> list[str]:
    """The coordinate files that an index names; none if the file is no index."""
    index = _table_with(star.parse(source), MICROGRAPH, INDEXED)
    return [] if index is None else [file_name for file_name, _ in _index_rows(source, index)]


def particles_star(
    coordinates: Coordinates,
    micrograph_paths: Mapping[str, str],
    pixel_size_angstrom: float | None = None,
    extra: Extra | None = None,
) -> bytes:
    """One particles STAR of all micrographs.

    With a pixel size it is written as RELION 3.1 and later do, an optics group first; without one as a single
    block, since an optics group without its pixel size is not valid. Microscope constants that Peridot does
    not know (voltage, aberration) are left out, never invented.

    Args:
        micrograph_paths: path of each micrograph as RELION shall see it; the name itself where it has none.
    """
    optics = pixel_size_angstrom is not None
    tags = [MICROGRAPH, *_tags(coordinates, extra), *["_rlnOpticsGroup"] * optics]
    names = {name: star.quoted(micrograph_paths.get(name, name)) for name in coordinates.names()}
    rows = (
        [names[name], *values, *["1"] * optics]
        for name, values in zip(coordinates.micrograph, _values(coordinates, extra), strict=True)
    )
    text = star.render("particles", tags, rows)
    if optics:
        text = _optics(pixel_size_angstrom) + text
    return f"# version 30001\n{text}".encode() if optics else text.encode()


def per_micrograph_files(
    coordinates: Coordinates,
    micrograph_paths: Mapping[str, str],
    kind: str = "autopick",
    extra: Extra | None = None,
) -> dict[str, bytes]:
    """The files that make picks show up in RELION: one STAR per micrograph, and the index of them.

    Args:
        coordinates: all of them belong to a micrograph of `micrograph_paths`.
        micrograph_paths: path of each micrograph relative to the RELION project. Those without coordinates
            are left out, as RELION's own jobs do.
        kind: "autopick" or "manualpick", how RELION calls picks of a program and of a person.

    Returns:
        Relative path to content; the index is `<kind>.star`, and lists paths relative to the same folder.

    Raises:
        CoordinateError: coordinates without a micrograph path, or a path that leaves the folder.
    """
    stray = [name for name in coordinates.names() if name not in micrograph_paths]
    if stray:
        raise CoordinateError(f"no micrograph file for {shown(stray[0])}", "the path of every micrograph")
    targets = _targets(micrograph_paths, kind)
    tables = coordinates.rows_by_micrograph()
    files = {
        targets[name]: _one_micrograph(coordinates.select(rows), _chosen(extra, rows))
        for name, rows in tables.items()
    }
    rows = [[star.quoted(micrograph_paths[name]), star.quoted(targets[name])] for name in tables]
    index = star.render("coordinate_files", [MICROGRAPH, INDEXED], rows)
    return {f"{kind}.star": f"# version 30001\n{index}".encode(), **files}


def _table_with(tables: list[star.Table], *tags: str) -> star.Table | None:
    return next((table for table in tables if set(tags) <= set(table.tags)), None)


def _no_coordinates(source: Source, tables: list[star.Table]) -> CoordinateError:
    tags = ", ".join(tag for table in tables for tag in table.tags)
    return CoordinateError(
        f"{shown(source.name)}: no coordinates; its columns are {shown(tags, 400) or 'none'}",
        f"columns {X} and {Y}",
        "choose the file of particles or picks",
    )


def _read_rows(source: Source, table: star.Table, micrograph: str) -> Coordinates:
    """The rows of one table; `micrograph` is whose they are if the table itself does not say."""
    columns = Columns(source, no_score=NO_SCORE)
    position = {tag: column for column, tag in enumerate(table.tags)}
    x, y, path, score, tube = (position.get(tag) for tag in (X, Y, MICROGRAPH, SCORE, TUBE))
    whole = micrograph.encode("utf-8", "surrogateescape")
    for line, row in table.rows(source):
        columns.add(
            line,
            whole if path is None else row[path],
            row[x],
            row[y],
            None if score is None else row[score],
            None if tube is None else row[tube],
        )
    return columns.coordinates()


def _index_rows(source: Source, table: star.Table) -> Iterator[tuple[str, str]]:
    micrograph, indexed = table.tags.index(MICROGRAPH), table.tags.index(INDEXED)
    for line, row in table.rows(source):
        try:
            yield row[indexed].decode("utf-8"), row[micrograph].decode("utf-8")
        except UnicodeDecodeError:
            raise source.error(line, "a name that is not UTF-8", "UTF-8 text") from None


def _read_indexed(source: Source, index: star.Table) -> Iterator[Coordinates]:
    """Coordinates of each file that the index names, under the micrograph that the index gives it."""
    for file_name, micrograph in _index_rows(source, index):
        named = Source(file_name, source.named(file_name), source.named)
        tables = star.parse(named)
        rows = _table_with(tables, X, Y)
        if rows is None:
            raise _no_coordinates(named, tables)
        yield _read_rows(named, rows, micrograph)


def _has_scores(coordinates: Coordinates) -> bool:
    return not np.isnan(coordinates.score).all()


def _has_tubes(coordinates: Coordinates) -> bool:
    """Only whole tables of helices have the column: RELION takes a tube 0 for one more tube."""
    return len(coordinates) > 0 and bool((coordinates.tube > 0).all())


def _chosen(extra: Extra | None, rows: np.ndarray) -> dict[str, list[str]]:
    return {tag: [values[row] for row in rows] for tag, values in (extra or {}).items()}


def _tags(coordinates: Coordinates, extra: Extra | None) -> list[str]:
    return [X, Y, *[SCORE] * _has_scores(coordinates), *[TUBE] * _has_tubes(coordinates), *(extra or {})]


def _values(coordinates: Coordinates, extra: Extra | None = None) -> Iterator[list[str]]:
    """The values of `_tags`; numbers as the shortest text that reads back the same."""
    columns = [coordinates.x, coordinates.y]
    if _has_scores(coordinates):
        columns.append(np.where(np.isnan(coordinates.score), NO_SCORE, coordinates.score))
    if _has_tubes(coordinates):
        columns.append(coordinates.tube)
    texts = [map(repr, column.tolist()) for column in columns]
    return (list(row) for row in zip(*texts, *(extra or {}).values(), strict=True))


def _one_micrograph(coordinates: Coordinates, extra: Extra) -> bytes:
    tags = [*_tags(coordinates, extra), SELECTION]
    rows = ([*values, "1"] for values in _values(coordinates, extra))
    return f"# version 30001\n{star.render('', tags, rows)}".encode()


def _optics(pixel_size_angstrom: float) -> str:
    tags = ["_rlnOpticsGroupName", "_rlnOpticsGroup", *PIXEL_SIZES]
    return star.render("optics", tags, [["opticsGroup1", "1", *[repr(float(pixel_size_angstrom))] * 2]])


def _targets(micrograph_paths: Mapping[str, str], kind: str) -> dict[str, str]:
    """Name to path of its coordinate file; two files that differ in the extension alone both keep it."""
    stems = Counter(without_extension(path) for path in micrograph_paths.values())
    targets = {}
    for name, path in micrograph_paths.items():
        if ".." in path.replace("\\", "/").split("/") or path.startswith("/"):
            raise CoordinateError(f"micrograph path {shown(path)}", "a path inside the project")
        stem = without_extension(path)
        targets[name] = f"{path if stems[stem] > 1 else stem}_{kind}.star"
    return targets


FORMAT = CoordinateFormat("STAR", (".star",), star.recognises, parse, particles_star)
