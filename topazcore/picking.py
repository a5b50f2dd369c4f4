"""From a model and a micrograph to picks in full-size pixels.

Source: Bepler et al. 2019, Online Methods: a score map, then greedy suppression. All peaks down to well below the
threshold are kept, sorted: a threshold is chosen later. Nothing here trains or writes a file.
"""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np

from topazcore.checkpoint import Model
from topazcore.config import matching_downsample
from topazcore.errors import PeridotError
from topazcore.micrograph import read_header
from topazcore.preprocess import Downsampling, prepare
from topazcore.scoring import score_map
from topazcore.suppression import local_maxima, refine, suppress

Item = TypeVar("Item")
# Picks kept for every one expected, and at least so many: enough to see where they turn into noise.
KEPT_PER_EXPECTED, KEPT_AT_LEAST = 4, 100
# Sites per stride: finer maps find neighbours apart and centres closer; the live view does without.
FINE, QUICK = 2, 1


@dataclass(frozen=True)
class Picks:
    """`xy` float64 `(n, 2)` x, y in full-size px and `score` float64 `(n,)`, sorted by falling score."""

    xy: np.ndarray
    score: np.ndarray

    def __len__(self) -> int:
        return len(self.score)

    @property
    def count(self) -> int:
        """How many lie at or above the default threshold, 0."""
        return int(np.count_nonzero(self.score >= 0))

    def as_array(self) -> np.ndarray:
        """float32 `(n, 3)` of x, y, score."""
        return np.column_stack([self.xy, self.score]).astype(np.float32)


@dataclass(frozen=True)
class Prepared:
    """A micrograph as the network sees it, and its frame."""

    image: np.ndarray
    frame: Downsampling


def prepare_for(model: Model, path: str | Path, pixel_size_angstrom: float | None) -> Prepared:
    """Read a micrograph and bring it to the model's pixel size.

    Args:
        pixel_size_angstrom: of the full-size micrograph; None takes its header's, see `effective_pixel_size`.

    Raises:
        MicrographError: it cannot be read.
        SettingsError: its pixel size is too far from the one at training; both are named.
    """
    header = read_header(path)
    size = pixel_size_angstrom or effective_pixel_size(model, header.pixel_size_angstrom)
    factor = matching_downsample(size, model.scales.pixel_size_ds_angstrom)
    return Prepared(prepare(path, factor), Downsampling(header.height, header.width, factor))


def effective_pixel_size(model: Model, header_angstrom: float | None) -> float:
    """The pixel size of a micrograph whose header says `header_angstrom`.

    Headers that say what the training's own said were corrected then in the same way, or had no need of it.
    """
    if header_angstrom is None or header_angstrom == model.header_pixel_size_angstrom:
        return model.pixel_size_angstrom
    return header_angstrom


def pick_prepared(model: Model, prepared: Prepared, fineness: int = FINE) -> Picks:
    """Picks of a prepared micrograph: peaks of the score map, at least the suppression radius apart."""
    found = score_map(model.classifier, prepared.image, fineness)
    peaks = local_maxima(found.scores)
    scores = found.scores[peaks[:, 0], peaks[:, 1]].astype(np.float64)
    frame = prepared.frame
    xy = frame.to_full(refine(found.scores, peaks) * found.spacing)
    xy = np.clip(xy, 0, (frame.width - 1, frame.height - 1))
    scores += model.offset
    most = max(KEPT_AT_LEAST, round(KEPT_PER_EXPECTED * expected_on(model, prepared.image)))
    kept = suppress(xy, scores, model.scales.suppression_radius_px)[:most]
    return Picks(xy[kept], scores[kept])


def pick_micrograph(model: Model, path: str | Path, pixel_size_angstrom: float | None = None) -> Picks:
    """Picks of one micrograph; raises what `prepare_for` raises."""
    return pick_prepared(model, prepare_for(model, path, pixel_size_angstrom))


def pick_in_turn(
    model: Model, items: Iterable[Item], prepare_item: Callable[[Item], Prepared]
) -> Iterator[tuple[Item, "Picks | PeridotError"]]:
    """Picks of many micrographs, each prepared in the background while the one before is scored.

    `items` is asked for the next one as late as that allows, so their order may change under way. A micrograph
    that cannot be prepared gives its error in place of picks.
    """
    waiting = iter(items)
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="prepare") as background:

        def begin() -> tuple[Item, Future] | None:
            for item in waiting:
                return item, background.submit(_prepared_or_error, prepare_item, item)
            return None

        current = begin()
        while current:
            item, future = current
            prepared = future.result()
            current = begin()
            yield item, pick_prepared(model, prepared) if isinstance(prepared, Prepared) else prepared


def _prepared_or_error(prepare_item: Callable[[Item], Prepared], item: Item) -> Prepared | PeridotError:
    try:
        return prepare_item(item)
    except PeridotError as error:
        return error


def expected_on(model: Model, image: np.ndarray) -> float:
    """How many particles the model expects on a prepared micrograph of this size."""
    return model.expected_particles * image.size / model.pixels_ds
