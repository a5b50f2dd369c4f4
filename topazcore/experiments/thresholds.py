"""Picks, true and false ones, as the threshold falls, for models trained with few labels.

Source: Bepler et al. 2019, figure 4: the first picks of a model are nearly all true, and false ones come in numbers
only when most particles are found.
"""

from typing import TYPE_CHECKING

import numpy as np

from topazcore.experiments.experiment import Experiment, Form, Row, Rows, Table, Trial
from topazcore.experiments.plots import COLOURS, label_axes
from topazcore.experiments.sets import STANDARD_SNR, standard_set
from topazcore.experiments.statistics import distinct, select, summarise

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_LABELS, _QUICK_LABELS = 10, 5
_STEPS, _QUICK_STEPS = 120, 3
# Picks in units of the true number of particles.
_SHARES = (0.25, 0.5, 0.75, 1.0, 1.5, 2.0)


def plan(form: Form) -> list[Trial]:
    """Ten labels, every seed, every particle."""
    return [
        Trial(
            facts={"particle": particle},
            data=standard_set(particle, form.quick),
            labels=_QUICK_LABELS if form.quick else _LABELS,
            seed=seed,
            settings={"max_steps": _QUICK_STEPS if form.quick else _STEPS},
        )
        for particle in STANDARD_SNR
        for seed in form.repeats
    ]


def show(rows: Rows) -> list[Table | str]:
    """True and false picks at some numbers of picks, and at the default threshold."""
    return [_table(select(rows, particle=particle), particle) for particle in distinct(rows, "particle")]


def draw(rows: Rows, figure: "Figure") -> None:
    """A panel for each particle: true and false picks against the threshold, a thin line for each seed."""
    particles = distinct(rows, "particle")
    for axes, particle in zip(figure.subplots(1, len(particles), squeeze=False)[0], particles, strict=True):
        chosen = select(rows, particle=particle)
        for place, row in enumerate(chosen):
            false = np.subtract(row["picks"], row["true"])
            axes.plot(row["threshold"], row["true"], COLOURS[0], lw=1, label=None if place else "true")
            axes.plot(row["threshold"], false, COLOURS[1], lw=1, label=None if place else "false")
        axes.axhline(chosen[0]["truth"], color="grey", lw=0.8, ls=":", label="particles")
        axes.axvline(0, color="grey", lw=0.8)
        axes.set_ylim(0, 2 * chosen[0]["truth"])
        axes.invert_xaxis()
        label_axes(axes, particle, "threshold", "picks")
    figure.axes[0].legend(fontsize=8, frameon=False)


def _table(rows: Rows, particle: str) -> Table:
    truth = rows[0]["truth"]
    lines = [_line(f"{share:g}", [_at(row, share * truth) for row in rows], truth) for share in _SHARES]
    at_0 = [(row["picks_at_0"], row["true_at_0"]) for row in rows]
    return Table(
        f"{particle}, {rows[0]['labels']} labels, {truth} particles on the test micrographs:",
        ["picks / particles", "picks", "true", "false", "precision", "recall"],
        [*lines, _line("at threshold 0", at_0, truth)],
    )


def _line(name: str, counts: list[tuple[float, float]], truth: int) -> list[str]:
    """Means over seeds of picks and true ones, and what follows from each seed's."""
    picks, true = (np.array(column, dtype=float) for column in zip(*counts, strict=True))
    means = [f"{values.mean():.0f}" for values in (picks, true, picks - true)]
    precision, recall = summarise(true / np.maximum(picks, 1)), summarise(true / truth)
    return [name, *means, str(precision), str(recall)]


def _at(row: Row, picks: float) -> tuple[float, float]:
    """Picks and true ones of a curve where there are so many picks, at most all."""
    reached = min(picks, row["picks"][-1])
    return reached, float(np.interp(reached, [0, *row["picks"]], [0, *row["true"]]))


EXPERIMENT = Experiment(plan, "curve_of_picks", show, draw)
