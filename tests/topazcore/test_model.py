import pytest
import torch

from topazcore import config
from topazcore.errors import SettingsError
from topazcore.layers import Layer
from topazcore.model import CLASSIFIERS, Classifier, count_parameters, make_classifier


def scoring(name: str, seed: int = 0) -> Classifier:
    """A small one in double precision, with statistics that a training could have left."""
    torch.manual_seed(seed)
    classifier = make_classifier(name, units=4).double().eval()
    for key, values in classifier.state_dict().items():
        if "running" in key:
            values.uniform_(0.5, 1.5)
    return classifier


@pytest.mark.parametrize(
    ("name", "field", "stride"),
    [
        ("conv31", 31, 4),
        ("conv47", 47, 4),
        ("conv71", 71, 4),
        ("conv63", 63, 8),
        ("conv127", 127, 16),
        ("resnet8", 71, 4),
        ("resnet16", 79, 4),
    ],
)
def test_a_window_of_one_receptive_field_gives_one_score(name, field, stride):
    classifier = make_classifier(name, units=2).eval()
    assert (classifier.receptive_field, classifier.stride) == (field, stride)
    assert classifier(torch.zeros(2, 1, field, field)).shape == (2, 1, 1)
    assert classifier(torch.zeros(2, 1, field + stride - 1, field + 2 * stride)).shape == (2, 1, 3)


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_a_score_depends_on_the_pixels_of_its_window_alone(name):
    classifier = scoring(name)
    field, stride = classifier.receptive_field, classifier.stride
    image = torch.zeros(1, 1, field + 2 * stride, field + 2 * stride).double().requires_grad_()
    classifier(image)[0, 1, 2].backward()
    rows, columns = torch.nonzero(image.grad[0, 0], as_tuple=True)
    assert (rows.min(), rows.max()) == (stride, stride + field - 1)
    assert (columns.min(), columns.max()) == (2 * stride, 2 * stride + field - 1)


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_a_line_just_inside_the_window_changes_the_score_and_one_just_outside_does_not(name):
    classifier = scoring(name)
    field, stride = classifier.receptive_field, classifier.stride
    image = torch.randn(1, 1, field + 2 * stride, field + 2 * stride).double()
    before = classifier(image)[0, 1, 1]
    for place, inside in [(-1, False), (0, True), (field - 1, True), (field, False)]:
        for axis in (2, 3):
            changed = image.clone()
            changed.select(axis, stride + place).add_(1e3)
            assert (classifier(changed)[0, 1, 1] != before) == inside


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_a_crop_has_the_score_that_its_site_has_in_the_whole(name):
    classifier = scoring(name, seed=1)
    field, stride = classifier.receptive_field, classifier.stride
    image = torch.randn(1, 1, field + stride, field + 2 * stride).double()
    crops = [
        image[0, :, row : row + field, column : column + field]
        for row in (0, stride)
        for column in (0, stride, 2 * stride)
    ]
    alone = classifier(torch.stack(crops)).reshape(1, 2, 3)
    assert torch.allclose(classifier(image), alone, rtol=1e-12)


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_the_first_scores_are_near_the_class_prior(name):
    torch.manual_seed(0)
    classifier = make_classifier(name, units=8)
    classifier.start_at(0.02)
    side = classifier.receptive_field + 4 * classifier.stride
    probability = torch.sigmoid(classifier(torch.randn(4, 1, side, side)))
    assert probability.mean().item() == pytest.approx(0.02, rel=0.2)
    assert probability.max() < 0.03


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_twice_the_units_are_twice_the_channels_in_every_layer(name):
    small, large = (make_classifier(name, units) for units in (3, 6))
    assert [2 * layer.channels for layer in small.convolutions] == [
        layer.channels for layer in large.convolutions
    ]
    assert small.receptive_field == large.receptive_field and small.stride == large.stride


def test_names_are_those_of_the_settings():
    assert tuple(CLASSIFIERS) == config.CLASSIFIERS


@pytest.mark.parametrize(("name", "layers"), [("conv31", 4), ("resnet8", 8), ("resnet16", 16)])
def test_residual_networks_have_as_many_layers_as_they_are_named_for(name, layers):
    assert len(make_classifier(name, units=1).convolutions) + 1 == layers


def test_dropout_leaves_features_out_in_training_alone():
    torch.manual_seed(0)
    plain, dropping = make_classifier("conv31", 4), make_classifier("conv31", 4, dropout=0.5)
    dropping.load_state_dict(plain.state_dict())
    image = torch.randn(2, 1, 63, 63)
    assert torch.equal(dropping.eval()(image), plain.eval()(image))
    assert not torch.allclose(dropping.train()(image), plain.train()(image))


def test_without_dropout_training_draws_no_random_number():
    classifier = make_classifier("conv31", 4).train()
    before = torch.get_rng_state()
    classifier(torch.zeros(2, 1, 31, 31))
    assert torch.equal(torch.get_rng_state(), before)


def test_the_same_seed_gives_the_same_weights():
    def fresh() -> torch.Tensor:
        torch.manual_seed(7)
        return make_classifier("conv31", 4).linear.weight

    assert torch.equal(fresh(), fresh())


def test_an_unknown_classifier_is_refused_with_the_known_ones():
    with pytest.raises(SettingsError, match="conv31"):
        make_classifier("resnet1000")


def test_a_classifier_too_large_to_be_read_again_is_refused_with_its_size():
    with pytest.raises(SettingsError, match=r"conv127 of 512 units, 1,\d+,\d+,\d+ parameters"):
        make_classifier("conv127", units=512)


def test_the_receptive_field_follows_from_the_layers():
    classifier = Classifier((Layer(2, 3, 2), Layer(2, 3)), window=3)
    assert (classifier.receptive_field, classifier.stride) == (11, 2)


def test_parameters_are_counted():
    classifier = Classifier((Layer(2, 3),), window=2)
    assert count_parameters(classifier) == 2 * 9 + 3 * 2 + 2 * 4 + 1
