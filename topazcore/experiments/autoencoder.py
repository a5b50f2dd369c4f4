"""The reconstruction weight gamma against the number of labels.

Source: Bepler et al. 2019, figure 5b: classifiers with a decoder beside them, gamma 0, 1 and 10/N for N labels. The
paper finds that it helps where labels are few. All else is equal: labels, first weights of the classifier, steps.
"""

from typing import TYPE_CHECKING

from topazcore.experiments.experiment import Experiment, Form, Rows, Table, Trial
from topazcore.experiments.plots import colours_of, curve_with_spread, label_axes, log_ticks
from topazcore.experiments.sets import standard_set
from topazcore.experiments.statistics import by_seed, distinct, paired_t_test, select, summary_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_VALUE, _WITHOUT = "site_average_precision", "0"
_GAMMAS = (_WITHOUT, "1", "10/N")
_LABELS, _QUICK_LABELS = (5, 10, 50, 100, 250), (5, 15)
_STEPS, _QUICK_STEPS = 120, 3


def plan(form: Form) -> list[Trial]:
    """Every gamma with every number of labels and seed, on the stick."""
    return [
        Trial(
            facts={"gamma": gamma},
            data=standard_set("stick", form.quick),
            labels=labels,
            seed=seed,
            settings={
                "reconstruction": gamma,
                "max_steps": _QUICK_STEPS if form.quick else _STEPS,
            },
        )
        for gamma in _GAMMAS
        for labels in (_QUICK_LABELS if form.quick else _LABELS)
        for seed in form.repeats
    ]


def show(rows: Rows) -> list[Table | str]:
    """Averages, and each gamma less gamma 0."""
    labels = distinct(rows, "labels")
    averages = [
        [gamma, *(str(summary_of(select(rows, gamma=gamma, labels=count), _VALUE)) for count in labels)]
        for gamma in distinct(rows, "gamma")
    ]
    tests = [
        [gamma, *(_difference(rows, gamma, count) for count in labels)]
        for gamma in distinct(rows, "gamma")
        if gamma != _WITHOUT
    ]
    columns = ["gamma", *map(str, labels)]
    return [
        Table("Average precision of sites by number of labels:", columns, averages),
        Table("Less gamma 0 (paired t-test over seeds; bold where p < 0.05):", columns, tests),
    ]


def draw(rows: Rows, figure: "Figure") -> None:
    """A curve for each gamma."""
    axes = figure.subplots()
    for gamma, colour in colours_of(distinct(rows, "gamma")).items():
        curve_with_spread(
            axes, select(rows, gamma=gamma), "labels", _VALUE, color=colour, label=f"gamma {gamma}"
        )
    log_ticks(axes, distinct(rows, "labels"))
    label_axes(axes, "stick", "labels", "average precision of sites")
    axes.legend(fontsize=8, frameon=False)


def _difference(rows: Rows, gamma: str, labels: int) -> str:
    first, second = (by_seed(select(rows, gamma=each, labels=labels), _VALUE) for each in (gamma, _WITHOUT))
    return str(paired_t_test(first, second))


EXPERIMENT = Experiment(plan, "site_level", show, draw)
