"""One line of progress on a terminal; nothing where standard error is a file or a pipe."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO


@contextmanager
def progress_line(doing: str, stream: TextIO) -> Iterator[Callable[[int, int], None]]:
    """A function of (done, total) that rewrites one line, which is ended with the block."""
    shown = False

    def show(done: int, total: int) -> None:
        nonlocal shown
        if stream.isatty():
            shown = True
            stream.write(f"\r{doing} {done} of {total}")
            stream.flush()

    try:
        yield show
    finally:
        if shown:
            stream.write("\n")
