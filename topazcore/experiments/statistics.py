"""Mean, standard deviation and the paired t-test over seeds.

Source: Bepler et al. 2019, figure 5: objectives are compared over repeats that share their labels, so the test is
on the differences within pairs (Student's t for dependent samples, two-sided, by scipy). P-values are not corrected for
the number of tests. Plain numbers only.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy import stats

from topazcore.experiments.experiment import Row, Rows

SIGNIFICANT = 0.05


@dataclass(frozen=True)
class Summary:
    """`count` values: their mean, and their standard deviation with count - 1 below (NaN for one value)."""

    count: int
    mean: float
    deviation: float

    def __str__(self) -> str:
        return f"{self.mean:.3f}" + (f" ± {self.deviation:.3f}" if self.count > 1 else "")


@dataclass(frozen=True)
class PairedTest:
    """`difference`: mean of a - b over the pairs; `p`: two-sided, NaN where nothing varies or for one pair."""

    pairs: int
    difference: float
    t: float
    p: float

    @property
    def is_significant(self) -> bool:
        """Whether p is below 0.05."""
        return self.p < SIGNIFICANT

    def __str__(self) -> str:
        shown = f"{self.difference:+.3f} (p {'–' if math.isnan(self.p) else format(self.p, '.2g')})"
        return f"**{shown}**" if self.is_significant else shown


def summarise(values: Iterable[float]) -> Summary:
    """Mean and standard deviation of at least one value.

    Raises:
        ValueError: there is none.
    """
    values = np.array(list(values), dtype=float)
    if not len(values):
        raise ValueError("no value to summarise")
    deviation = float(values.std(ddof=1)) if len(values) > 1 else math.nan
    return Summary(len(values), float(values.mean()), deviation)


def paired_t_test(a: Mapping[object, float], b: Mapping[object, float]) -> PairedTest:
    """Compare `a` with `b`, paired by their common keys.

    Raises:
        ValueError: they have no key in common.
    """
    keys = [key for key in a if key in b]
    if not keys:
        raise ValueError("nothing to pair")
    first, second = (np.array([side[key] for key in keys], dtype=float) for side in (a, b))
    differences = first - second
    t, p = math.nan, math.nan
    if len(keys) > 1 and np.ptp(differences) > 0:
        t, p = (float(value) for value in stats.ttest_rel(first, second))
    return PairedTest(len(keys), float(differences.mean()), t, p)


def select(rows: Rows, **facts: object) -> list[Row]:
    """The rows that have all these facts."""
    return [row for row in rows if all(row.get(name) == value for name, value in facts.items())]


def distinct(rows: Rows, name: str) -> list:
    """The values of a column, each once, in order of first appearance."""
    return list(dict.fromkeys(row[name] for row in rows if name in row))


def by_seed(rows: Rows, name: str) -> dict[object, float]:
    """Seed to value of a column."""
    return {row["seed"]: row[name] for row in rows}


def summary_of(rows: Rows, name: str) -> Summary:
    """Mean and standard deviation of a column."""
    return summarise(row[name] for row in rows)
