"""A classifier made ready to score: its batch normalisations folded into its convolutions, in the device's precision.

In scoring a batch normalisation is a factor and an offset for each channel, and the convolution before it can do both.
A finer grid of sites is not scored by running the whole network on moved images, but from the stage on where the grid
gets too coarse: that stage keeps all its places, and the rest of the network runs on every second of them, once for
each way to begin. The convolutions compute in 16 bit where the device has instructions for that; the linear layer, and
so the scores, are float32 everywhere. It never changes the classifier that it is made from, and never trains.
"""

from copy import deepcopy
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from topazcore.model import Classifier
from topazcore.precision import choose_precision


class Scorer:
    """Scores of images, as the classifier would give them, on sites as close as wanted.

    Args:
        classifier: as it is now; it may be trained on afterwards.
        fineness: sites per stride and direction: a product of the strides of the last stages that have one.

    Raises:
        ValueError: it is no such product.

    Attributes:
        receptive_field: of a site.
        spacing: pixels between sites.
    """

    def __init__(self, classifier: Classifier, fineness: int = 1):
        self.receptive_field, self.spacing = classifier.receptive_field, classifier.stride // fineness
        self.fineness = fineness
        self._device = next(classifier.parameters()).device
        self._precision = choose_precision(self._device)
        self._network = folded(classifier)
        self._splits = _refine(self._network.features, fineness)
        self._network.to(memory_format=self._precision.layout)

    def __call__(self, images: torch.Tensor) -> torch.Tensor:
        """Scores `(b, i, j)`, float32 on the CPU.

        Args:
            images: `(b, 1, h, w)`: h is receptive_field + (i - 1) * spacing, w likewise; `fineness` divides i and j.
        """
        images = images.to(self._device, memory_format=self._precision.layout)
        with torch.inference_mode():
            with self._precision.autocast():
                features = self._network.features(images)
            # One after the other: as float32 all of them together leave the cache.
            scores = torch.cat([self._network.score(each.float()) for each in features.split(1)])
            for split in reversed(self._splits):
                scores = split.joined(scores)
            return scores.cpu()


@dataclass(eq=False)
class Split(nn.Module):
    """Every `stride`-th place, once for each way to begin: `(b, c, h, w)` to `(s * s * b, c, h / s, w / s)`."""

    stride: int

    def __post_init__(self):
        super().__init__()

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        begins = range(self.stride)
        parts = [maps[:, :, row :: self.stride, column :: self.stride] for row in begins for column in begins]
        return torch.cat(parts)

    def joined(self, maps: torch.Tensor) -> torch.Tensor:
        """What became of the parts, put together: `(s * s * b, i, j)` to `(b, s * i, s * j)`."""
        stride, (_, rows, columns) = self.stride, maps.shape
        parts = maps.view(stride, stride, -1, rows, columns)
        return parts.permute(2, 3, 0, 4, 1).reshape(-1, rows * stride, columns * stride)


def _refine(stages: nn.Sequential, fineness: int) -> list[Split]:
    """Let the last strided stages keep all places, and what follows run on parts of these; gives the splits."""
    splits: list[Split] = []
    for place in reversed(range(len(stages))):
        strided = [each for each in stages[place].modules() if getattr(each, "stride", (1, 1)) != (1, 1)]
        if fineness == 1 or not strided:
            continue
        stride = strided[0].stride[0]
        if fineness % stride:
            break
        for convolution in strided:
            convolution.stride = (1, 1)
        splits.insert(0, Split(stride))
        stages[place] = nn.Sequential(stages[place], splits[0])
        fineness //= stride
    if fineness > 1:
        raise ValueError("sites finer than the network's strides can give")
    return splits


def folded(classifier: Classifier) -> Classifier:
    """A copy that scores the same, without batch normalisations."""
    copy = deepcopy(classifier).eval()
    for stage in copy.modules():
        if isinstance(stage, nn.Sequential):
            _fold(stage)
    return copy


def _fold(stage: nn.Sequential) -> None:
    for place in range(len(stage) - 1):
        convolution, normalisation = stage[place], stage[place + 1]
        if isinstance(convolution, nn.Conv2d) and isinstance(normalisation, nn.BatchNorm2d):
            stage[place] = fuse_conv_bn_eval(convolution, normalisation)
            stage[place + 1] = nn.Identity()
