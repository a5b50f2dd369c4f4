"""Small, quiet pictures of experiments. Draws; never computes what is not in the rows.

matplotlib draws into memory: no window, no display, no global state.
"""

from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from topazcore.experiments.experiment import Experiment, Rows
from topazcore.experiments.statistics import distinct, select, summary_of
from topazcore.files import replace_file

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WIDTH_INCHES, _HEIGHT_INCHES, _DOTS_PER_INCH = 8.0, 3.4, 110
# Told apart also by those who do not see all colours (Okabe and Ito 2008).
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")


def draw_picture(experiment: Experiment, rows: Rows, path: Path) -> None:
    """Write the experiment's picture as PNG.

    Raises:
        OSError: it could not be written.
    """
    from matplotlib.figure import Figure

    figure = Figure((_WIDTH_INCHES, _HEIGHT_INCHES), layout="constrained")
    experiment.draw(rows, figure)
    for axes in figure.axes:
        axes.spines[["top", "right"]].set_visible(False)
    data = BytesIO()
    # No version of the program in it: the same rows give the same file.
    figure.savefig(data, format="png", dpi=_DOTS_PER_INCH, metadata={"Software": None})
    replace_file(path, data.getvalue())


def curve_with_spread(axes: "Axes", rows: Rows, x: str, y: str, **style) -> None:
    """Mean of column `y` against column `x`, with a bar of one standard deviation each way."""
    places = sorted(distinct(rows, x))
    summaries = [summary_of(select(rows, **{x: place}), y) for place in places]
    deviations = [each.deviation if each.count > 1 else 0.0 for each in summaries]
    axes.errorbar(places, [each.mean for each in summaries], deviations, capsize=2, marker="o", ms=3, **style)


def label_axes(axes: "Axes", title: str, x: str, y: str) -> None:
    """Title and names of both axes."""
    axes.set_title(title, fontsize=10)
    axes.set_xlabel(x)
    axes.set_ylabel(y)


def log_ticks(axes: "Axes", places: Sequence[float]) -> None:
    """A logarithmic x axis that names exactly these places."""
    axes.set_xscale("log")
    axes.set_xticks(places, [f"{place:g}" for place in places])
    axes.minorticks_off()


def few_log_ticks(axes: "Axes") -> None:
    """A logarithmic x axis with plain numbers at 1, 2 and 5 of each decade."""
    axes.set_xscale("log", subs=(2, 5))
    for formatter in (axes.xaxis.set_major_formatter, axes.xaxis.set_minor_formatter):
        formatter("{x:g}")


def colours_of(names: Sequence[str]) -> Mapping[str, str]:
    """A colour for each name."""
    return dict(zip(names, COLOURS, strict=False))
