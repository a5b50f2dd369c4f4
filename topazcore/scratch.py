"""Room for the arrays of a training: in memory while they are small, beyond that in files without a name.

Such a file is memory-mapped, and its pages are given back to the system whenever they have been used, so that a
training on two hundred micrographs takes hardly more memory than one on twenty. Nobody else can open or cut the file,
and it is gone with the process, however that ends. A disk without room is no error: memory is taken instead.
"""

import mmap
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

# Some forty micrographs of 1024² downsampled pixels, which is what most people label at most.
_IN_MEMORY_BYTES = 128 << 20
_CHUNK = 1 << 20


class Scratch:
    """Gives out arrays.

    Args:
        folder: for the files; made if need be. None is the system's own for temporary files.
        in_memory_bytes: that all arrays together may take before files are used.
    """

    def __init__(self, folder: str | Path | None = None, in_memory_bytes: int = _IN_MEMORY_BYTES):
        self._folder, self._left = folder, in_memory_bytes
        self._maps: list[mmap.mmap] = []

    def empty(self, size: int, dtype: type) -> np.ndarray:
        """`(size,)` of undefined values."""
        bytes_wanted = size * np.dtype(dtype).itemsize
        if bytes_wanted > self._left:
            try:
                self._maps.append(self._mapped(bytes_wanted))
                return np.frombuffer(self._maps[-1], dtype)
            except OSError:
                # The disk has no room: slower machines have swapped before.
                return np.empty(size, dtype)
        self._left -= bytes_wanted
        return np.empty(size, dtype)

    def give_back(self) -> None:
        """Let the system have the memory of pages that were used; what they hold stays, in the files."""
        if hasattr(mmap, "MADV_DONTNEED"):
            for each in self._maps:
                each.madvise(mmap.MADV_DONTNEED)

    def _mapped(self, size: int) -> mmap.mmap:
        if self._folder:
            Path(self._folder).mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=self._folder) as file:
            _reserve(file, size)
            return mmap.mmap(file.fileno(), size)


@dataclass(frozen=True)
class KeptImage:
    """A float16 image (rows, columns) in a scratch; `np.asarray` of it is a copy that takes memory of its own."""

    values: np.ndarray
    scratch: Scratch

    @property
    def shape(self) -> tuple[int, int]:
        return self.values.shape

    @property
    def size(self) -> int:
        return self.values.size

    def fill(self, image: np.ndarray) -> None:
        """Keep an image of the same shape, its values within ±65,504."""
        self.values[:] = image
        self.scratch.give_back()

    def __array__(self, dtype: type | None = None, copy: bool | None = None) -> np.ndarray:
        image = self.values.astype(dtype or np.float32)
        self.scratch.give_back()
        return image


def shelves(scratch: Scratch, shapes: list[tuple[int, int]]) -> Iterator[KeptImage]:
    """Room for a float16 image of each shape, to be filled."""
    room, start = scratch.empty(sum(rows * columns for rows, columns in shapes), np.float16), 0
    for rows, columns in shapes:
        yield KeptImage(room[start : start + rows * columns].reshape(rows, columns), scratch)
        start += rows * columns


def _reserve(file: BinaryIO, size: int) -> None:
    """Take the disk's room now: a map of a file that finds none later ends the process.

    Raises:
        OSError: there is none.
    """
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(file.fileno(), 0, size)
        return
    for start in range(0, size, _CHUNK):
        file.write(bytes(min(_CHUNK, size - start)))
    file.flush()
