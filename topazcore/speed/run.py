"""One run of `bench speed`: everything on one machine, one after the other, and its result as a dictionary."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from topazcore.experiments.experiment import GivenSet
from topazcore.experiments.report import machine
from topazcore.experiments.sets import open_set, standard_set
from topazcore.speed.frames import as_the_network_sees_it
from topazcore.speed.paths import PATHS, QUICK, Bench, Size
from topazcore.speed.table import ratios


def measure(
    quick: bool, given: GivenSet | None, rounds: int | None, cache: Path, say: Callable[[str], None]
) -> dict:
    """All paths.

    Args:
        given: real micrographs to train and pick on; simulated globules otherwise.
        rounds: of each program on each path; None for the form's own number.
        cache: keeps simulated micrographs.
        say: told what is being measured.

    Raises:
        PeridotError: a program failed, or a micrograph could not be read.
    """
    size = QUICK if quick else Size()
    if rounds:
        size = Size(**{**vars(size), "rounds": rounds})
    began, rows = time.monotonic(), []
    with TemporaryDirectory(prefix="peridot-speed-") as name:
        folder = Path(name)
        data = as_the_network_sees_it(
            open_set(given or standard_set("globule", quick), cache), folder / "data"
        )
        bench = Bench(data, folder, size)
        for path, walk in PATHS.items():
            say(path)
            rows += walk(bench)
    return {
        "form": "quick" if quick else "full",
        "date": datetime.now(UTC).date().isoformat(),
        "machine": machine(),
        "micrographs": "given" if given else "simulated globules",
        "size": vars(size),
        "seconds": round(time.monotonic() - began, 1),
        "ratios": ratios(rows),
        "rows": rows,
    }
