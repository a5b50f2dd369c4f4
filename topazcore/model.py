"""The classifiers: from a downsampled micrograph to the score of every fourth, eighth or sixteenth pixel.

Source: Bepler et al. 2019, Online Methods, "Classifier": three convolutions (32 of 7 x 7 with stride 2, 64 of
5 x 5 with stride 2, 128 of 5 x 5), each with batch normalisation and a parametric rectifier, then a linear
layer. `conv31`, `conv47` and `conv71` are these with linear windows of 1, 5 and 11 sites; `conv63` and `conv127` have
one and two more convolutions of 5 x 5 with stride 2, each with twice the channels of the one before; `resnet8` and
`resnet16` are eight and sixteen layers with residual blocks, which see 71 and 79 pixels at stride 4. How their layers
lie is our choice: dilation in place of more strides keeps their sites as dense as those of `conv31`.

The linear layer is a convolution over its window, so that the same weights run over a patch or a whole
micrograph. A classifier knows nothing of labels, and never pads: where it looks beyond the image is not its business.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn

from topazcore.errors import SettingsError
from topazcore.layers import Layer, Residual, span

# 400 MB: the largest model file that is read has 512.
LARGEST_PARAMETERS = 100_000_000


class Classifier(nn.Module):
    """Convolutions, then a linear window: `(b, 1, h, w)` to `(b, i, j)`.

    Site (i, j) of the output is centred at input pixel x = (receptive_field - 1) / 2 + stride * j, likewise
    y and i. The output is the score: the logit of "a particle's centre is here".

    Args:
        layers: the convolutions, in their order.
        window: width of the last, linear window, in sites.
        dropout: share of the features that are left out of the linear layer at random in training, at each site
            others; drawn from torch's own generator. Nothing is normalised after it, so that scores keep
            their spread without it.
    """

    def __init__(self, layers: tuple[Layer | Residual, ...], window: int, dropout: float = 0.0):
        super().__init__()
        stages, channels = [], 1
        for layer in layers:
            stages.append(layer.build(channels))
            channels = layer.channels
        self.convolutions = tuple(each for layer in layers for each in layer.convolutions)
        self.window = window
        self.receptive_field, self.stride = span((*self.convolutions, Layer(1, window)))
        self.features = nn.Sequential(*stages)
        self.dropout = nn.Dropout(dropout)
        self.linear = nn.Conv2d(channels, 1, window)
        # AdamW moves every weight by about the learning rate: with 11 x 11 sites as they are a step would move scores
        # a hundred times as far as with one, and nothing is learned. So features are divided by the sites' number.
        self.linear.weight.data.mul_(window**2)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.score(self.features(images))

    def score(self, features: torch.Tensor) -> torch.Tensor:
        """The scores of `(b, channels, i + window - 1, j + window - 1)` features: `(b, i, j)`."""
        return self.linear(self.dropout(features) / self.window**2).squeeze(1)

    def start_at(self, pi: float) -> None:
        """Let the first scores be those of a classifier that knows nothing but the class prior `pi`.

        The expected count of positives is right from the first step on, and the penalty on it near its minimum.
        """
        with torch.no_grad():
            self.linear.weight.mul_(0.1)
            self.linear.bias.fill_(math.log(pi / (1 - pi)))


@dataclass(frozen=True)
class Architecture:
    """A classifier before its size is chosen: its layers for a number of units, and its linear window."""

    layers: Callable[[int], tuple[Layer | Residual, ...]]
    window: int = 1


def _convolutional(depth: int, window: int = 1) -> Architecture:
    """`depth` convolutions: the first of 7 x 7, the others of 5 x 5; all but the last have stride 2."""

    def layers(units: int) -> tuple[Layer, ...]:
        return tuple(
            Layer(units * 2**place, 5 if place else 7, 2 if place < depth - 1 else 1)
            for place in range(depth)
        )

    return Architecture(layers, window)


def _resnet8(units: int) -> tuple[Layer | Residual, ...]:
    return (
        Layer(units, 7, 2),
        Residual(units, stride=2),
        Residual(2 * units, dilations=(1, 2)),
        Residual(4 * units, dilations=(2, 2)),
    )


def _resnet16(units: int) -> tuple[Layer | Residual, ...]:
    return (
        Layer(units, 7, 2),
        *(Residual(units) for _ in range(4)),
        Residual(2 * units, stride=2),
        Residual(4 * units),
        Residual(4 * units),
    )


# In the order of `config.CLASSIFIERS`.
CLASSIFIERS: dict[str, Architecture] = {
    "conv31": _convolutional(3),
    "conv47": _convolutional(3, window=5),
    "conv71": _convolutional(3, window=11),
    "conv63": _convolutional(4),
    "conv127": _convolutional(5),
    "resnet8": Architecture(_resnet8),
    "resnet16": Architecture(_resnet16),
}


def make_classifier(name: str, units: int = 32, dropout: float = 0.0) -> Classifier:
    """A classifier with fresh weights from torch's generator.

    Args:
        units: channels of the first layer; all others grow with it.
        dropout: see `Classifier`.

    Raises:
        SettingsError: there is no classifier of this name, or it is too large with so many units.
    """
    if name not in CLASSIFIERS:
        raise SettingsError(f"classifier {name!r}", f"one of {', '.join(CLASSIFIERS)}")
    architecture = CLASSIFIERS[name]
    layers = architecture.layers(units)
    # Counted without memory for them: these numbers may come from a file.
    with torch.device("meta"):
        parameters = count_parameters(Classifier(layers, architecture.window))
    if parameters > LARGEST_PARAMETERS:
        raise SettingsError(
            f"{name} of {units} units, {parameters:,} parameters",
            f"at most {LARGEST_PARAMETERS:,}",
            "choose fewer units",
        )
    return Classifier(layers, architecture.window, dropout)


def count_parameters(module: nn.Module) -> int:
    """How many numbers a module learns."""
    return sum(parameter.numel() for parameter in module.parameters())
