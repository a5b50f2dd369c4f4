import pytest
import torch

from topazcore.best_state import BestState


@pytest.fixture
def classifier() -> torch.nn.Module:
    return torch.nn.Linear(1, 1)


def offered(
    best: BestState, classifier: torch.nn.Module, values: list[float], tie: float = 0.1
) -> list[bool]:
    """Offers states whose weight is the number of the step."""
    kept = []
    for step, value in enumerate(values, start=best.step + 1):
        torch.nn.init.constant_(classifier.weight, step)
        kept.append(best.offer(classifier, step, value, tie))
    return kept


def test_the_highest_is_put_back(classifier):
    best = BestState()
    assert offered(best, classifier, [0.2, 0.5, 0.3]) == [True, True, False]
    best.put_back(classifier)
    assert classifier.weight.item() == best.step == 2


def test_of_a_tie_the_later_counts_but_many_small_falls_are_no_tie(classifier):
    best = BestState()
    assert offered(best, classifier, [0.50, 0.46, 0.44]) == [True, True, False]
    assert best.step == 2


def test_it_counts_the_checks_that_reached_no_new_height(classifier):
    best, counted = BestState(), []
    for value in [0.2, 0.2, 0.19, 0.21, 0.1]:
        best.offer(classifier, 1, value, 0.1)
        counted.append(best.checks_since)
    assert counted == [0, 1, 2, 0, 1]


def test_without_a_check_nothing_is_put_back(classifier):
    before = classifier.weight.item()
    BestState().put_back(classifier)
    assert classifier.weight.item() == before


def test_a_restored_one_goes_on_as_the_first_would(classifier):
    one, other = BestState(), BestState()
    offered(one, classifier, [0.2, 0.5, 0.3])
    other.restore(one.snapshot())
    assert (other.step, other.checks_since) == (2, 1)
    assert not other.offer(classifier, 4, 0.44, 0.1) and other.offer(classifier, 5, 0.46, 0.1)
    offered(BestState(), classifier, [0.1])
    other.put_back(classifier)
    assert classifier.weight.item() == 3
