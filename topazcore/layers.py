"""The building blocks of classifiers: plain and residual convolutions that never pad.

Source: a plain stage is that of Bepler et al. 2019, Online Methods, "Classifier": convolution, batch normalisation,
parametric rectifier. A residual block is that of He et al., CVPR 2016: two convolutions of 3 x 3 beside a shortcut,
here cropped to the sites that the convolutions are centred on, and with parametric rectifiers.

Without padding a site's score depends on its receptive field alone, and an image moved by whole strides has the
same scores in other places. Both hold for any sequence of strides and dilations, so a tile that starts at a
multiple of the stride has exactly the scores of the whole. These blocks know nothing of labels or of scores.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import nn


@dataclass(frozen=True)
class Layer:
    """One convolution: output channels, kernel width, stride, dilation."""

    channels: int
    width: int
    stride: int = 1
    dilation: int = 1

    @property
    def convolutions(self) -> tuple["Layer", ...]:
        """The convolutions one after another: itself."""
        return (self,)

    def build(self, channels: int) -> nn.Module:
        """The stage for an input of `channels` channels."""
        return nn.Sequential(*_convolved(channels, self), nn.PReLU(self.channels))


@dataclass(frozen=True)
class Residual:
    """Two convolutions of 3 x 3 beside a shortcut: output channels, stride of the second, dilation of each."""

    channels: int
    stride: int = 1
    dilations: tuple[int, int] = (1, 1)

    @property
    def convolutions(self) -> tuple[Layer, ...]:
        """The two convolutions, which see farther than the shortcut."""
        first, second = self.dilations
        return Layer(self.channels, 3, 1, first), Layer(self.channels, 3, self.stride, second)

    def build(self, channels: int) -> nn.Module:
        """The block for an input of `channels` channels."""
        return ResidualBlock(channels, self)


class ResidualBlock(nn.Module):
    """`(b, channels, h, w)` to `(b, plan.channels, i, j)`, smaller by the reach of its two convolutions."""

    def __init__(self, channels: int, plan: Residual):
        super().__init__()
        first, second = plan.convolutions
        # The first convolution has stride 1, so both reach out in pixels of the input.
        self._margin = first.dilation + second.dilation
        self.branch = nn.Sequential(
            *_convolved(channels, first), nn.PReLU(plan.channels), *_convolved(plan.channels, second)
        )
        self.shortcut = nn.Identity()
        if channels != plan.channels or plan.stride > 1:
            self.shortcut = nn.Sequential(*_convolved(channels, Layer(plan.channels, 1, plan.stride)))
        self.rectifier = nn.PReLU(plan.channels)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        inner = slice(self._margin, -self._margin)
        return self.rectifier(self.branch(images) + self.shortcut(images[:, :, inner, inner]))


def span(convolutions: Iterable[Layer]) -> tuple[int, int]:
    """Receptive field and stride, in pixels of the input, of convolutions one after another."""
    field, stride = 1, 1
    for layer in convolutions:
        field += (layer.width - 1) * layer.dilation * stride
        stride *= layer.stride
    return field, stride


def _convolved(channels: int, layer: Layer) -> tuple[nn.Module, nn.Module]:
    convolution = nn.Conv2d(
        channels, layer.channels, layer.width, layer.stride, dilation=layer.dilation, bias=False
    )
    return convolution, nn.BatchNorm2d(layer.channels)
