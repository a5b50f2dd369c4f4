"""The picks of one micrograph as a worker left them: read without belief, rounded once."""

import logging
from pathlib import Path

import numpy as np

from .errors import NotFoundError

log = logging.getLogger("peridot")

PLACE_DIGITS, SCORE_DIGITS = 2, 4


def no_picks() -> NotFoundError:
    """Why a page gets no picks."""
    error = NotFoundError("no picks of this micrograph yet", "a job that has picked it", "press Train")
    error.code = "no_picks"
    return error


def read_picks(path: Path) -> np.ndarray | None:
    """(n, 3) float64 x, y, score; None while there are none, or where the file is damaged.

    Rounded here, once, to what a screen can show: so the page, the threshold and an export see equal numbers.
    """
    try:
        values = np.load(path)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        log.error("picks %s/%s cannot be read: %s", path.parent.parent.name, path.name, error)
        return None
    is_sound = values.ndim == 2 and values.shape[1] == 3 and values.dtype.kind == "f"
    if not is_sound:
        return None
    sound = values[np.isfinite(values).all(axis=1)].astype(np.float64)
    return np.column_stack([np.round(sound[:, :2], PLACE_DIGITS), np.round(sound[:, 2], SCORE_DIGITS)])
