"""The four objectives against the number of labels, on two particles.

Source: Bepler et al. 2019, figure 5a: average precision of sites on held-out micrographs, mean and standard
deviation over repeats. The slacks are the paper's, 1 for GE-binomial and 10 for GE-KL; GE-binomial is also shown with
10. All objectives have the same steps, learning rate, batches, labels and first weights.
"""

from typing import TYPE_CHECKING

from topazcore.experiments.experiment import Experiment, Form, Rows, Table, Trial
from topazcore.experiments.plots import colours_of, curve_with_spread, label_axes, log_ticks
from topazcore.experiments.sets import STANDARD_SNR, standard_set
from topazcore.experiments.statistics import (
    PairedTest,
    by_seed,
    distinct,
    paired_t_test,
    select,
    summary_of,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_SUBJECT, _VALUE = "GE-binomial", "site_average_precision"
_OBJECTIVES = {
    _SUBJECT: {"objective": "ge-binomial", "slack": 1.0},
    "GE-KL": {"objective": "ge-kl", "slack": 10.0},
    "PU": {"objective": "pu"},
    "PN": {"objective": "pn"},
    "GE-binomial, slack 10": {"objective": "ge-binomial", "slack": 10.0},
}
_LABELS, _QUICK_LABELS = (10, 50, 100, 250, 1000), (5, 15)
_STEPS, _QUICK_STEPS = 120, 3
_QUICK_PARTICLES = ("stick",)


def plan(form: Form) -> list[Trial]:
    """Every objective with every number of labels and seed on every particle (quick: on one)."""
    steps = _QUICK_STEPS if form.quick else _STEPS
    return [
        Trial(
            facts={"particle": particle, "objective": name},
            data=standard_set(particle, form.quick),
            labels=labels,
            seed=seed,
            settings={**settings, "max_steps": steps},
        )
        for particle in (_QUICK_PARTICLES if form.quick else STANDARD_SNR)
        for name, settings in _OBJECTIVES.items()
        for labels in (_QUICK_LABELS if form.quick else _LABELS)
        for seed in form.repeats
    ]


def show(rows: Rows) -> list[Table | str]:
    """Averages and tests of each particle, and what they amount to."""
    blocks: list[Table | str] = [_verdict(rows)]
    for particle in distinct(rows, "particle"):
        blocks += [
            _averages(select(rows, particle=particle), particle),
            _tests(select(rows, particle=particle), particle),
        ]
    return blocks


def draw(rows: Rows, figure: "Figure") -> None:
    """A panel for each particle, a curve for each objective."""
    colours = colours_of(distinct(rows, "objective"))
    particles = distinct(rows, "particle")
    for axes, particle in zip(figure.subplots(1, len(particles), squeeze=False)[0], particles, strict=True):
        for name, colour in colours.items():
            curve_with_spread(
                axes,
                select(rows, particle=particle, objective=name),
                "labels",
                _VALUE,
                color=colour,
                label=name,
            )
        log_ticks(axes, distinct(rows, "labels"))
        label_axes(axes, particle, "labels", "average precision of sites")
    figure.axes[0].legend(fontsize=8, frameon=False)


def _averages(rows: Rows, particle: str) -> Table:
    labels = distinct(rows, "labels")
    return Table(
        f"Average precision of sites, {particle}, by number of labels:",
        ["objective", *map(str, labels)],
        [
            [name, *(str(summary_of(select(rows, objective=name, labels=count), _VALUE)) for count in labels)]
            for name in distinct(rows, "objective")
        ],
    )


def _tests(rows: Rows, particle: str) -> Table:
    labels = distinct(rows, "labels")
    return Table(
        f"{_SUBJECT} less each other objective, {particle} (paired t-test over seeds; bold where p < 0.05):",
        ["less", *map(str, labels)],
        [[name, *(str(_test(rows, name, count)) for count in labels)] for name in _others(rows)],
    )


def _verdict(rows: Rows) -> str:
    """One sentence for each other objective: where GE-binomial is better, where it is worse."""
    sentences = []
    for name in _others(rows):
        tests = {
            f"{particle} {labels}": _test(select(rows, particle=particle), name, labels)
            for particle in distinct(rows, "particle")
            for labels in distinct(rows, "labels")
        }
        better, worse = (
            [where for where, test in tests.items() if test.is_significant and sign * test.difference > 0]
            for sign in (1, -1)
        )
        undecided = len(tests) - len(better) - len(worse)
        sentences.append(
            f"- against {name}: better at {', '.join(better) or 'none'}; worse at {', '.join(worse) or 'none'}; "
            f"no difference shown at the other {undecided}"
        )
    return "\n".join([f"{_SUBJECT} (particle and number of labels, p < 0.05):", "", *sentences])


def _others(rows: Rows) -> list[str]:
    return [name for name in distinct(rows, "objective") if name != _SUBJECT]


def _test(rows: Rows, other: str, labels: int) -> PairedTest:
    first, second = (
        by_seed(select(rows, objective=name, labels=labels), _VALUE) for name in (_SUBJECT, other)
    )
    return paired_t_test(first, second)


EXPERIMENT = Experiment(plan, "site_level", show, draw)
