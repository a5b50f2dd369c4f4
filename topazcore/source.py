"""A labeled micrograph before its pixels are read: header, frame, and the labels and exclusions on it.

Labels beyond the edge or in an exclusion are left out and counted, never fatal. It reads headers and no pixel.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from topazcore.config import Scales, matching_downsample
from topazcore.exclusions import contains, mask
from topazcore.job import JobLabel, JobMicrograph
from topazcore.micrograph import MicrographHeader, read_header
from topazcore.preprocess import Downsampling
from topazcore.prior import Counts
from topazcore.sampling import LabeledMicrograph
from topazcore.scratch import KeptImage


@dataclass(frozen=True)
class Source:
    """A labeled micrograph that opens: its place in the job, header, frame and the labels that count.

    Args:
        positives, negatives: `(n, 2)` x, y in downsampled pixels.
        outside, in_exclusion: labels that were left out, beyond the edge or where a person excluded.
        excluded: bool (height_ds, width_ds), true where nothing is learned; None for nowhere.
    """

    micrograph: JobMicrograph
    header: MicrographHeader
    frame: Downsampling
    positives: np.ndarray
    negatives: np.ndarray
    outside: int
    in_exclusion: int = 0
    excluded: np.ndarray | None = None

    @property
    def counts(self) -> Counts:
        """What the class prior asks about it."""
        pixels = self.frame.height_ds * self.frame.width_ds
        excluded = 0 if self.excluded is None else int(np.count_nonzero(self.excluded))
        return Counts(len(self.positives), pixels, pixels - excluded, self.micrograph.complete)

    def counted_sites(self, spacing: int) -> np.ndarray:
        """bool of the shape of a score map with a site every `spacing` downsampled px: those not excluded."""
        excluded = self.excluded
        if excluded is None:
            excluded = np.zeros((self.frame.height_ds, self.frame.width_ds), bool)
        return ~excluded[::spacing, ::spacing]

    def labeled(self, image: np.ndarray | KeptImage) -> LabeledMicrograph:
        """What a sampler draws from, given the prepared image."""
        return LabeledMicrograph(
            image, self.positives, self.negatives, self.excluded, self.micrograph.complete
        )


def read_source(
    micrograph: JobMicrograph, labels: Sequence[JobLabel], scales: Scales, margin_ds: float
) -> Source:
    """A micrograph's header, frame and labels; no pixel is read.

    Args:
        labels: of this micrograph.
        margin_ds: around exclusions, in downsampled px.

    Raises:
        MicrographError: it cannot be opened.
        SettingsError: its pixel size does not fit the scales.
    """
    header = read_header(micrograph.path)
    frame = Downsampling(header.height, header.width, factor_for(micrograph, scales))
    margin_px = margin_ds * frame.scale_x
    inside = [label for label in labels if _is_inside(label, header)]
    is_excluded = contains(micrograph.exclusions, _xy(inside), margin_px)
    counted = [label for label, left_out in zip(inside, is_excluded, strict=True) if not left_out]
    positives, negatives = (
        frame.to_ds(_xy([label for label in counted if label.label == kind]))
        for kind in ("positive", "negative")
    )
    outside, in_exclusion = len(labels) - len(inside), len(inside) - len(counted)
    excluded = _mask(micrograph, frame, margin_px)
    return Source(micrograph, header, frame, positives, negatives, outside, in_exclusion, excluded)


def factor_for(micrograph: JobMicrograph, scales: Scales) -> float:
    """What brings a micrograph to the training's pixel size; one without a pixel size has the usual one."""
    if not micrograph.pixel_size_angstrom:
        return scales.downsample
    return matching_downsample(micrograph.pixel_size_angstrom, scales.pixel_size_ds_angstrom)


def _xy(labels: Sequence[JobLabel]) -> np.ndarray:
    return np.array([(label.x, label.y) for label in labels], np.float64).reshape(-1, 2)


def _mask(micrograph: JobMicrograph, frame: Downsampling, margin_px: float) -> np.ndarray | None:
    if not micrograph.exclusions:
        return None
    shape = (frame.height_ds, frame.width_ds)
    return mask(micrograph.exclusions, shape, frame.scale_x, frame.scale_y, margin_px)


def _is_inside(label: JobLabel, header: MicrographHeader) -> bool:
    """On a pixel of the micrograph; pixel centres are at whole numbers."""
    return -0.5 <= label.x < header.width - 0.5 and -0.5 <= label.y < header.height - 0.5
