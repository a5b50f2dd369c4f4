"""The optimiser and the schedules of its rate: pure functions of the step, so that a step number is all their state.

Source: Loshchilov & Hutter, "Decoupled weight decay regularization", ICLR 2019 (AdamW: the L2 of the settings shrinks
the weights themselves, not through the gradient); Smith & Topin, "Super-convergence", 2018 (one cycle: the rate
rises and falls along cosines while the momentum does the opposite). The paper's own choice is the constant rate.
It knows no loss and no labels.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from inspect import unwrap

import torch
from torch import nn

from topazcore.config import TrainingSettings

# Share of the steps in which the learning rate rises.
_WARM_UP = 0.3
# The rate begins at a 25th of its peak and ends at a 10,000th of where it began.
_FIRST, _LAST = 1 / 25, 1 / 25e4
_MOMENTUM_AT_PEAK, _MOMENTUM_AWAY = 0.85, 0.95
_USUAL_MOMENTUM = 0.9
# What AdamW remembers of a weight: a number, and two tensors of the weight's shape.
_MOMENTS = ("step", "exp_avg", "exp_avg_sq")


@dataclass(frozen=True)
class Pace:
    """How fast one step goes: the learning rate, and the momentum (the first of Adam's two betas)."""

    learning_rate: float
    momentum: float


# step counts from 1 to steps; peak is the highest learning rate.
Schedule = Callable[[int, int, float], Pace]


def one_cycle(step: int, steps: int, peak: float) -> Pace:
    """Up to the peak in the first 30 % of the steps, then down to nearly nothing at the last."""
    last = max(2, steps) - 1
    top = _WARM_UP * max(2, steps) - 1
    done = step - 1
    if done <= top:
        way = done / top
        return Pace(
            _cosine(_FIRST * peak, peak, way),
            _cosine(_MOMENTUM_AWAY, _MOMENTUM_AT_PEAK, way),
        )
    way = (done - top) / (last - top)
    return Pace(_cosine(peak, _LAST * peak, way), _cosine(_MOMENTUM_AT_PEAK, _MOMENTUM_AWAY, way))


def constant(step: int, steps: int, peak: float) -> Pace:
    """The same at every step."""
    return Pace(peak, _USUAL_MOMENTUM)


SCHEDULES: dict[str, Schedule] = {"one-cycle": one_cycle, "constant": constant}


class _UncompiledAdamW(torch.optim.AdamW):
    """AdamW without torch's compiler, which these methods load only to tell it to leave them alone.

    Loading it takes longer than many steps, and nothing here is ever compiled.
    """

    add_param_group = unwrap(torch.optim.Optimizer.add_param_group)
    load_state_dict = unwrap(torch.optim.Optimizer.load_state_dict)
    state_dict = unwrap(torch.optim.Optimizer.state_dict)
    step = torch.no_grad()(unwrap(torch.optim.AdamW.step))
    zero_grad = unwrap(torch.optim.Optimizer.zero_grad)


def make_optimizer(weights: Iterable[nn.Parameter], settings: TrainingSettings) -> torch.optim.AdamW:
    """AdamW with the settings' rate and weight decay."""
    return _UncompiledAdamW(
        weights, lr=settings.learning_rate, weight_decay=settings.weight_decay, fused=True
    )


def set_pace(optimizer: torch.optim.AdamW, pace: Pace) -> None:
    """Let the next step go at `pace`."""
    for group in optimizer.param_groups:
        group["lr"] = pace.learning_rate
        group["betas"] = (pace.momentum, group["betas"][1])


def moments(optimizer: torch.optim.AdamW) -> dict[str, torch.Tensor]:
    """What AdamW remembers of earlier gradients, by "weight number.name"; empty before the first step."""
    remembered = optimizer.state_dict()["state"]
    return {f"{number}.{name}": values[name] for number, values in remembered.items() for name in _MOMENTS}


def restore_moments(optimizer: torch.optim.AdamW, remembered: Mapping[str, torch.Tensor]) -> None:
    """Let AdamW go on from what `moments` gave.

    Raises:
        ValueError: they are those of other weights.
    """
    weights = optimizer.param_groups[0]["params"]
    state = {
        number: {name: remembered.get(f"{number}.{name}") for name in _MOMENTS}
        for number in range(len(weights))
    }
    for weight, values in zip(weights, state.values(), strict=True):
        shapes = [None if value is None else value.shape for value in values.values()]
        if shapes != [torch.Size(), weight.shape, weight.shape]:
            raise ValueError("moments of other weights")
    for weight, values in zip(weights, state.values(), strict=True):
        # The fused step reads weight and moments side by side in memory: they must lie alike.
        values.update({name: _laid_like(weight, values[name]) for name in _MOMENTS[1:]})
    optimizer.load_state_dict({**optimizer.state_dict(), "state": state})


def _laid_like(weight: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
    return torch.empty_like(weight, requires_grad=False).copy_(values)


def _cosine(start: float, end: float, way: float) -> float:
    """From start to end along half a cosine, as `way` goes from 0 to 1."""
    return end + (start - end) * (1 + math.cos(math.pi * way)) / 2
