"""Score maps: a classifier run over a whole micrograph in bounded memory.

The strided classifier gives a score every `stride` pixels, or on a finer grid (see `inference`). Tiles overlap by the
receptive field and start at whole strides, so their seams are as if there were none, whatever the classifier's strides,
dilations and shortcuts (see `layers`). Edges are padded by reflection, several times where the image is smaller
than that: every pixel can be a site. It never trains.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
import torch

from topazcore.inference import Scorer
from topazcore.model import Classifier

# Pixels along a tile's side, without what it overlaps: some 30 MB inside the network.
_TILE_PX = 512
# The most sites per stride and direction: 16 times the work of one.
_FINEST = 4


@dataclass(frozen=True)
class ScoreMap:
    """float32 `scores` (rows, columns); site (i, j) is at downsampled pixel x = spacing * j, y = spacing * i."""

    scores: np.ndarray
    spacing: int


def fineness_for(classifier: Classifier, spacing: int) -> int:
    """Sites per stride and direction that bring sites to `spacing` downsampled pixels, or as near as is affordable.

    At stride 16 that is 4 px at best: a classifier that looks so far is for particles of many times that.
    """
    return max(1, min(_FINEST, classifier.stride // spacing))


def score_map(classifier: Classifier, image: np.ndarray, fineness: int = 1) -> ScoreMap:
    """Scores of a prepared micrograph.

    Args:
        classifier: ready to score (`eval`).
        image: float32 (height_ds, width_ds).
        fineness: sites per stride and direction, a divisor of the stride; 2 costs nearly four times as much as 1.
    """
    scorer = Scorer(classifier, fineness)
    margin = (scorer.receptive_field - 1) // 2
    # Reflection beyond the last row too: what is scored of the last tile is a multiple of the fineness.
    padded = np.pad(image, (margin, margin + classifier.stride), mode="reflect")
    rows, columns = (list(_tiles(-(-size // scorer.spacing), scorer)) for size in image.shape)
    scores = np.empty((rows[-1].stop, columns[-1].stop), np.float32)
    for down, right in product(rows, columns):
        scores[down, right] = _score_tile(scorer, padded[_pixels(scorer, down), _pixels(scorer, right)])
    return ScoreMap(
        scores[: -(-image.shape[0] // scorer.spacing), : -(-image.shape[1] // scorer.spacing)], scorer.spacing
    )


def _tiles(sites: int, scorer: Scorer) -> Iterator[slice]:
    """The sites of each tile along a side, as equal as may be; the last one may reach beyond by less than a stride."""
    step = scorer.fineness
    strides = -(-sites // step)
    number = -(-strides * step * scorer.spacing // _TILE_PX)
    width = -(-strides // number) * step
    for start in range(0, strides * step, width):
        yield slice(start, min(start + width, strides * step))


def _pixels(scorer: Scorer, sites: slice) -> slice:
    """The pixels that sites look at."""
    return slice(sites.start * scorer.spacing, (sites.stop - 1) * scorer.spacing + scorer.receptive_field)


def _score_tile(scorer: Scorer, pixels: np.ndarray) -> np.ndarray:
    return scorer(torch.from_numpy(np.ascontiguousarray(pixels))[None, None])[0].numpy()
