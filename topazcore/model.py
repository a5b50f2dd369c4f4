"""The classifiers: from a downsampled micrograph to the score of every fourth pixel.

Source: Bepler et al. 2019, Online Methods, "Classifier": three convolutions (32 of 7 x 7 with stride 2, 64 of
5 x 5 with stride 2, 128 of 5 x 5), each with batch normalisation and a parametric rectifier, then a linear
layer. Here the linear layer is a convolution over its window, so that the same weights run over a patch or a
whole micrograph. It knows nothing of labels, and never pads: where it looks beyond the image is not its business.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn

from topazcore.errors import SettingsError


@dataclass(frozen=True)
class Layer:
    """One convolution: output channels, kernel width, stride."""

    channels: int
    width: int
    stride: int = 1


class Classifier(nn.Module):
    """Convolutions with batch normalisation and PReLU, then a linear window: `(b, 1, h, w)` to `(b, i, j)`.

    Site (i, j) of the output is centred at input pixel x = (receptive_field - 1) / 2 + stride * j, likewise
    y and i. The output is the score: the logit of "a particle's centre is here".

    Args:
        layers: the convolutions, in their order.
        window: width of the last, linear window, in sites.
    """

    def __init__(self, layers: tuple[Layer, ...], window: int):
        super().__init__()
        stages, channels = [], 1
        self.receptive_field, self.stride = 1, 1
        for layer in layers:
            stages.append(_stage(channels, layer))
            channels = layer.channels
            self._widen(layer.width)
            self.stride *= layer.stride
        self._widen(window)
        self.features = nn.Sequential(*stages)
        self.linear = nn.Conv2d(channels, 1, window)

    def _widen(self, width: int) -> None:
        self.receptive_field += (width - 1) * self.stride

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.linear(self.features(images)).squeeze(1)

    def start_at(self, pi: float) -> None:
        """Let the first scores be those of a classifier that knows nothing but the class prior `pi`.

        The expected count of positives is right from the first step on, and the penalty on it near its minimum.
        """
        with torch.no_grad():
            self.linear.weight.mul_(0.1)
            self.linear.bias.fill_(math.log(pi / (1 - pi)))


def _stage(channels: int, layer: Layer) -> nn.Sequential:
    convolution = nn.Conv2d(channels, layer.channels, layer.width, layer.stride, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(layer.channels), nn.PReLU(layer.channels))


def _convolutional(window: int, *widths: int) -> Callable[[], Classifier]:
    first, second, third = widths
    layers = (Layer(first, 7, 2), Layer(second, 5, 2), Layer(third, 5))
    return lambda: Classifier(layers, window)


CLASSIFIERS: dict[str, Callable[[], Classifier]] = {
    "conv31": _convolutional(1, 32, 64, 128),
    "conv47": _convolutional(5, 32, 64, 128),
    "conv71": _convolutional(11, 32, 64, 128),
}


def make_classifier(name: str) -> Classifier:
    """A classifier with fresh weights from torch's generator.

    Raises:
        SettingsError: there is no classifier of this name.
    """
    if name not in CLASSIFIERS:
        raise SettingsError(f"classifier {name!r}", f"one of {', '.join(CLASSIFIERS)}")
    return CLASSIFIERS[name]()
