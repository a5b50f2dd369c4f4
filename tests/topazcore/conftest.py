"""Micrographs that a classifier learns within seconds: dark round blobs in noise, of 18 px at 2 Å per pixel."""

from pathlib import Path

import numpy as np
import pytest

from topazcore.config import TrainingSettings
from topazcore.images.mrc import encode_mrc
from topazcore.job import Job, JobLabel, JobMicrograph

SIZE, PIXEL_SIZE_ANGSTROM, DIAMETER_ANGSTROM = 200, 2.0, 36.0


def blobs(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """float32 (SIZE, SIZE) with 16 blobs on a wobbly grid, and their `(16, 2)` centres x, y."""
    random = np.random.default_rng(seed)
    grid = np.stack(np.meshgrid(np.arange(4), np.arange(4)), axis=-1).reshape(-1, 2) * 46 + 31
    centres = grid + random.uniform(-8, 8, grid.shape)
    y, x = np.mgrid[:SIZE, :SIZE]
    image = random.standard_normal((SIZE, SIZE))
    for cx, cy in centres:
        image -= 2 * np.exp(-((x - cx) ** 2 + (y - cy) ** 2) / (2 * 5**2))
    return image.astype(np.float32), centres


@pytest.fixture(scope="session")
def blob_folder(tmp_path_factory) -> Path:
    """b1.mrc, b2.mrc and b3.mrc with 16 blobs each; `blobs(1)` to `blobs(3)` has their truth."""
    folder = tmp_path_factory.mktemp("blobs")
    for number in (1, 2, 3):
        data = encode_mrc(blobs(number)[0], PIXEL_SIZE_ANGSTROM)
        (folder / f"b{number}.mrc").write_bytes(data)
    return folder


@pytest.fixture(scope="session")
def blob_truth() -> dict[str, np.ndarray]:
    """Name to true centres."""
    return {f"b{number}": blobs(number)[1] for number in (1, 2, 3)}


@pytest.fixture(scope="session")
def blob_job(blob_folder) -> Job:
    """All three micrographs, eight labels on the first, 25 steps, one thread."""
    micrographs = tuple(
        JobMicrograph(number, f"b{number}", str(blob_folder / f"b{number}.mrc"), PIXEL_SIZE_ANGSTROM)
        for number in (1, 2, 3)
    )
    labels = tuple(JobLabel(1, float(x), float(y)) for x, y in blobs(1)[1][::2])
    settings = TrainingSettings(
        diameter_angstrom=DIAMETER_ANGSTROM,
        expected_particles=16,
        max_steps=25,
        patches_per_step=16,
        threads=1,
    )
    return Job("test", micrographs, labels, settings, focus=2)
