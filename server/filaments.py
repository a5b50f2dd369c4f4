"""What filaments stand for under the project's settings: at which spacing, how many particles, which labels a training
takes from them. It reads no database and changes nothing.
"""

from collections.abc import Sequence

import numpy as np

from topazcore.filaments import default_spacing_angstrom, points_along, spacing_px

from .operations import Ends


def spacing_angstrom(settings: dict) -> float | None:
    """The spacing in effect: the person's, else what follows from the diameter; None while neither is known."""
    diameter = settings["diameter_angstrom"]
    return settings["filament_spacing_angstrom"] or (diameter and default_spacing_angstrom(diameter))


def training_spacing_angstrom(settings: dict) -> float | None:
    """The spacing of the labels that a training takes: the one in effect, but not closer than two picks can be.

    Disks around closer labels overlap, and the class prior would count the same sites several times.
    """
    spacing, diameter = spacing_angstrom(settings), settings["diameter_angstrom"]
    return spacing and max(spacing, default_spacing_angstrom(diameter) if diameter else 0.0)


def points(filaments: Sequence[Ends], spacing: float | None, pixel_size_angstrom: float | None) -> np.ndarray:
    """`(n, 2)` x, y in px of the particles along filaments; none while the spacing (Å) or the pixel size is unknown."""
    if not (filaments and spacing and pixel_size_angstrom):
        return np.empty((0, 2))
    step = spacing_px(spacing, pixel_size_angstrom)
    return np.concatenate([points_along(np.array(ends), step) for ends in filaments])


def described(
    filaments: dict[int, list[Ends]], settings: dict, pixel_size_angstrom: float | None
) -> dict[str, float | int | None]:
    """What the page is told of all filaments; `particles` is None while the spacing is unknown."""
    spacing = spacing_angstrom(settings)
    is_known = spacing and pixel_size_angstrom
    particles = sum(len(points(each, spacing, pixel_size_angstrom)) for each in filaments.values())
    return {
        "count": sum(map(len, filaments.values())),
        "particles": particles if is_known else None,
        "spacing_angstrom": spacing,
        "training_spacing_angstrom": training_spacing_angstrom(settings),
    }
