import json
from types import SimpleNamespace

import pytest
import torch

from topazcore.heldout import HeldOutScore
from topazcore.selection import BestOnHeldOut, LastState, interval_of, is_due
from topazcore.training import StepReport

STEPS = 60


class Scripted:
    """Held-out micrographs whose scores are given, one after the other."""

    def __init__(self, *values: float, labels: int = 100, pixels: int = 1000):
        self.pixels, self.finals = pixels, []
        self._values, self._labels = list(values), labels

    def score(self, model, is_final: bool = False) -> HeldOutScore:
        self.finals.append(is_final)
        value = self._values.pop(0) if self._values else 0.0
        return HeldOutScore(1, self._labels, value, 0.5, 0.5, 0.0, True)


@pytest.fixture
def model() -> SimpleNamespace:
    return SimpleNamespace(classifier=torch.nn.Linear(1, 1), offset=0.0)


def at(step: int, loss: float = 1.0) -> StepReport:
    return StepReport(step, STEPS, loss, 0.0, 0.1)


def walk(selection, model, last: int = STEPS, losses: list[float] | None = None) -> list[dict]:
    """Steps 1 to `last`, each of which leaves its number as the weight; what the checks found."""
    found = []
    for step in range(1, last + 1):
        torch.nn.init.constant_(model.classifier.weight, step)
        found.append(selection.look(model, at(step, losses[step - 1] if losses else 1.0)))
    return [facts for facts in found if facts]


def test_checks_begin_after_a_third_and_end_with_the_last_step():
    assert [step for step in range(1, STEPS + 1) if is_due(step, STEPS, interval_of(STEPS))] == [
        25, 32, 39, 46, 53, 60,
    ]  # fmt: skip
    assert [step for step in range(1, 5) if is_due(step, 4, interval_of(4))] == [4]


def test_checks_that_cost_much_are_rarer():
    assert interval_of(60) == 7 and interval_of(300) == 37 and interval_of(60, cost_in_steps=4) == 20
    # A check of 12,000 px beside steps of 1,000 px, worked on thrice, costs 4 steps.
    selection = BestOnHeldOut(Scripted(pixels=12_000), STEPS, 1000)
    assert selection._interval == 20


def test_the_best_is_put_back(model):
    selection = BestOnHeldOut(Scripted(0.2, 0.5, 0.3, 0.3, 0.3, 0.3), STEPS, 1000)
    found = walk(selection, model)
    assert [facts["best"] for facts in found] == [True, True, False, False, False, False]
    assert [facts["best_step"] for facts in found] == [25, 32, 32, 32, 32, 32]
    selection.put_back(model)
    assert model.classifier.weight.item() == 32 and selection.checks_since == 4


@pytest.mark.parametrize(("labels", "best"), [(100, 46), (10, 60)])
def test_with_few_labels_more_is_a_tie_of_which_the_later_counts(model, labels, best):
    selection = BestOnHeldOut(Scripted(0.1, 0.1, 0.1, 0.50, 0.46, 0.46, labels=labels), STEPS, 1000)
    walk(selection, model)
    assert selection.best_step == best


def test_a_training_that_ends_early_is_checked_once_more_but_never_twice(model):
    selection = BestOnHeldOut(Scripted(0.1, 0.2, 0.3), STEPS, 1000)
    walk(selection, model, last=27)
    assert selection.look(model, at(27), is_last=True)["step"] == 27
    assert selection.look(model, at(27), is_last=True) is None


def test_a_model_is_described_at_its_final_threshold(model):
    held_out = Scripted(0.4)
    selection = BestOnHeldOut(held_out, STEPS, 1000)
    walk(selection, model, last=25)
    assert selection.describe(model)["best_step"] == 25 and held_out.finals == [False, True]


def test_without_held_out_micrographs_the_last_state_is_kept(model):
    selection = LastState(STEPS)
    assert walk(selection, model, losses=[1.0] * STEPS) == [] and selection.describe(model) is None
    selection.put_back(model)
    assert model.classifier.weight.item() == selection.best_step == STEPS


def test_the_smoothed_objective_tells_when_nothing_improves(model):
    falling, level = LastState(STEPS), LastState(STEPS)
    walk(falling, model, losses=[float(STEPS - step) for step in range(STEPS)])
    walk(level, model, losses=[2.0] * 25 + [3.0] * 35)
    assert (falling.checks_since, level.checks_since) == (0, 5)


@pytest.mark.parametrize("kept_at", [0, 30])
@pytest.mark.parametrize("by_score", [True, False])
def test_a_restored_one_goes_on_as_the_first_would(model, by_score, kept_at):
    def fresh():
        return BestOnHeldOut(Scripted(*scores), STEPS, 1000) if by_score else LastState(STEPS)

    scores, losses = [0.5, 0.2, 0.2, 0.2, 0.2, 0.2], [1.0] * 10 + [0.5] * 50
    one = fresh()
    walk(one, model, kept_at, losses)
    kept = one.snapshot()
    assert json.loads(json.dumps(kept.facts)) == kept.facts
    scores = scores[1:] if kept_at else scores
    other = fresh()
    other.restore(kept)
    for step in range(kept_at + 1, STEPS + 1):
        report = at(step, losses[step - 1])
        assert one.look(model, report) == other.look(model, report)
    assert (one.best_step, one.checks_since) == (other.best_step, other.checks_since)
