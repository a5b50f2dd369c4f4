"""The autoencoder beside the classifier: features must also be able to draw what they were taken from.

Source: Bepler et al. 2019, Online Methods, the hybrid of classifier and autoencoder. The paper's: the encoder is the
classifier up to its last, linear layer; a decoder of transposed convolutions reconstructs the crop from the
features; gamma times the squared error of the reconstruction is added to the classifier's objective; gamma is 0,
1 or 10/N for N labels, and helps only while labels are few, up to about 250.

Chosen here:
- the decoder mirrors the encoder, convolution by convolution, without shortcuts: so it fits every classifier;
- the error is the mean over a crop's pixels: near 1 at the start whatever the crop's size, since images are normalised;
- of dense patches one site each, at random, is decoded, from its own features to its own window. Decoded
  together, neighbours would share the work: `conv31` has 8 features for every pixel of a patch, enough to copy it
  and learn nothing, but 0.13 for every pixel of a site's window. The error of a site drawn at random has the
  same mean as that of all, and costs as much as one crop for each patch.

The decoder lives during training only and is no part of a model. Nothing here chooses sites that are labeled.
"""

import torch
from torch import nn

from topazcore.config import TrainingSettings
from topazcore.layers import Layer
from topazcore.model import Classifier

# With more labels than this the paper found no use for it.
MOST_LABELS = 250


def reconstruction_weight(setting: str, labels: int) -> float:
    """gamma for the setting `reconstruction` and a number of positive labels, 1 or more."""
    if setting in ("0", "1"):
        return float(setting)
    if setting == "auto" and labels > MOST_LABELS:
        return 0.0
    return 10 / labels


class Decoder(nn.Module):
    """The classifier's convolutions backwards: `(b, channels, window, window)` to `(b, 1, field, field)`."""

    def __init__(self, classifier: Classifier):
        super().__init__()
        backwards = classifier.convolutions[::-1]
        before = [layer.channels for layer in backwards[1:]]
        stages = [_stage(layer, channels) for layer, channels in zip(backwards[:-1], before, strict=True)]
        last = _transposed(backwards[-1], 1, bias=True)
        # Near the mean of every image at first, 0: the error starts at the images' own variance.
        last.weight.data.mul_(0.1)
        nn.init.zeros_(last.bias)
        self.stages = nn.Sequential(*stages, last)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        return self.stages(features)


class Reconstruction(nn.Module):
    """A term of a training's loss: gamma times the mean squared error of decoded sites.

    Its parameters are trained with the classifier's; its state is the decoder's.
    """

    def __init__(self, classifier: Classifier, gamma: float):
        super().__init__()
        self.gamma, self.decoder = gamma, Decoder(classifier)
        self._field, self._stride = classifier.receptive_field, classifier.stride
        self._window = classifier.window

    def forward(self, images: torch.Tensor, features: torch.Tensor, random: torch.Generator) -> torch.Tensor:
        """The term, a scalar.

        Args:
            images: `(b, 1, h, w)`; `features`: what the classifier's `features` made of them.
            random: chooses one site of each image.
        """
        places = self._places(features, random)
        windows = _cut(images, self._stride * places, self._field)
        decoded = self.decoder(_cut(features, places, self._window))
        return self.gamma * torch.mean((decoded.float() - windows.float()) ** 2)

    def _places(self, features: torch.Tensor, random: torch.Generator) -> torch.Tensor:
        """`(b, 2)` row, column of a site of each image."""
        number, _, rows, columns = features.shape
        sites = (rows - self._window + 1, columns - self._window + 1)
        return torch.stack([torch.randint(size, (number,), generator=random) for size in sites], dim=1)


def make_reconstruction(
    classifier: Classifier, settings: TrainingSettings, labels: int
) -> Reconstruction | None:
    """The term that the settings ask for, on the classifier's device.

    Returns:
        None at gamma 0; no random number is drawn then.
    """
    gamma = reconstruction_weight(settings.reconstruction, labels)
    if not gamma:
        return None
    return Reconstruction(classifier, gamma).to(next(classifier.parameters()).device)


def _stage(layer: Layer, channels: int) -> nn.Sequential:
    return nn.Sequential(_transposed(layer, channels), nn.BatchNorm2d(channels), nn.PReLU(channels))


def _transposed(layer: Layer, channels: int, bias: bool = False) -> nn.ConvTranspose2d:
    """The way back through a convolution, to `channels` channels."""
    return nn.ConvTranspose2d(
        layer.channels, channels, layer.width, layer.stride, dilation=layer.dilation, bias=bias
    )


def _cut(images: torch.Tensor, corners: torch.Tensor, width: int) -> torch.Tensor:
    """`(b, c, width, width)` of `(b, c, h, w)`, each at its own row and column."""
    return torch.stack([
        image[:, row : row + width, column : column + width]
        for image, (row, column) in zip(images, corners.tolist(), strict=True)
    ])  # fmt: skip
