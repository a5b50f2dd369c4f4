"""Five labels on one micrograph, all settings as they come: what somebody has after five clicks.

Source: Bepler et al. 2019, figure 5: few labels are enough. Here nothing is told but the labels and the diameter: the
number of particles is the guess from area and diameter, and the default threshold is what the program sets. So the best
F1 says how good the ranking is, and F1 at threshold 0 what a person sees without moving the slider.
"""

from typing import TYPE_CHECKING

from topazcore.experiments.experiment import Experiment, Form, Row, Rows, Table, Trial
from topazcore.experiments.plots import COLOURS, label_axes
from topazcore.experiments.sets import STANDARD_SNR, standard_set
from topazcore.experiments.statistics import distinct, select, summarise, summary_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_LABELS = 5
_QUICK_STEPS = 3
# What the page trains with, where the other experiments are cheaper.
_PATCHES = 32
_COLUMNS = ("best_f1", "f1_at_0", "precision_at_0", "recall_at_0")


def plan(form: Form) -> list[Trial]:
    """Every seed on every particle, and on the given micrographs."""
    sets = {particle: standard_set(particle, form.quick) for particle in STANDARD_SNR}
    if form.given:
        sets["given micrographs"] = form.given
    settings = {"patches_per_step": _PATCHES} | ({"max_steps": _QUICK_STEPS} if form.quick else {})
    return [
        Trial({"set": name}, data, _LABELS, seed, settings, expected_times=None, labeled_micrographs=1)
        for name, data in sets.items()
        for seed in form.repeats
    ]


def show(rows: Rows) -> list[Table | str]:
    """A line for each seed, and means."""
    return [_table(select(rows, set=name), name) for name in distinct(rows, "set")]


def draw(rows: Rows, figure: "Figure") -> None:
    """A panel for each set: best F1 and F1 at 0 of every seed."""
    names = distinct(rows, "set")
    for axes, name in zip(figure.subplots(1, len(names), squeeze=False)[0], names, strict=True):
        chosen = [_with_f1(row) for row in select(rows, set=name)]
        seeds = [row["seed"] for row in chosen]
        for column, colour, marker in (("best_f1", COLOURS[0], "o"), ("f1_at_0", COLOURS[1], "x")):
            axes.plot(seeds, [row[column] for row in chosen], marker, color=colour, label=_NAMES[column])
        axes.set_xticks(seeds)
        axes.set_ylim(0, 1)
        label_axes(axes, name, "seed", "F1 of picks")
    figure.axes[0].legend(fontsize=8, frameon=False)


_NAMES = {
    "best_f1": "best F1",
    "f1_at_0": "F1 at 0",
    "precision_at_0": "precision at 0",
    "recall_at_0": "recall at 0",
}


def _table(rows: Rows, name: str) -> Table:
    rows = [_with_f1(row) for row in rows]
    means = [str(summarise(row[column] for row in rows)) for column in _COLUMNS]
    seconds = f"{summary_of(rows, 'cpu_seconds').mean:.1f}"
    return Table(
        f"{name}, {_LABELS} labels on one micrograph:",
        ["seed", *(_NAMES[column] for column in _COLUMNS), "CPU s"],
        [*(_line(row) for row in rows), ["mean", *means, seconds]],
    )


def _line(row: Row) -> list[str]:
    return [str(row["seed"]), *(f"{row[column]:.3f}" for column in _COLUMNS), f"{row['cpu_seconds']:.1f}"]


def _with_f1(row: Row) -> dict:
    """The row with F1 at threshold 0."""
    precision, recall = row["precision_at_0"], row["recall_at_0"]
    both = precision + recall
    return {**row, "f1_at_0": 2 * precision * recall / both if both else 0.0}


EXPERIMENT = Experiment(plan, "site_and_pick_level", show, draw)
