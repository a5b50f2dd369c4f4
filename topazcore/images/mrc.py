"""MRC: the 1,024-byte header checked against the file's size before anything is allocated.

Source: the MRC2014 format (Cheng et al., J Struct Biol 2015, doi:10.1016/j.jsb.2015.04.002) and what older
programs left out of it (no "MAP ", no or a wrong machine stamp, bytes without a sign).
It never maps a file into memory: a file that is cut while mapped would kill the process.
"""

import struct
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

import mrcfile
import numpy as np

from topazcore.errors import MicrographError
from topazcore.images.header import MicrographHeader, believable_pixel_size, check_dimensions, refuse_stack

HEADER_BYTES = 1024
PACKED_MODE = 101
_SAMPLES = {0: "int8", 1: "int16", 2: "float32", 6: "uint16", 12: "float16", PACKED_MODE: "uint4"}
_SUPPORTED = "mode " + ", ".join(f"{mode} ({name})" for mode, name in _SAMPLES.items())
# Word numbers that hold small positive numbers in any real file: nx ny nz mode mx my mz mapc mapr maps.
_SMALL_WORDS = (0, 1, 2, 3, 7, 8, 9, 16, 17, 18)
_IMOD_STAMP = 1146047817


@dataclass(frozen=True)
class MrcHeader:
    """The fields of an MRC header that reading one image needs."""

    order: str
    width: int
    height: int
    sections: int
    mode: int
    grid: tuple[int, int]
    cell_angstrom: tuple[float, float]
    extended_bytes: int
    unsigned_bytes: bool

    @property
    def dtype(self) -> np.dtype:
        """Sample type as stored, byte order included; 4-bit samples are counted in whole bytes."""
        if self.mode == PACKED_MODE or (self.mode == 0 and self.unsigned_bytes):
            return np.dtype(np.uint8)
        return np.dtype(_SAMPLES[self.mode]).newbyteorder(self.order)

    @property
    def row_samples(self) -> int:
        """Stored samples per row: two pixels share a byte in the packed mode."""
        return (self.width + 1) // 2 if self.mode == PACKED_MODE else self.width

    @property
    def file_bytes(self) -> int:
        """What the file must hold at least."""
        data = self.height * self.row_samples * self.dtype.itemsize
        return HEADER_BYTES + self.extended_bytes + data


def parse_mrc_header(block: bytes) -> MrcHeader:
    """The fields of a whole 1,024-byte header, unchecked; the byte order is found, not believed."""
    order = _byte_order(block)
    words = struct.unpack(f"{order}256i", block)
    cell = struct.unpack(f"{order}2f", block[40:48])
    by_imod = words[38] == _IMOD_STAMP
    return MrcHeader(
        order=order,
        width=words[0],
        height=words[1],
        sections=words[2],
        mode=words[3],
        grid=(words[7], words[8]),
        cell_angstrom=cell,
        extended_bytes=words[23],
        unsigned_bytes=by_imod and not words[39] & 1,
    )


def read_header(file: BinaryIO, path: Path) -> MicrographHeader:
    """Header of one image; raises MicrographError where the file cannot hold what it claims."""
    header, size = _checked_header(file, path)
    pixel_size, warnings = _pixel_size(header)
    extra = size - header.file_bytes
    if extra:
        warnings += (f"{extra:,} bytes after the image were ignored",)
    sample = "uint8" if header.mode == 0 and header.unsigned_bytes else _SAMPLES[header.mode]
    return MicrographHeader(path, header.height, header.width, f"MRC {sample}", pixel_size, warnings)


def read_image(file: BinaryIO, path: Path) -> np.ndarray:
    """(height, width) in native byte order, rows as stored."""
    header, _ = _checked_header(file, path)
    file.seek(HEADER_BYTES + header.extended_bytes)
    stored = np.empty((header.height, header.row_samples), header.dtype)
    got = file.readinto(stored)
    if got != stored.nbytes:
        raise MicrographError(
            f"{path.name} ended after {got:,} bytes of its image",
            f"{stored.nbytes:,} bytes",
            "it changed while it was read: try again when it is complete",
        )
    if header.mode == PACKED_MODE:
        return _unpack_nibbles(stored, header.width)
    return stored.astype(stored.dtype.newbyteorder("="), copy=False)


