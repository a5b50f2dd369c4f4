import pytest
import torch

from topazcore.errors import SettingsError
from topazcore.model import CLASSIFIERS, Classifier, Layer, make_classifier


@pytest.mark.parametrize(("name", "field"), [("conv31", 31), ("conv47", 47), ("conv71", 71)])
def test_a_window_of_one_receptive_field_gives_one_score(name, field):
    classifier = make_classifier(name).eval()
    assert (classifier.receptive_field, classifier.stride) == (field, 4)
    assert classifier(torch.zeros(2, 1, field, field)).shape == (2, 1, 1)
    assert classifier(torch.zeros(2, 1, field + 4, field + 11)).shape == (2, 2, 3)


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_a_score_depends_on_the_pixels_of_its_window_alone(name):
    torch.manual_seed(0)
    classifier = make_classifier(name).eval()
    field, stride = classifier.receptive_field, classifier.stride
    image = torch.zeros(1, 1, field + 2 * stride, field + 2 * stride, requires_grad=True)
    classifier(image)[0, 1, 2].backward()
    rows, columns = torch.nonzero(image.grad[0, 0], as_tuple=True)
    assert (rows.min(), rows.max()) == (stride, stride + field - 1)
    assert (columns.min(), columns.max()) == (2 * stride, 2 * stride + field - 1)


def test_the_first_scores_are_near_the_class_prior():
    torch.manual_seed(0)
    classifier = make_classifier("conv31")
    classifier.start_at(0.02)
    probability = torch.sigmoid(classifier(torch.randn(8, 1, 63, 63)))
    assert probability.mean().item() == pytest.approx(0.02, rel=0.2)


def test_an_unknown_classifier_is_refused_with_the_known_ones():
    with pytest.raises(SettingsError, match="conv31"):
        make_classifier("resnet1000")


def test_the_receptive_field_follows_from_the_layers():
    classifier = Classifier((Layer(2, 3, 2), Layer(2, 3)), window=3)
    assert (classifier.receptive_field, classifier.stride) == (11, 2)
