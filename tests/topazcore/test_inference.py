import pytest
import torch
from torch import nn

from topazcore import inference
from topazcore.inference import Scorer, folded
from topazcore.model import CLASSIFIERS, Classifier, make_classifier
from topazcore.precision import Precision


def learned(name: str) -> Classifier:
    """A small classifier whose normalisations have statistics, factors and offsets of their own."""
    torch.manual_seed(4)
    classifier = make_classifier(name, units=4).train()
    for module in classifier.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.uniform_(module.bias, -0.5, 0.5)
    for _ in range(3):
        classifier(2 * torch.randn(2, 1, 151, 151) + 0.3)
    return classifier.eval()


@pytest.fixture
def images() -> torch.Tensor:
    return torch.randn(2, 1, 163, 151, generator=torch.Generator().manual_seed(5))


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_a_folded_classifier_scores_the_same_without_normalisations(name, images):
    classifier = learned(name)
    with torch.inference_mode():
        expected, found = classifier(images), folded(classifier)(images)
    torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-4)
    assert not any(isinstance(module, nn.BatchNorm2d) for module in folded(classifier).modules())
    assert any(isinstance(module, nn.BatchNorm2d) for module in classifier.modules())


def test_16_bits_move_scores_by_little(monkeypatch, images):
    classifier = learned("conv31")
    with torch.inference_mode():
        expected = classifier(images)
    precision = Precision("cpu", torch.bfloat16, torch.channels_last)
    monkeypatch.setattr(inference, "choose_precision", lambda device: precision)
    found = Scorer(classifier)(images)
    assert found.dtype == torch.float32
    off = (found - expected).abs().max()
    assert 0 < off < 0.05 * expected.std()


@pytest.mark.parametrize("fineness", [3, 8])
def test_a_grid_that_the_strides_cannot_give_is_no_other_grid(fineness):
    with pytest.raises(ValueError, match="finer than"):
        Scorer(learned("conv31"), fineness)


def test_what_is_trained_on_later_changes_no_scorer(monkeypatch, images):
    monkeypatch.setattr(inference, "choose_precision", lambda device: Precision(device.type))
    classifier = learned("conv31")
    scorer = Scorer(classifier)
    before = scorer(images)
    classifier.start_at(0.01)
    assert torch.equal(scorer(images), before)
    assert not torch.equal(Scorer(classifier)(images), before)
