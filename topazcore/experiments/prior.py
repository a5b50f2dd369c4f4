"""What a wrong class prior costs: the expected particles at a quarter to four times the truth.

Source: Bepler et al. 2019, supplementary figure 15: the ranking hardly depends on pi. What does is how many picks lie
above the default threshold, so precision and recall at 0 are shown beside average precision.
"""

from typing import TYPE_CHECKING

from topazcore.experiments.experiment import Experiment, Form, Rows, Table, Trial
from topazcore.experiments.plots import colours_of, curve_with_spread, label_axes, log_ticks
from topazcore.experiments.sets import STANDARD_SNR, standard_set
from topazcore.experiments.statistics import distinct, select, summary_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_TIMES, _QUICK_TIMES = (0.25, 0.5, 1.0, 2.0, 4.0), (0.5, 2.0)
_LABELS, _QUICK_LABELS = 50, 10
_STEPS, _QUICK_STEPS = 120, 3
_VALUES = {
    "site_average_precision": "average precision of sites",
    "pick_average_precision": "average precision of picks",
    "best_f1": "best F1",
    "precision_at_0": "precision at 0",
    "recall_at_0": "recall at 0",
}


def plan(form: Form) -> list[Trial]:
    """Every multiple of the true number of particles with every seed on every particle."""
    return [
        Trial(
            facts={"particle": particle, "times": times},
            data=standard_set(particle, form.quick),
            labels=_QUICK_LABELS if form.quick else _LABELS,
            seed=seed,
            settings={"max_steps": _QUICK_STEPS if form.quick else _STEPS},
            expected_times=times,
        )
        for particle in STANDARD_SNR
        for times in (_QUICK_TIMES if form.quick else _TIMES)
        for seed in form.repeats
    ]


def show(rows: Rows) -> list[Table | str]:
    """A table for each particle."""
    return [_table(select(rows, particle=particle), particle) for particle in distinct(rows, "particle")]


def draw(rows: Rows, figure: "Figure") -> None:
    """A panel for each particle: ranking, and what happens at threshold 0."""
    particles = distinct(rows, "particle")
    for axes, particle in zip(figure.subplots(1, len(particles), squeeze=False)[0], particles, strict=True):
        for name, colour in colours_of(list(_VALUES)).items():
            if name != "best_f1":
                curve_with_spread(
                    axes, select(rows, particle=particle), "times", name, color=colour, label=_VALUES[name]
                )
        log_ticks(axes, distinct(rows, "times"))
        axes.set_ylim(0, 1)
        label_axes(axes, particle, "expected particles / truth", "")
    figure.axes[0].legend(fontsize=8, frameon=False)


def _table(rows: Rows, particle: str) -> Table:
    return Table(
        f"{particle}, {rows[0]['labels']} labels:",
        ["expected / truth", *_VALUES.values()],
        [
            [f"{times:g}", *(str(summary_of(select(rows, times=times), name)) for name in _VALUES)]
            for times in distinct(rows, "times")
        ],
    )


EXPERIMENT = Experiment(plan, "site_and_pick_level", show, draw)
