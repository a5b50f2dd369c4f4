"""A classifier made ready to score: its batch normalisations folded into its convolutions, in the device's precision.

In scoring a batch normalisation is a factor and an offset for each channel, and the convolution before it can do both.
The convolutions compute in 16 bit where the device has instructions for that; the linear layer, and so the scores,
are float32 everywhere. It never changes the classifier that it is made from, and never trains.
"""

from copy import deepcopy

import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from topazcore.model import Classifier
from topazcore.precision import choose_precision


class Scorer:
    """Scores of images, as the classifier would give them.

    Args:
        classifier: as it is now; it may be trained on afterwards.

    Attributes:
        receptive_field, stride: of the classifier.
    """

    def __init__(self, classifier: Classifier):
        self.receptive_field, self.stride = classifier.receptive_field, classifier.stride
        self._device = next(classifier.parameters()).device
        self._precision = choose_precision(self._device)
        self._network = folded(classifier).to(memory_format=self._precision.layout)

    def __call__(self, images: torch.Tensor) -> torch.Tensor:
        """`(b, 1, h, w)` to scores `(b, i, j)`, float32 on the CPU."""
        images = images.to(self._device, memory_format=self._precision.layout)
        with torch.inference_mode():
            with self._precision.autocast():
                features = self._network.features(images)
            return self._network.score(features.float()).cpu()


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
