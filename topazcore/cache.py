"""Downsampled micrographs kept on disk, so that no job reads and transforms a micrograph that another one did.

One file for each micrograph and factor. Its name says which content of which file it was made of, and by which
version of the arithmetic; a micrograph that changes has another name. A file is whole or absent, and checked when it is
read: whatever is wrong with it, it is made anew. The least recently used ones go when the folder is full. A disk
that takes nothing is no error: it goes on without. Several processes may use one folder at the same time.
"""

import hashlib
import os
import struct
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np

from topazcore.compact import Compact
from topazcore.files import replacing
from topazcore.preprocess import read_compact

# Part of every name: raise it when the same file gives other values.
ARITHMETIC = 1
# Two thousand micrographs of 4096² at factor 4.
_LARGEST_BYTES = 4 << 30
# Magic, rows, columns, centre, scale, checksum of the values; padded so that these may be mapped.
_HEADER = struct.Struct("<8sIIddI28x")
_MAGIC = b"PDOTF16\n"

# Gives a downsampled micrograph by path and factor.
Read = Callable[[str | Path, float], Compact]


class MicrographCache:
    """Downsampled micrographs in a folder, made there when first used.

    Args:
        largest_bytes: of all files together.
    """

    def __init__(self, folder: str | Path, largest_bytes: int = _LARGEST_BYTES):
        self._folder, self._largest_bytes = Path(folder), largest_bytes

    def read(self, path: str | Path, factor: float) -> Compact:
        """The micrograph downsampled by `factor`: from the cache, or else from its file and kept.

        Raises:
            MicrographError: the file cannot be opened, or holds no finite value.
        """
        place = self._place(path, factor)
        found = _load(place) if place else None
        if found is None:
            found = read_compact(path, factor)
            # One that was written to meanwhile is neither its old nor its new content.
            if place and place == self._place(path, factor):
                self._keep(place, found)
        return found

    def holds(self, path: str | Path, factor: float) -> bool:
        """Whether the micrograph, as it is now, is there; it is not looked into."""
        place = self._place(path, factor)
        return place is not None and place.exists()

    def _place(self, path: str | Path, factor: float) -> Path | None:
        """The file for a micrograph as it is now; None for one that is not there."""
        try:
            real = os.path.realpath(path)
            status = Path(real).stat()
        except (OSError, ValueError):
            return None
        text = f"{ARITHMETIC}:{factor:.9g}:{status.st_size}:{status.st_mtime_ns}:{real}"
        return self._folder / f"{hashlib.sha256(os.fsencode(text)).hexdigest()[:32]}.f16"

    def _keep(self, place: Path, made: Compact) -> None:
        with suppress(OSError):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            # The checksum finds what a crash tore: waiting for the disk would only cost time.
            with replacing(place, durable=False) as stream:
                stream.write(_header(made))
                stream.write(made.values)
            self._shrink()

    def _shrink(self) -> None:
        """Remove the least recently used files, and what killed processes left, until the rest fits."""
        known = [(entry.stat(), entry.path) for entry in os.scandir(self._folder) if entry.is_file()]
        total = sum(status.st_size for status, _ in known)
        for status, path in sorted(known, key=lambda each: each[0].st_mtime_ns):
            if total <= self._largest_bytes:
                return
            Path(path).unlink(missing_ok=True)
            total -= status.st_size


def reader(folder: str | Path | None) -> Read:
    """Reads downsampled micrographs through the cache in a folder; without one, from their files alone."""
    return MicrographCache(folder).read if folder else read_compact


def _header(made: Compact) -> bytes:
    checksum = zlib.crc32(made.values)
    return _HEADER.pack(_MAGIC, *made.values.shape, made.centre, made.scale, checksum)


def _load(place: Path) -> Compact | None:
    """What a file of the cache holds, which counts as used now; None for one that is absent or damaged."""
    try:
        data = place.read_bytes()
        magic, height, width, centre, scale, checksum = _HEADER.unpack_from(data)
        values = np.frombuffer(data, "<f2", offset=_HEADER.size).reshape(height, width)
    except (OSError, struct.error, ValueError):
        return None
    is_sound = magic == _MAGIC and np.isfinite((centre, scale)).all() and scale >= 0
    if not is_sound or zlib.crc32(values) != checksum:
        return None
    with suppress(OSError):
        os.utime(place)
    return Compact(values, centre, scale)
