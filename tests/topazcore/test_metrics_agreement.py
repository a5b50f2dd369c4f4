"""Agreement of two sets and removal of overlaps, with the answers written out; and that large sets stay small."""

import math
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from topazcore.coordinates import Coordinates
from topazcore.metrics import agreement, match, overlaps, precision_recall, total_agreement


def table(*rows) -> Coordinates:
    """Rows of name, x, y."""
    names, xs, ys = zip(*rows, strict=True) if rows else ((), (), ())
    return Coordinates(list(names), xs, ys)


A = table(("m", 0, 0), ("m", 100, 0), ("m", 103, 0), ("n", 5, 5))
B = table(("m", 3, 4), ("m", 100, 1), ("o", 9, 9))


def test_each_point_has_one_partner_and_every_micrograph_its_counts():
    parts = agreement(A, B, distance_px=5)
    assert list(parts) == ["m", "n", "o"]
    assert parts["m"].as_dict() == {
        "both": 2, "only_a": 1, "only_b": 0, "jaccard": 2 / 3, "f1": 0.8, "median_distance_px": 3.0,
    }  # fmt: skip
    assert (parts["n"].only_a, parts["o"].only_b, parts["n"].jaccard) == (1, 1, 0)


def test_the_total_adds_counts_and_pools_distances():
    total = total_agreement(agreement(A, B, distance_px=5).values())
    assert (total.both, total.only_a, total.only_b) == (2, 2, 1)
    assert (total.jaccard, total.f1, total.median_distance_px) == (2 / 5, 4 / 7, 3.0)


def test_two_empty_sets_have_no_share():
    total = total_agreement(agreement(table(), table(), distance_px=5).values())
    assert total.as_dict() == {
        "both": 0, "only_a": 0, "only_b": 0, "jaccard": None, "f1": None, "median_distance_px": None,
    }  # fmt: skip
    assert math.isnan(total.jaccard)


rows = st.lists(st.tuples(st.sampled_from("mn"), st.integers(0, 9), st.integers(0, 9)), max_size=12)


@given(rows, rows)
@settings(max_examples=60, deadline=None)
def test_it_is_the_same_from_both_sides(a, b):
    one = total_agreement(agreement(table(*a), table(*b), distance_px=2).values())
    other = total_agreement(agreement(table(*b), table(*a), distance_px=2).values())
    assert (one.both, one.only_a, one.only_b) == (other.both, other.only_b, other.only_a)
    assert (one.both + one.only_a, one.both + one.only_b) == (len(a), len(b))


def test_picks_within_the_distance_of_any_given_one_overlap():
    picks = table(("m", 0, 0), ("m", 4, 0), ("m", 11, 0), ("n", 0, 0))
    given_set = table(("m", 2, 0), ("m", 6, 0), ("o", 0, 0))
    assert overlaps(picks, given_set, distance_px=5).tolist() == [True, True, True, False]
    assert overlaps(picks, given_set, distance_px=4.99).tolist() == [True, True, False, False]


@pytest.mark.parametrize(("picks", "given_set"), [(table(), A), (A, table())])
def test_nothing_overlaps_nothing(picks, given_set):
    found = overlaps(picks, given_set, distance_px=5)
    assert found.shape == (len(picks),) and not found.any()


def test_twenty_thousand_against_twenty_thousand_hold_pairs_only():
    random = np.random.default_rng(0)
    a = random.random((20_000, 2)) * 20_000
    b = a[::-1] + random.uniform(-3, 3, a.shape)
    first = Coordinates(["m"] * len(a), *a.T, random.normal(size=len(a)))
    second = Coordinates(["m"] * len(b), *b.T)
    tracemalloc.start()
    pairs = match(a, b, 10)
    curve = precision_recall(first, second, distance_px=10)
    near = overlaps(first, second, distance_px=10)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(pairs) == curve.true[-1] == near.sum() == 20_000
    # A full table of distances would be 3,200 MB.
    assert peak < 100e6
