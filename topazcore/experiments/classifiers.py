"""Accuracy of each classifier for its CPU time: what the default is chosen by.

All classifiers of `model` are trained for the same number of steps on the same labels; a step of a wide receptive
field costs more. Sites are evaluated four downsampled pixels apart for all of them, whatever their stride.
"""

from typing import TYPE_CHECKING

from topazcore.config import CLASSIFIERS
from topazcore.experiments.experiment import Experiment, Form, Rows, Table, Trial
from topazcore.experiments.plots import colours_of, few_log_ticks, label_axes
from topazcore.experiments.sets import standard_set
from topazcore.experiments.statistics import distinct, select, summary_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_LABELS, _QUICK_LABELS = 50, 10
_STEPS, _QUICK_STEPS = 120, 2
# The widest takes minutes.
_SEEDS, _QUICK_SEEDS = 3, 1
_VALUES = {
    "site_average_precision": "average precision of sites",
    "pick_average_precision": "average precision of picks",
    "best_f1": "best F1",
}


def plan(form: Form) -> list[Trial]:
    """Every classifier with three seeds, on globules and on the given micrographs."""
    sets = {"globule": standard_set("globule", form.quick)} | (
        {"given micrographs": form.given} if form.given else {}
    )
    return [
        Trial(
            facts={"set": name, "classifier": classifier},
            data=data,
            labels=_QUICK_LABELS if form.quick else _LABELS,
            seed=seed,
            settings={"classifier": classifier, "max_steps": _QUICK_STEPS if form.quick else _STEPS},
        )
        for name, data in sets.items()
        for classifier in CLASSIFIERS
        for seed in range(form.seeds or (_QUICK_SEEDS if form.quick else _SEEDS))
    ]


def show(rows: Rows) -> list[Table | str]:
    """A table for each set."""
    return [_table(select(rows, set=name), name) for name in distinct(rows, "set")]


def draw(rows: Rows, figure: "Figure") -> None:
    """A panel for each set: accuracy against CPU seconds, a point for each classifier."""
    names = distinct(rows, "set")
    colours = colours_of(distinct(rows, "classifier"))
    for axes, name in zip(figure.subplots(1, len(names), squeeze=False)[0], names, strict=True):
        for classifier, colour in colours.items():
            chosen = select(rows, set=name, classifier=classifier)
            seconds, value = (summary_of(chosen, column).mean for column in ("cpu_seconds", "best_f1"))
            axes.plot(seconds, value, "o", color=colour)
            axes.annotate(classifier, (seconds, value), (4, 4), textcoords="offset points", fontsize=8)
        few_log_ticks(axes)
        axes.margins(0.15)
        label_axes(axes, name, "CPU seconds of a training", "best F1 of picks")


def _table(rows: Rows, name: str) -> Table:
    return Table(
        f"{name}, {rows[0]['labels']} labels, {rows[0]['steps']} steps:",
        ["classifier", "parameters", "receptive field, px", "stride, px", "CPU s", *_VALUES.values()],
        [_line(select(rows, classifier=each), each) for each in distinct(rows, "classifier")],
    )


def _line(rows: Rows, classifier: str) -> list[str]:
    size = [f"{rows[0][column]:,}" for column in ("parameters", "receptive_field_ds", "stride_ds")]
    seconds = f"{summary_of(rows, 'cpu_seconds').mean:.1f}"
    return [classifier, *size, seconds, *(str(summary_of(rows, name)) for name in _VALUES)]


EXPERIMENT = Experiment(plan, "size_and_accuracy", show, draw)
