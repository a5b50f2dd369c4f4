"""Statistics by hand-made numbers."""

import math

import pytest

from topazcore.experiments.statistics import (
    PairedTest,
    by_seed,
    distinct,
    paired_t_test,
    select,
    summarise,
)

ROWS = [
    {"objective": "a", "seed": 0, "value": 0.5},
    {"objective": "a", "seed": 1, "value": 0.7},
    {"objective": "b", "seed": 0, "value": 0.1},
]


def test_mean_and_deviation_with_one_less_below():
    summary = summarise([1.0, 2.0, 6.0])
    # Deviations -2, -1, 3: squares sum to 14, and 14 / 2 = 7.
    assert (summary.count, summary.mean) == (3, 3.0)
    assert summary.deviation == pytest.approx(math.sqrt(7))
    assert str(summary) == "3.000 ± 2.646"


def test_one_value_has_no_deviation():
    summary = summarise([0.25])
    assert math.isnan(summary.deviation)
    assert str(summary) == "0.250"


def test_no_value_is_refused():
    with pytest.raises(ValueError, match="no value"):
        summarise([])


def test_the_paired_test_is_on_the_differences():
    # Differences 1, 2, 3: mean 2, deviation 1, so t = 2 / (1 / sqrt 3); with two degrees of freedom the two-sided
    # p is 1 - t / sqrt(t^2 + 2).
    test = paired_t_test({0: 11.0, 1: 102.0, 2: 7.0}, {2: 4.0, 1: 100.0, 0: 10.0})
    assert (test.pairs, test.difference) == (3, 2.0)
    assert test.t == pytest.approx(math.sqrt(12))
    assert test.p == pytest.approx(1 - math.sqrt(12 / 14))
    assert not test.is_significant


def test_only_common_keys_are_paired():
    assert paired_t_test({0: 3.0, 1: 5.0, 7: 100.0}, {0: 1.0, 1: 1.0, 8: 50.0}).difference == 3.0
    with pytest.raises(ValueError, match="nothing to pair"):
        paired_t_test({0: 1.0}, {1: 1.0})


@pytest.mark.parametrize("a", [{0: 2.0}, {0: 2.0, 1: 3.0}], ids=["one pair", "equal differences"])
def test_where_nothing_varies_there_is_no_p(a):
    test = paired_t_test(a, {key: value - 1 for key, value in a.items()})
    assert test.difference == 1.0 and math.isnan(test.p) and not test.is_significant
    assert str(test) == "+1.000 (p –)"


def test_a_significant_difference_is_bold():
    assert str(PairedTest(5, -0.0312, -4.0, 0.0161)) == "**-0.031 (p 0.016)**"


def test_rows_are_chosen_by_facts():
    assert select(ROWS, objective="a", seed=1) == [ROWS[1]]
    assert distinct(ROWS, "objective") == ["a", "b"]
    assert by_seed(select(ROWS, objective="a"), "value") == {0: 0.5, 1: 0.7}