def encode_mrc(image: np.ndarray, pixel_size_angstrom: float | None) -> bytes:
    """A (height, width) image as a float32 MRC2014 file, written by the mrcfile library.

    It holds no date, so equal images are equal files. A pixel size of None is written as 0: unknown.
    """
    with TemporaryDirectory(prefix="peridot-") as folder:
        path = Path(folder) / "image.mrc"
        with mrcfile.new(path, np.ascontiguousarray(image, dtype=np.float32)) as file:
            file.voxel_size = pixel_size_angstrom or 0
            file.header.label[:] = b""
            file.header.nlabl = 0
        return path.read_bytes()


def _byte_order(block: bytes) -> str:
    """The order in which more words are small: a word of 1..65,535 is above that when swapped."""

    def small(order: str) -> int:
        words = struct.unpack(f"{order}256I", block)
        return sum(0 < words[number] < 65_536 for number in _SMALL_WORDS)

    return ">" if small(">") > small("<") else "<"


def _checked_header(file: BinaryIO, path: Path) -> tuple[MrcHeader, int]:
    file.seek(0, 2)
    size = file.tell()
    file.seek(0)
    block = file.read(HEADER_BYTES)
    if len(block) < HEADER_BYTES:
        raise MicrographError(
            f"{path.name} has {size:,} bytes",
            "at least the 1,024 bytes of an MRC header",
            "copy the micrograph again",
        )
    header = parse_mrc_header(block)
    _check_claims(header, path)
    if size < header.file_bytes:
        raise MicrographError(
            f"{path.name} has {size:,} bytes",
            f"{header.file_bytes:,} bytes for {header.width} x {header.height} pixels of mode {header.mode}",
            "the file is cut short or its header is wrong: copy it again",
        )
    return header, size


def _check_claims(header: MrcHeader, path: Path) -> None:
    if header.mode not in _SAMPLES:
        raise MicrographError(f"{path.name} has MRC mode {header.mode}", _SUPPORTED, "convert it to float32")
    check_dimensions(path, header.height, header.width)
    if header.sections < 1:
        raise MicrographError(f"{path.name} has {header.sections} sections", "one 2-D image")
    refuse_stack(path, header.sections)
    if header.extended_bytes < 0:
        raise MicrographError(
            f"{path.name} has an extended header of {header.extended_bytes} bytes",
            "0 or more",
            "the header is damaged: export the micrograph again",
        )


def _pixel_size(header: MrcHeader) -> tuple[float | None, tuple[str, ...]]:
    """Cell over grid (MRC2014), with a warning where the file contradicts itself."""
    x, y = (
        float(cell) / grid if grid > 0 else 0.0
        for cell, grid in zip(header.cell_angstrom, header.grid, strict=True)
    )
    pixel_size, warnings = believable_pixel_size(round(x, 6))
    if pixel_size is None:
        return None, warnings
    if header.grid[0] != header.width:
        over_width = header.cell_angstrom[0] / header.width
        warnings += (
            f"pixel size {pixel_size:g} Å is for {header.grid[0]} columns but the image has {header.width}: "
            f"if it was binned it is {over_width:g} Å, please check it",
        )
    elif abs(x - y) > 0.01 * x:
        warnings += (f"pixels are not square: {x:g} x {y:g} Å, the first is used",)
    return pixel_size, warnings


def _unpack_nibbles(stored: np.ndarray, width: int) -> np.ndarray:
    """Two pixels per byte, the lower four bits first; rows begin on whole bytes."""
    pixels = np.empty((stored.shape[0], 2 * stored.shape[1]), np.uint8)
    pixels[:, 0::2] = stored & 0x0F
    pixels[:, 1::2] = stored >> 4
    return pixels[:, :width]
