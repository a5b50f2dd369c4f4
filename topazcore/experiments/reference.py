"""Ours beside the reference program, with the paper's own sampling: same network, images, labels, prior and settings.

Source: Bepler et al. 2019, Online Methods: 256 crops a step, one in sixteen around a label, GE-binomial with slack 1, a
constant rate of 2e-4. Both start from random weights and do 300 steps, a small part of the paper's 10,000: it is
compared how well the method is done, not how far it gets. Site level, by our own measure on both programs' scores.

The reference program is not part of this one: `bench reference --peer` installs it beside. Without it only ours runs.
"""

from typing import TYPE_CHECKING

from topazcore.experiments import peer
from topazcore.experiments.experiment import Experiment, Form, Rows, Table, Trial
from topazcore.experiments.plots import colours_of, label_axes
from topazcore.experiments.sets import standard_set
from topazcore.experiments.statistics import by_seed, distinct, paired_t_test, select, summary_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

OURS, REFERENCE = "ours", "reference"
_LABELS, _QUICK_LABELS = 60, 10
_STEPS, _QUICK_STEPS = 300, 2
# Of both programs.
SHARED_SETTINGS = {
    "classifier": "conv31",
    "units": 32,
    "sampling": "crops",
    "crops_per_step": 256,
    "positive_share": 1 / 16,
    "rotation": "any",
    "contrast_jitter": 0.0,
    "objective": "ge-binomial",
    "slack": 1.0,
    "learning_rate": 2e-4,
    "schedule": "constant",
    "weight_decay": 0.0,
    "positive_radius_ds": 3.0,
}


def plan(form: Form) -> list[Trial]:
    """Both programs, where the reference is installed, with every seed on globules and on the given micrographs."""
    sets = {"globule": standard_set("globule", form.quick)}
    if form.given:
        sets["given micrographs"] = form.given
    return [
        Trial(
            facts={"set": name, "program": program},
            data=data,
            labels=_QUICK_LABELS if form.quick else _LABELS,
            seed=seed,
            settings=SHARED_SETTINGS | {"max_steps": _QUICK_STEPS if form.quick else _STEPS},
        )
        for name, data in sets.items()
        for program in ((OURS, REFERENCE) if peer.program() else (OURS,))
        for seed in form.repeats
    ]


def show(rows: Rows) -> list[Table | str]:
    """A table for each set; ours against the reference's as a paired test over seeds."""
    return [_table(select(rows, set=name), name) for name in distinct(rows, "set")]


def draw(rows: Rows, figure: "Figure") -> None:
    """A panel for each set: average precision of every seed."""
    names, colours = distinct(rows, "set"), colours_of(distinct(rows, "program"))
    for axes, name in zip(figure.subplots(1, len(names), squeeze=False)[0], names, strict=True):
        for program, colour in colours.items():
            chosen = by_seed(select(rows, set=name, program=program), "site_average_precision")
            axes.plot(list(chosen), list(chosen.values()), "o", color=colour, label=program)
        axes.set_xticks(distinct(rows, "seed"))
        axes.set_ylim(bottom=0)
        label_axes(axes, name, "seed", "average precision of sites")
    figure.axes[0].legend(fontsize=8, frameon=False)


def _table(rows: Rows, name: str) -> Table:
    ours = by_seed(select(rows, program=OURS), "site_average_precision")
    lines = []
    for program in distinct(rows, "program"):
        chosen = select(rows, program=program)
        values = by_seed(chosen, "site_average_precision")
        against = "" if program == OURS else str(paired_t_test(ours, values))
        seconds = f"{summary_of(chosen, 'cpu_seconds').mean:.0f}"
        lines.append([program, str(summary_of(chosen, "site_average_precision")), against, seconds])
    return Table(
        f"{name}, {rows[0]['labels']} labels, {rows[0]['steps']} steps:",
        ["program", "average precision of sites", "ours above it", "CPU s of a training"],
        lines,
    )


EXPERIMENT = Experiment(plan, "beside_the_reference", show, draw)
