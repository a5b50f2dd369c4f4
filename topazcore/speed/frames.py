"""The micrographs that speed is measured on: full-size ones to preprocess, and those of a set as the network sees them.

Both programs get the same files. A set too small for its picking to outweigh a program's start is linked under more
names; its quality is judged by the first of each alone. Nothing here is measured.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from topazcore.config import derive_scales
from topazcore.coordinates import Coordinates
from topazcore.experiments.sets import DataSet
from topazcore.images.mrc import encode_mrc
from topazcore.micrograph import read_header
from topazcore.preprocess import Downsampling, prepare

_PIXEL_SIZE_ANGSTROM = 1.0


def write_full_size(folder: Path, number: int, size_px: int) -> list[Path]:
    """`number` float32 micrographs of `size_px` square: noise, one third of it darker as carbon is."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"full{place}.mrc" for place in range(number)]
    for place, path in enumerate(paths):
        image = np.random.default_rng(place).standard_normal((size_px, size_px), np.float32)
        image[:, : size_px // 3] -= 2
        path.write_bytes(encode_mrc(image, _PIXEL_SIZE_ANGSTROM))
    return paths


def as_the_network_sees_it(data: DataSet, folder: Path) -> DataSet:
    """The set downsampled and normalised, as files in `folder`; its truth in their pixels."""
    folder.mkdir(parents=True, exist_ok=True)
    scales = derive_scales(data.diameter_angstrom, data.pixel_size_angstrom)
    train, test = (_prepared(paths, scales.downsample, scales.pixel_size_ds_angstrom, folder)
                   for paths in (data.train, data.test))  # fmt: skip
    frames = {name: _frame(path, scales.downsample) for name, path in {**data.train, **data.test}.items()}
    return replace(
        data,
        train=train,
        test=test,
        truth=_moved(data.truth, frames),
        pixel_size_angstrom=scales.pixel_size_ds_angstrom,
        margin_px=data.margin_px / scales.downsample,
    )


def linked(paths: Mapping[str, Path], folder: Path, number: int) -> list[Path]:
    """`number` files in `folder`: each of `paths` under its own name first, then under more."""
    folder.mkdir(parents=True, exist_ok=True)
    links = []
    for turn, (name, path) in zip(range(number), _around(paths), strict=False):
        link = folder / (f"{name}.mrc" if turn < len(paths) else f"{name}-again{turn}.mrc")
        link.unlink(missing_ok=True)
        link.symlink_to(path.resolve())
        links.append(link)
    return links


def _around(paths: Mapping[str, Path]) -> Iterator[tuple[str, Path]]:
    while True:
        yield from paths.items()


def _prepared(paths: Mapping[str, Path], factor: float, pixel_size: float, folder: Path) -> dict[str, Path]:
    made = {name: folder / f"{name}.mrc" for name in paths}
    for name, path in paths.items():
        made[name].write_bytes(encode_mrc(prepare(path, factor), pixel_size))
    return made


def _frame(path: Path, factor: float) -> Downsampling:
    header = read_header(path)
    return Downsampling(header.height, header.width, factor)


def _moved(truth: Coordinates, frames: Mapping[str, Downsampling]) -> Coordinates:
    tables = []
    for name, frame in frames.items():
        xy = frame.to_ds(truth.of(name).xy)
        tables.append(Coordinates(np.full(len(xy), name), *xy.T))
    return Coordinates.concat(tables)
