"""Opens an image file safely and says what its first bytes are, whatever its name claims.

It never opens a pipe, socket, device or folder, and never reads more than the first kilobyte.
"""

import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from topazcore.errors import MicrographError

MRC_EXTENSIONS = (".mrc", ".mrcs")
IMAGE_EXTENSIONS = (*MRC_EXTENSIONS, ".tif", ".tiff", ".png", ".jpg", ".jpeg")
READABLE = "an MRC, TIFF, PNG or JPEG image"

# None of these can open a believable MRC header: as a width they are above 400,000 pixels.
_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"II*\x00", "TIFF"),
    (b"MM\x00*", "TIFF"),
    (b"II+\x00", "TIFF"),
    (b"MM\x00+", "TIFF"),
    (b"\x1f\x8b\x08", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"PK\x03\x04", "zip"),
    (b"SIMPLE  =", "FITS"),
    (b"\x89HDF\r\n\x1a\n", "HDF5"),
    (b"\x93NUMPY", "NumPy"),
    (b"%PDF", "PDF"),
    (b"GIF8", "GIF"),
    (b"RIFF", "WebP"),
)
_PACKED = ("gzip", "bzip2", "xz", "zstd", "zip")
_SPECIAL_FILES = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def check_regular_file(path: Path) -> None:
    """Raise MicrographError unless `path` is (a link to) a regular file; never blocks on a pipe."""
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise unreadable(path, error) from error
    if not stat.S_ISREG(mode):
        kind = next((name for test, name in _SPECIAL_FILES if test(mode)), "no regular file")
        raise MicrographError(f"{path.name} is {kind}", "a regular file", "it was left out")


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """The file, open for plain reading; whatever the system refuses becomes a MicrographError."""
    check_regular_file(path)
    try:
        with path.open("rb") as file:
            yield file
    except OSError as error:
        raise unreadable(path, error) from error


def kind_of(file: BinaryIO, path: Path) -> str:
    """ "MRC", "TIFF", "PNG" or "JPEG" by content; everything else is refused by its own name.

    The file is left at its first byte.
    """
    start = file.read(1024)
    file.seek(0)
    kind = _signature(start)
    if kind in ("MRC", "TIFF", "PNG", "JPEG"):
        return kind
    if kind is None and path.suffix.lower() in MRC_EXTENSIONS:
        return "MRC"
    action = "unpack it first" if kind in _PACKED else "convert or remove it"
    contents = f"{kind} data" if kind else "unknown data" if start else "no data"
    raise MicrographError(f"{path.name} holds {contents}", READABLE, action)


def _signature(start: bytes) -> str | None:
    for signature, kind in _SIGNATURES:
        if start.startswith(signature):
            return kind
    if start[208:212] == b"MAP ":
        return "MRC"
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith((b"<svg", b"<?xml", b"<!doctype", b"<html")):
        return "SVG" if b"<svg" in text else "XML or HTML"
    return None


def unreadable(path: Path, error: OSError) -> MicrographError:
    """What the system said, as our error."""
    reason = error.strerror or type(error).__name__
    return MicrographError(
        f"{path.name} cannot be read: {reason}", "something readable", "check the path and its rights"
    )
