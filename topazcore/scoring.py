"""Score maps: a classifier run over a whole micrograph in bounded memory.

The strided classifier gives a score every `stride` pixels; run again on the image moved by half a stride each
way, the map is twice as fine. Tiles overlap by the receptive field and start at whole strides, so their seams are as
if there were none, whatever the classifier's strides, dilations and shortcuts (see `layers`). Edges are padded by
reflection, several times where the image is smaller than that: every pixel can be a site. It never trains.
"""

from dataclasses import dataclass

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
        fineness: sites per stride and direction, a divisor of the stride; 2 costs four times as much as 1.
    """
    spacing = classifier.stride // fineness
    shape = [-(-size // spacing) for size in image.shape]
    margin = (classifier.receptive_field - 1) // 2
    # Reflection beyond the last row too: the last sites' windows end there at the latest.
    padded = np.pad(image, (margin, margin + classifier.stride), mode="reflect")
    scores, scorer = np.empty(shape, np.float32), Scorer(classifier)
    for down in range(fineness):
        for right in range(fineness):
            part = scores[down::fineness, right::fineness]
            _score_strided(scorer, padded[down * spacing :, right * spacing :], part)
    return ScoreMap(scores, spacing)


def _score_strided(scorer: Scorer, image: np.ndarray, scores: np.ndarray) -> None:
    """Fill `scores` (rows, columns) with the sites of `image`, tile by tile."""
    sites = max(1, _TILE_PX // scorer.stride)
    for top in range(0, scores.shape[0], sites):
        for left in range(0, scores.shape[1], sites):
            part = scores[top : top + sites, left : left + sites]
            rows, columns = (
                _span(scorer, start, size) for start, size in zip((top, left), part.shape, strict=True)
            )
            part[:] = _score_tile(scorer, image[rows, columns])


def _span(scorer: Scorer, first: int, sites: int) -> slice:
    """The pixels that `sites` sites from `first` on look at."""
    start = first * scorer.stride
    return slice(start, start + scorer.receptive_field + (sites - 1) * scorer.stride)


def _score_tile(scorer: Scorer, pixels: np.ndarray) -> np.ndarray:
    return scorer(torch.from_numpy(np.ascontiguousarray(pixels))[None, None])[0].numpy()
