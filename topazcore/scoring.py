"""Score maps: a classifier run over a whole micrograph in bounded memory.

The strided classifier gives a score every `stride` pixels; run again on the image moved by half a stride each
way, the map is twice as fine. Tiles overlap by the receptive field, so their seams are as if there were none.
Edges are padded by reflection: every pixel of the micrograph can be a site. It never trains.
"""

from dataclasses import dataclass

import numpy as np
import torch

from topazcore.model import Classifier

# Sites along a tile's side: about 500 pixels, some 30 MB inside the network.
_TILE_SITES = 128


@dataclass(frozen=True)
class ScoreMap:
    """float32 `scores` (rows, columns); site (i, j) is at downsampled pixel x = spacing * j, y = spacing * i."""

    scores: np.ndarray
    spacing: int


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
    scores = np.empty(shape, np.float32)
    for down in range(fineness):
        for right in range(fineness):
            part = scores[down::fineness, right::fineness]
            _score_strided(classifier, padded[down * spacing :, right * spacing :], part)
    return ScoreMap(scores, spacing)


def _score_strided(classifier: Classifier, image: np.ndarray, scores: np.ndarray) -> None:
    """Fill `scores` (rows, columns) with the sites of `image`, tile by tile."""
    for top in range(0, scores.shape[0], _TILE_SITES):
        for left in range(0, scores.shape[1], _TILE_SITES):
            part = scores[top : top + _TILE_SITES, left : left + _TILE_SITES]
            rows, columns = (
                _span(classifier, start, size) for start, size in zip((top, left), part.shape, strict=True)
            )
            part[:] = _score_tile(classifier, image[rows, columns])


def _span(classifier: Classifier, first: int, sites: int) -> slice:
    """The pixels that `sites` sites from `first` on look at."""
    start = first * classifier.stride
    return slice(start, start + classifier.receptive_field + (sites - 1) * classifier.stride)


def _score_tile(classifier: Classifier, pixels: np.ndarray) -> np.ndarray:
    device = next(classifier.parameters()).device
    tensor = torch.from_numpy(np.ascontiguousarray(pixels))[None, None].to(device)
    with torch.inference_mode():
        return classifier(tensor)[0].cpu().numpy()
