"""The file that a command ends with: refused at once where it could not be written, then written whole."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from topazcore.coordinates import Coordinates
from topazcore.errors import PeridotError
from topazcore.formats import format_of, write_coordinates


def check_folder(path: Path) -> None:
    """Refuse what would only fail at the end.

    Raises:
        PeridotError: a folder that is not there.
    """
    if not path.absolute().parent.is_dir():
        raise PeridotError(f"--out {path}", "a name in a folder that exists", "make the folder first")


def check_out(path: Path) -> None:
    """The same for a file of coordinates.

    Raises:
        CoordinateError: a name of no known format.
        PeridotError: a folder that is not there.
    """
    format_of(path.name)
    check_folder(path)


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Around what writes `path`.

    Raises:
        PeridotError: it cannot be written.
    """
    try:
        yield
    except OSError as error:
        raise PeridotError(
            f"{path} cannot be written: {error.strerror}", "a writable folder with space"
        ) from error


def write_picks(
    path: Path, picks: Coordinates, paths: dict[str, str], pixel_size_angstrom: float | None
) -> None:
    """Write `picks`; `paths` has each micrograph's path.

    Raises:
        PeridotError: it cannot be written.
    """
    with writing(path):
        write_coordinates(path, picks, micrograph_paths=paths, pixel_size_angstrom=pixel_size_angstrom)
