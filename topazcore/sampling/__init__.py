"""Batches of a training out of labeled micrographs: dense patches, or the paper's crops.

`make_sampler` gives the one that the settings name. Every sampler draws batches of images and kinds of sites, and
gives and takes its random state. None reads a file or knows the network.
"""

from collections.abc import Sequence

from topazcore.config import TrainingSettings
from topazcore.sampling.crops import CropPlan, CropSampler
from topazcore.sampling.field import LabeledMicrograph
from topazcore.sampling.patches import Geometry, PatchSampler
from topazcore.sampling.sampler import Batch, Sampler
from topazcore.scratch import Scratch
from topazcore.targets import IGNORED

__all__ = [
    "IGNORED",
    "Batch",
    "CropPlan",
    "CropSampler",
    "Geometry",
    "LabeledMicrograph",
    "PatchSampler",
    "Sampler",
    "make_sampler",
]


def make_sampler(
    micrographs: Sequence[LabeledMicrograph],
    settings: TrainingSettings,
    positive_radius: float,
    *,
    receptive_field: int,
    stride: int,
    scratch: Scratch | None = None,
) -> Sampler:
    """The sampler that `settings.sampling` names, for a classifier of this receptive field and stride.

    Args:
        positive_radius: in downsampled px.
        scratch: where the micrographs are kept; None is the system's folder for temporary files.

    Raises:
        TrainingError: no label lies on a micrograph, or labels and exclusions leave nothing else.
    """
    if settings.sampling == "crops":
        plan = CropPlan(
            width=receptive_field,
            crops=settings.crops_per_step,
            positive_share=settings.positive_share,
            any_angle=settings.rotation == "any",
            contrast_jitter=settings.contrast_jitter,
        )
        return CropSampler(micrographs, plan, positive_radius, settings.seed, scratch)
    return PatchSampler(
        micrographs,
        Geometry(receptive_field, stride, settings.sites_per_side),
        positive_radius,
        settings.seed,
        settings.contrast_jitter,
        settings.patches_per_step,
        scratch,
    )
