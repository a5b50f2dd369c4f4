"""How grey values are normalised where carbon covers half of every second micrograph.

Source: Bepler et al. 2019, supplementary figures 1 to 3: the mixture of two Gaussians keeps the ice comparable
between micrographs. Judged by the free ice without its particles, whose mean and spread should not depend on
whether there is carbon beside it, and by a training with each. "Plain" is each micrograph's own mean and standard
deviation, which no training uses; our affine normalisation takes robust ones.
"""

from typing import TYPE_CHECKING

from topazcore.experiments.experiment import Experiment, Form, Row, Rows, Table, Trial
from topazcore.experiments.plots import COLOURS, label_axes
from topazcore.experiments.sets import standard_set
from topazcore.experiments.statistics import distinct, select, summary_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_NORMALISATIONS = ("affine", "mixture")
_NAMES = {"affine": "affine (robust)", "mixture": "mixture"}
_PLAIN = "plain"
_CARBON = {"carbon": 0.5, "contaminated_every": 2}
_LABELS, _QUICK_LABELS = 50, 8
_STEPS, _QUICK_STEPS = 120, 3


def plan(form: Form) -> list[Trial]:
    """Every normalisation with every seed; half as many particles, since carbon takes half of the room."""
    particles = 8.0 if form.quick else 25.0
    return [
        Trial(
            facts={"normalisation": name},
            data=standard_set("globule", form.quick, particles_per_micrograph=particles, **_CARBON),
            labels=_QUICK_LABELS if form.quick else _LABELS,
            seed=seed,
            settings={"normalisation": name, "max_steps": _QUICK_STEPS if form.quick else _STEPS},
        )
        for name in _NORMALISATIONS
        for seed in form.repeats
    ]


def show(rows: Rows) -> list[Table | str]:
    """Grey values of the ice, and accuracy."""
    ice = [[_PLAIN, *_ice_cells(rows[0], "plain")]]
    accuracy = []
    for name in distinct(rows, "normalisation"):
        chosen = select(rows, normalisation=name)
        ice.append([_NAMES[name], *_ice_cells(chosen[0], "ice")])
        accuracy.append([_NAMES[name], str(summary_of(chosen, "site_average_precision"))])
    moments = [
        "mean",
        "mean beside carbon",
        "spread",
        "spread beside carbon",
        "shift of mean",
        "ratio of spreads",
    ]
    return [
        Table("Free ice after normalisation:", ["normalisation", *moments], ice),
        Table(
            "A training with each, tested on micrographs with and without carbon:",
            ["normalisation", "average precision of sites"],
            accuracy,
        ),
    ]


def draw(rows: Rows, figure: "Figure") -> None:
    """How far the ice moves and widens beside carbon, and the accuracy."""
    names = distinct(rows, "normalisation")
    ice = {_PLAIN: (rows[0], "plain")} | {
        _NAMES[name]: (select(rows, normalisation=name)[0], "ice") for name in names
    }
    shift, ratio, accuracy = figure.subplots(1, 3)
    labels = [name.replace(" ", "\n", 1) for name in ice]
    shift.bar(labels, [_shift(*source) for source in ice.values()], color=COLOURS[0])
    label_axes(shift, "ice beside carbon: shift", "", "of the mean")
    ratio.bar(labels, [_ratio(*source) for source in ice.values()], color=COLOURS[1])
    ratio.axhline(1, color="grey", lw=0.8)
    label_axes(ratio, "ice beside carbon: spread", "", "relative to ice without")
    summaries = [summary_of(select(rows, normalisation=name), "site_average_precision") for name in names]
    deviations = [each.deviation if each.count > 1 else 0 for each in summaries]
    accuracy.bar(names, [each.mean for each in summaries], yerr=deviations, color=COLOURS[2], capsize=3)
    label_axes(accuracy, "training", "", "average precision of sites")
    for axes in (shift, ratio, accuracy):
        axes.tick_params(axis="x", labelsize=7)


def _ice_cells(row: Row, source: str) -> list[str]:
    columns = ("mean", "mean_beside_carbon", "spread", "spread_beside_carbon")
    cells = [f"{row[f'{source}_{column}']:.3f}" for column in columns]
    return [*cells, f"{_shift(row, source):+.3f}", f"{_ratio(row, source):.3f}"]


def _shift(row: Row, source: str) -> float:
    return row[f"{source}_mean_beside_carbon"] - row[f"{source}_mean"]


def _ratio(row: Row, source: str) -> float:
    return row[f"{source}_spread_beside_carbon"] / row[f"{source}_spread"]


EXPERIMENT = Experiment(plan, "ice_and_accuracy", show, draw)
