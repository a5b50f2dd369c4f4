"""From a model and a micrograph to picks in full-size pixels.

Source: Bepler et al. 2019, Online Methods: a score map, then greedy suppression (`extraction`). All peaks down to well
below the threshold are kept, sorted: a threshold is chosen later. Nothing here trains or writes a file.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from topazcore.cache import Read
from topazcore.checkpoint import Model
from topazcore.config import TrainingSettings, matching_downsample
from topazcore.exclusions import Polygon
from topazcore.extraction import Picks, Rules, extract, most_picks, rules_for
from topazcore.job import JobMicrograph
from topazcore.micrograph import read_header
from topazcore.preprocess import Downsampling, prepare, read_compact
from topazcore.scoring import ScoreMap, fineness_for, score_map
from topazcore.scratch import KeptImage

# Downsampled px between sites: finer maps find neighbours apart and centres closer; the live view does without.
FINE, QUICK = 2, 4


@dataclass(frozen=True)
class Prepared:
    """A micrograph as the network sees it, its frame, and where it must not be picked.

    Args:
        image: (height_ds, width_ds), at hand or kept elsewhere until it is scored.
        pixel_size_angstrom: of the full-size micrograph; None: what brings it to the model's own by its frame.
        exclusions: polygons of `(n, 2)` x, y in full-size px.
    """

    image: np.ndarray | KeptImage
    frame: Downsampling
    pixel_size_angstrom: float | None = None
    exclusions: Sequence[Polygon] = ()


def prepare_for(
    model: Model, path: str | Path, pixel_size_angstrom: float | None, read: Read = read_compact
) -> Prepared:
    """Read a micrograph and bring it to the model's pixel size and normalisation.

    Args:
        pixel_size_angstrom: of the full-size micrograph; None takes its header's, see `effective_pixel_size`.
        read: see `cache.reader`.

    Raises:
        MicrographError: it cannot be read.
        SettingsError: it is coarser than what the model was trained on; both pixel sizes are named.
    """
    header = read_header(path)
    size = pixel_size_angstrom or effective_pixel_size(model, header.pixel_size_angstrom)
    factor = matching_downsample(size, model.scales.pixel_size_ds_angstrom)
    frame = Downsampling(header.height, header.width, factor)
    return Prepared(prepare(path, factor, model.normalisation, read), frame, size)


def effective_pixel_size(model: Model, header_angstrom: float | None) -> float:
    """The pixel size of a micrograph whose header says `header_angstrom`.

    Headers that say what the training's own said were corrected then in the same way, or had no need of it.
    """
    if header_angstrom is None or header_angstrom == model.header_pixel_size_angstrom:
        return model.pixel_size_angstrom
    return header_angstrom


def prepare_listed(model: Model, micrograph: JobMicrograph, read: Read = read_compact) -> Prepared:
    """A micrograph of a job, with its exclusions; raises what `prepare_for` raises."""
    prepared = prepare_for(model, micrograph.path, micrograph.pixel_size_angstrom, read)
    return replace(prepared, exclusions=micrograph.exclusions)


def pick_prepared(model: Model, prepared: Prepared, spacing: int = FINE) -> Picks:
    """Picks of a prepared micrograph: the best peaks of the score map, at the distance of the model's settings.

    Args:
        spacing: of the map's sites in downsampled px; wider where the classifier's stride is large.
    """
    return enough(model, prepared, all_picks(model, prepared, map_of(model, prepared, spacing)))


def map_of(model: Model, prepared: Prepared, spacing: int) -> ScoreMap:
    """The score map of a prepared micrograph with sites so many downsampled px apart, where the stride allows."""
    image = np.asarray(prepared.image, np.float32)
    return score_map(model.classifier, image, fineness_for(model.classifier, spacing))


def all_picks(model: Model, prepared: Prepared, found: ScoreMap) -> Picks:
    """All peaks of a score map that keep the distance, far down into the noise."""
    picks = extract(found.scores, found.spacing, prepared.frame, rules_of(model, prepared))
    return replace(picks, score=picks.score + model.offset)


def enough(model: Model, prepared: Prepared, picks: Picks) -> Picks:
    """The best of them, several times as many as particles are expected."""
    most = most_picks(expected_on(model, prepared))
    return Picks(picks.xy[:most], picks.score[:most])


def rules_of(model: Model, prepared: Prepared) -> Rules:
    """Where picks may lie on a prepared micrograph."""
    pixel_size = prepared.pixel_size_angstrom
    if pixel_size is None:
        pixel_size = model.scales.pixel_size_ds_angstrom / prepared.frame.scale_x
    return rules_for(model.settings, pixel_size, prepared.exclusions)


def pick_micrograph(model: Model, path: str | Path, pixel_size_angstrom: float | None = None) -> Picks:
    """Picks of one micrograph; raises what `prepare_for` raises."""
    return pick_prepared(model, prepare_for(model, path, pixel_size_angstrom))


def with_rules(model: Model, rules: TrainingSettings) -> Model:
    """The model, to pick by other settings' distance, edge margin and exclusion margin.

    Where they have no distance of their own the model's stays.
    """
    distance = rules.min_distance_angstrom
    changed = replace(
        model.settings,
        min_distance_angstrom=model.settings.min_distance_angstrom if distance is None else distance,
        edge_margin_angstrom=rules.edge_margin_angstrom,
        exclusion_margin_angstrom=rules.exclusion_margin_angstrom,
    )
    return replace(model, settings=changed)


def expected_on(model: Model, prepared: Prepared) -> float:
    """How many particles the model expects on a prepared micrograph, of its size and less what is excluded."""
    share = rules_of(model, prepared).share(prepared.frame)
    return model.expected_particles * share * prepared.image.size / model.pixels_ds
