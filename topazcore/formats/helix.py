"""Filaments as RELION exchanges them: start-end pairs, and the segments cut from them.

A pair is two rows one after the other, the start and the end, as RELION's manual picker writes them and its extraction
job reads them ("coordinates are start-end only"). Segments are the rows that such an extraction would make: numbered
tubes with priors of their angles. Reading is `topazcore.filaments.filaments_of` on the rows of any coordinate file.
"""

import math
from collections.abc import Mapping

import numpy as np

from topazcore.filaments import Filaments, particles, points_along, start_end_pairs
from topazcore.formats import relion

TRACK_LENGTH = "_rlnHelicalTrackLengthAngst"
TILT, PSI, FLIP_RATIO = "_rlnAngleTiltPrior", "_rlnAnglePsiPrior", "_rlnAnglePsiFlipRatio"
# In the plane of the micrograph; which end is which is not known.
_TILT_DEGREES, _FLIP_RATIO = 90.0, 0.5


def psi_prior_degrees(ends: np.ndarray) -> float:
    """The prior of the in-plane angle of a filament, degrees from -180 to 180.

    RELION turns against the sense of atan2 in a frame with y down: a filament along +x has 0, one along +y (down the
    rows) has -90. So it is in RELION's own cutting of start-end pairs, `convertHelicalTubeCoordsToMetaDataTable` in
    src/helix.cpp of github.com/3dem/relion: the prior is minus atan2(y2 - y1, x2 - x1).
    """
    (x1, y1), (x2, y2) = ends
    return -math.degrees(math.atan2(y2 - y1, x2 - x1))


def pairs_star(
    filaments: Filaments, micrograph_paths: Mapping[str, str], pixel_size_angstrom: float | None = None
) -> bytes:
    """One STAR of all micrographs, two rows for each filament."""
    return relion.particles_star(start_end_pairs(filaments), micrograph_paths, pixel_size_angstrom)


def pairs_files(filaments: Filaments, micrograph_paths: Mapping[str, str]) -> dict[str, bytes]:
    """The manual picker's files and their index, as `relion.per_micrograph_files` describes them."""
    return relion.per_micrograph_files(start_end_pairs(filaments), micrograph_paths, "manualpick")


def segments_star(
    filaments: Filaments, micrograph_paths: Mapping[str, str], spacing: float, pixel_size_angstrom: float
) -> bytes:
    """One STAR of all micrographs, a row for each segment.

    Args:
        spacing: between segments of a filament, px.
    """
    extra = segment_columns(filaments, spacing, pixel_size_angstrom)
    table = particles(filaments, spacing)
    return relion.particles_star(table, micrograph_paths, pixel_size_angstrom, extra)


def segments_files(
    filaments: Filaments, micrograph_paths: Mapping[str, str], spacing: float, pixel_size_angstrom: float
) -> dict[str, bytes]:
    """A STAR of segments for each micrograph, and their index; see `segments_star`."""
    extra = segment_columns(filaments, spacing, pixel_size_angstrom)
    table = particles(filaments, spacing)
    return relion.per_micrograph_files(table, micrograph_paths, "manualpick", extra)


def segment_columns(filaments: Filaments, spacing: float, pixel_size_angstrom: float) -> dict[str, list[str]]:
    """What RELION wants to know of each segment beyond its place and its tube, as text by column.

    The track length is that from the filament's start, in Å; the tilt prior is 90 degrees.
    """
    columns: dict[str, list[str]] = {TILT: [], PSI: [], TRACK_LENGTH: [], FLIP_RATIO: []}
    for ends in filaments.ends:
        count = len(points_along(ends, spacing))
        columns[TILT] += [repr(_TILT_DEGREES)] * count
        columns[PSI] += [repr(psi_prior_degrees(ends) + 0.0)] * count
        columns[TRACK_LENGTH] += [repr(step * spacing * pixel_size_angstrom) for step in range(count)]
        columns[FLIP_RATIO] += [repr(_FLIP_RATIO)] * count
    return columns
