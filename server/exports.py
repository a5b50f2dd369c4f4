"""Coordinate files out and in, behind a few verbs; how they come in is `server.imports`.

It reads no database, writes no file and knows nothing of requests: the routes fetch what it needs.
"""

import io
import time
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from topazcore.coordinates import Coordinates
from topazcore.errors import SettingsError
from topazcore.filaments import Filaments, distance_to, particles, start_end_pairs
from topazcore.formats import format_coordinates, helix, relion_files

from .imports import Frame, plan_import

__all__ = ["FORMATS", "ExportedFile", "Frame", "export_file", "is_near", "plan_import", "select_for_export"]

FORMATS = ("relion", "star", "topaz")


@dataclass(frozen=True)
class ExportedFile:
    """A download: what to call it, what it is, its bytes."""

    name: str
    media_type: str
    data: bytes


def select_for_export(
    labels: Coordinates,
    negatives: Coordinates,
    picks: Coordinates,
    threshold: float,
    diameter_px: float | None,
    filaments: Filaments | None = None,
) -> Coordinates:
    """The rows to export: all labels, then the picks that count and are not at a label.

    A pick counts if its score is at least `threshold` and no negative label is within half a diameter. It is
    the same particle as a positive label within half a diameter, and one on a filament that is as near; `labels` then
    holds what the filament stands for. Pass no labels to export picks alone, and no
    picks to export labels alone. Without a diameter only a label at the very place of a pick is at it.
    """
    radius = (diameter_px or 0.0) / 2
    kept = picks.select(picks.score >= threshold)
    at_label = is_near(kept, Coordinates.concat([labels, negatives]), radius)
    if filaments is not None:
        at_label |= is_on(kept, filaments, radius)
    return Coordinates.concat([labels, kept.select(~at_label)])


def is_on(points: Coordinates, filaments: Filaments, radius: float) -> np.ndarray:
    """`(n,)` bool: which points are at most `radius` px away from a filament on their micrograph."""
    near = np.zeros(len(points), dtype=bool)
    lines = filaments.rows_by_micrograph()
    for name, rows in points.rows_by_micrograph().items():
        for line in lines.get(name, ()):
            near[rows] |= distance_to(filaments.ends[line], points.xy[rows]) <= radius
    return near


def is_near(points: Coordinates, others: Coordinates, radius: float) -> np.ndarray:
    """`(n,)` bool: which points have one of `others` on their micrograph at most `radius` px away."""
    near = np.zeros(len(points), dtype=bool)
    tables = others.by_micrograph()
    for name, rows in points.rows_by_micrograph().items():
        if name in tables:
            distance, _ = cKDTree(tables[name].xy).query(points.xy[rows])
            near[rows] = distance <= radius
    return near


def export_file(
    file_format: str,
    what: str,
    coordinates: Coordinates,
    frames: Sequence[Frame],
    pixel_size_angstrom: float | None = None,
) -> ExportedFile:
    """Coordinates as a download.

    Args:
        file_format: "relion" (a zip), "star" or "topaz".
        what: "labels", "picks" or "both"; names the file, and RELION's kind of picks.

    Raises:
        SettingsError: an unknown format.
        CoordinateError: a micrograph name that the format cannot hold.
    """
    paths = {frame.name: frame.path for frame in frames}
    stem = f"peridot_{what}"
    if file_format == "relion":
        files = relion_files(coordinates, paths, "manualpick" if what == "labels" else "autopick")
        return ExportedFile(f"{stem}_relion.zip", "application/zip", _zipped(files))
    if file_format not in FORMATS:
        raise SettingsError(f"export format {file_format}", f"one of {', '.join(FORMATS)}")
    name = f"{stem}.star" if file_format == "star" else f"{stem}.txt"
    data = format_coordinates(
        name, coordinates, micrograph_paths=paths, pixel_size_angstrom=pixel_size_angstrom
    )
    return ExportedFile(name, "text/plain; charset=utf-8", data)


def export_filaments(
    file_format: str,
    filaments: Filaments,
    frames: Sequence[Frame],
    pixel_size_angstrom: float | None,
    spacing: float | None,
) -> ExportedFile:
    """Filaments as a download: their start-end pairs, or the segments along them.

    Args:
        spacing: of segments, px; None for pairs.

    Raises:
        SettingsError: an unknown format, or segments without a pixel size.
        CoordinateError: a micrograph name that the format cannot hold.
    """
    paths = {frame.name: frame.path for frame in frames}
    stem = f"peridot_filament_{'pairs' if spacing is None else 'segments'}"
    if file_format not in FORMATS:
        raise SettingsError(f"export format {file_format}", f"one of {', '.join(FORMATS)}")
    if file_format == "topaz":
        table = start_end_pairs(filaments) if spacing is None else particles(filaments, spacing)
        name = f"{stem}.txt"
        return ExportedFile(name, "text/plain; charset=utf-8", format_coordinates(name, table))
    if spacing is not None and pixel_size_angstrom is None:
        raise SettingsError("no pixel size", "one, as the track length is in Å", "type the pixel size")
    if file_format == "relion":
        files = (
            helix.pairs_files(filaments, paths)
            if spacing is None
            else helix.segments_files(filaments, paths, spacing, pixel_size_angstrom)
        )
        return ExportedFile(f"{stem}_relion.zip", "application/zip", _zipped(files))
    data = (
        helix.pairs_star(filaments, paths, pixel_size_angstrom)
        if spacing is None
        else helix.segments_star(filaments, paths, spacing, pixel_size_angstrom)
    )
    return ExportedFile(f"{stem}.star", "text/plain; charset=utf-8", data)


def _zipped(files: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name, date_time=time.localtime()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, data)
    return stream.getvalue()
