import threading

import numpy as np
import pytest
import torch

from tests.topazcore.test_picking import model
from topazcore.errors import MicrographError
from topazcore.picking import Prepared, pick_prepared
from topazcore.picking_many import pick_in_turn
from topazcore.preprocess import Downsampling

SIDE_PX = 60


def prepared(seed: int = 0) -> Prepared:
    image = np.random.default_rng(seed).standard_normal((SIDE_PX, SIDE_PX)).astype(np.float32)
    return Prepared(image, Downsampling(SIDE_PX, SIDE_PX, 1))


@pytest.fixture
def threads(request):
    before = torch.get_num_threads()
    torch.set_num_threads(request.param)
    yield request.param
    torch.set_num_threads(before)


@pytest.mark.parametrize("threads", [1, 3, 12], indirect=True)
def test_picks_are_those_of_one_after_the_other_in_order(threads):
    found = dict(pick_in_turn(model(), range(7), prepared))
    assert list(found) == list(range(7))
    for seed, picks in found.items():
        expected = pick_prepared(model(), prepared(seed))
        np.testing.assert_allclose(picks.score, expected.score, atol=1e-4)
        assert len(picks) > 3
    assert torch.get_num_threads() == threads


def test_an_error_comes_in_the_place_of_picks():
    def prepare_item(name: str) -> Prepared:
        if name == "bad":
            raise MicrographError("bad")
        return prepared()

    results = dict(pick_in_turn(model(), ["a", "bad", "b"], prepare_item))
    assert list(results) == ["a", "bad", "b"] and isinstance(results["bad"], MicrographError)
    assert len(results["a"]) and len(results["b"])


@pytest.mark.parametrize("threads", [1, 2], indirect=True)
def test_others_are_begun_before_the_first_is_taken(threads):
    """Each waits until another one is begun too: were they done one by one, none would end."""
    begun = threading.Barrier(threads, timeout=20)

    def prepare_item(number: int) -> Prepared:
        begun.wait()
        return prepared(number)

    assert len(list(pick_in_turn(model(), range(4), prepare_item))) == 4


@pytest.mark.parametrize("threads", [2], indirect=True)
def test_items_are_asked_for_late(threads):
    asked = []

    def items():
        for number in range(9):
            asked.append(number)
            yield number

    results = pick_in_turn(model(), items(), lambda number: prepared(number))
    next(results)
    assert len(asked) == threads + 2
    results.close()
    assert len(asked) == threads + 2 and torch.get_num_threads() == threads


def test_nothing_gives_nothing():
    assert list(pick_in_turn(model(), [], prepared)) == []


def test_an_error_that_is_no_persons_fault_is_raised():
    def prepare_item(name: str) -> Prepared:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(pick_in_turn(model(), ["a"], prepare_item))
