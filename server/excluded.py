"""What exclusions take from the micrographs: downsampled pixels and labels, counted as a training counts them
(`topazcore.source`). It reads no pixel and changes nothing.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from topazcore.exclusions import contains, mask
from topazcore.preprocess import Downsampling

REMEMBERED = 4096


@dataclass(frozen=True)
class Taken:
    """Downsampled pixels, and positive labels, that lie in exclusions of one micrograph or in their margin."""

    pixels: int = 0
    labels: int = 0


@dataclass(frozen=True)
class Drawn:
    """The exclusions of one micrograph, each as JSON, and the positive labels beside them; full-size px."""

    outlines: tuple[str, ...]
    labels: Sequence[tuple[float, float]]


def taken(drawn: Drawn, frame: Downsampling, margin_ds: float) -> Taken:
    """How much the exclusions of one micrograph take.

    Args:
        margin_ds: around exclusions, in downsampled px.
    """
    margin_px = margin_ds * frame.scale_x
    labels = contains(polygons(drawn.outlines), np.array(drawn.labels, np.float64), margin_px)
    return Taken(taken_pixels(drawn.outlines, frame, margin_px), int(np.count_nonzero(labels)))


@lru_cache(REMEMBERED)
def taken_pixels(outlines: tuple[str, ...], frame: Downsampling, margin_px: float) -> int:
    """Downsampled pixels in any of the outlines; remembered, as it is asked for after every change of a label."""
    shape = frame.height_ds, frame.width_ds
    return int(np.count_nonzero(mask(polygons(outlines), shape, frame.scale_x, frame.scale_y, margin_px)))


def polygons(outlines: Sequence[str]) -> list[list[list[float]]]:
    return [json.loads(outline) for outline in outlines]
