import sys

import pytest
import torch

from topazcore.config import TrainingSettings
from topazcore.optimisation import (
    SCHEDULES,
    constant,
    make_optimizer,
    moments,
    one_cycle,
    restore_moments,
    set_pace,
)

SETTINGS = TrainingSettings(learning_rate=0.1, weight_decay=0.5)


def weights() -> list[torch.nn.Parameter]:
    return [torch.nn.Parameter(torch.tensor([[1.0, -2.0]])), torch.nn.Parameter(torch.tensor([3.0]))]


def step(parameters: list[torch.nn.Parameter], optimizer: torch.optim.AdamW, slope: float) -> None:
    for parameter in parameters:
        parameter.grad = torch.full_like(parameter, slope)
    optimizer.step()


@pytest.mark.parametrize("steps", [1, 2, 3, 10, 41, 300])
def test_one_cycle_is_the_schedule_of_that_name(steps):
    (parameter, *_) = weights()
    optimizer = torch.optim.AdamW([parameter])
    theirs = torch.optim.lr_scheduler.OneCycleLR(optimizer, 2e-3, total_steps=max(2, steps))
    for number in range(1, steps + 1):
        group, ours = optimizer.param_groups[0], one_cycle(number, steps, 2e-3)
        assert ours.learning_rate == pytest.approx(group["lr"], rel=1e-9)
        assert ours.momentum == pytest.approx(group["betas"][0], rel=1e-9)
        step([parameter], optimizer, 1.0)
        if number < max(2, steps):
            theirs.step()


def test_the_rate_rises_to_its_peak_and_falls_to_nearly_nothing():
    rates = [one_cycle(number, 100, 1.0).learning_rate for number in range(1, 101)]
    assert rates[0] == pytest.approx(0.04) and rates[-1] == pytest.approx(4e-6)
    assert max(rates) == rates[29] == pytest.approx(1.0)


def test_a_constant_rate_is_the_same_at_every_step():
    assert {constant(number, 9, 0.3) for number in range(1, 10)} == {constant(1, 1, 0.3)}
    assert constant(1, 1, 0.3).learning_rate == 0.3 and set(SCHEDULES) == {"one-cycle", "constant"}


def test_weight_decay_shrinks_the_weights_themselves():
    parameters = weights()
    optimizer = make_optimizer(parameters, SETTINGS)
    step(parameters, optimizer, 0.0)
    # Without a slope nothing but rate times decay is left: 1 - 0.1 * 0.5.
    assert torch.allclose(parameters[0], torch.tensor([[0.95, -1.9]]))


def test_it_steps_as_torchs_own_does_and_without_the_compiler(monkeypatch):
    ours, theirs = weights(), weights()
    reference = torch.optim.AdamW(theirs, lr=0.1, weight_decay=0.5, fused=True)
    slopes = (1.0, -3.0, 0.5)
    for slope in slopes:
        step(theirs, reference, slope)
    monkeypatch.setitem(sys.modules, "torch._dynamo", None)
    with pytest.raises(ImportError):
        reference.step()
    optimizer = make_optimizer(ours, SETTINGS)
    for slope in slopes:
        optimizer.zero_grad()
        step(ours, optimizer, slope)
        restore_moments(optimizer, moments(optimizer))
    assert all(torch.equal(a, b) for a, b in zip(ours, theirs, strict=True))


def test_the_pace_is_that_of_the_next_step():
    parameters = weights()
    optimizer = make_optimizer(parameters, SETTINGS)
    set_pace(optimizer, one_cycle(1, 10, 0.2))
    assert optimizer.param_groups[0]["lr"] == pytest.approx(0.008)
    assert optimizer.param_groups[0]["betas"] == (pytest.approx(0.95), 0.999)


def test_restored_moments_give_the_same_next_step():
    one, other = weights(), weights()
    first, second = make_optimizer(one, SETTINGS), make_optimizer(other, SETTINGS)
    step(one, first, 1.0)
    with torch.no_grad():
        for target, source in zip(other, one, strict=True):
            target.copy_(source)
    restore_moments(second, {name: value.clone() for name, value in moments(first).items()})
    step(one, first, -3.0)
    step(other, second, -3.0)
    assert all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


def test_moments_lie_in_memory_as_their_weight_does():
    layout = torch.channels_last
    weight = torch.nn.Parameter(torch.arange(24.0).reshape(2, 3, 2, 2).contiguous(memory_format=layout))
    optimizer = make_optimizer([weight], SETTINGS)
    weight.grad = torch.arange(24.0).reshape(2, 3, 2, 2).contiguous(memory_format=layout)
    optimizer.step()
    kept = {
        name: value.clone(memory_format=torch.contiguous_format) for name, value in moments(optimizer).items()
    }
    restore_moments(optimizer, kept)
    restored = moments(optimizer)
    assert restored["0.exp_avg"].is_contiguous(memory_format=layout)
    assert all(torch.equal(restored[name], kept[name]) for name in kept)


@pytest.mark.parametrize("name", ["0.step", "1.exp_avg", "0.exp_avg_sq"])
def test_moments_of_other_weights_are_refused(name):
    parameters = weights()
    optimizer = make_optimizer(parameters, SETTINGS)
    step(parameters, optimizer, 1.0)
    remembered = moments(optimizer)
    with pytest.raises(ValueError, match="other weights"):
        restore_moments(optimizer, {**remembered, name: torch.zeros(7)})
    del remembered[name]
    with pytest.raises(ValueError, match="other weights"):
        restore_moments(optimizer, remembered)
