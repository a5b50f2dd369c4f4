import pytest
import torch

from topazcore.autoencoder import Decoder, Reconstruction, make_reconstruction, reconstruction_weight
from topazcore.config import RECONSTRUCTIONS, TrainingSettings
from topazcore.model import CLASSIFIERS, Classifier, make_classifier
from topazcore.objective import Loss


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def fresh(name: str = "conv31", units: int = 4) -> Classifier:
    torch.manual_seed(0)
    return make_classifier(name, units)


@pytest.mark.parametrize(
    ("setting", "labels", "gamma"),
    [("0", 5, 0.0), ("1", 5, 1.0), ("10/N", 5, 2.0), ("10/N", 1000, 0.01), ("auto", 5, 2.0),
     ("auto", 250, 0.04), ("auto", 251, 0.0)],
)  # fmt: skip
def test_the_weight_follows_from_the_setting_and_the_labels(setting, labels, gamma):
    assert reconstruction_weight(setting, labels) == gamma


def test_every_setting_has_a_weight():
    assert all(reconstruction_weight(setting, 10) >= 0 for setting in RECONSTRUCTIONS)


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_the_features_of_a_site_are_decoded_to_its_window(name):
    classifier = fresh(name, units=2)
    field = classifier.receptive_field
    features = classifier.features(torch.randn(2, 1, field, field))
    assert Decoder(classifier)(features).shape == (2, 1, field, field)


def test_the_term_is_gamma_times_the_mean_square_between_a_decoded_site_and_its_window():
    classifier = fresh("conv47")
    images = torch.randn(3, 1, 47 + 4 * 5, 47 + 4 * 3)
    features = classifier.features(images)
    term = Reconstruction(classifier, 0.5).eval()
    found = term(images, features, seeded(1))
    random = seeded(1)
    rows, columns = (torch.randint(size, (3,), generator=random).tolist() for size in (6, 4))
    errors = []
    for each, (i, j) in enumerate(zip(rows, columns, strict=True)):
        decoded = term.decoder(features[each : each + 1, :, i : i + 5, j : j + 5])
        window = images[each, 0, 4 * i : 4 * i + 47, 4 * j : 4 * j + 47]
        errors.append(((decoded[0, 0] - window) ** 2).mean())
    assert found.item() == pytest.approx(0.5 * torch.stack(errors).mean().item(), rel=1e-5)


def test_crops_of_one_site_are_decoded_whole():
    classifier = fresh()
    images = torch.randn(4, 1, 31, 31)
    features = classifier.features(images)
    term = Reconstruction(classifier, 1.0).eval()
    expected = ((term.decoder(features) - images) ** 2).mean().item()
    assert term(images, features, seeded()).item() == pytest.approx(expected, rel=1e-5)


def test_the_first_error_is_about_the_variance_of_the_images():
    classifier = fresh(units=16)
    images = 3 * torch.randn(16, 1, 63, 63)
    term = Reconstruction(classifier, 1.0)
    assert term(images, classifier.features(images), seeded()).item() == pytest.approx(9, rel=0.1)


def test_encoder_and_decoder_learn_to_reconstruct():
    classifier = fresh(units=8)
    term = Reconstruction(classifier, 1.0)
    x = torch.linspace(-1, 1, 31)
    slopes = torch.randn(32, 2, 1, 1)
    images = (slopes[:, :1] * x[:, None] + slopes[:, 1:] * x)[:, :, :31]
    optimizer = torch.optim.AdamW([*classifier.parameters(), *term.parameters()], lr=5e-3)
    errors = []
    for _ in range(40):
        optimizer.zero_grad()
        error = term(images, classifier.features(images), seeded())
        error.backward()
        optimizer.step()
        errors.append(error.item())
    assert errors[-1] < errors[0] / 4


def test_without_a_weight_there_is_no_decoder_and_no_random_number_is_drawn():
    classifier = fresh()
    before = torch.get_rng_state()
    assert make_reconstruction(classifier, TrainingSettings(reconstruction="auto"), 251) is None
    assert torch.equal(torch.get_rng_state(), before)
    assert make_reconstruction(classifier, TrainingSettings(reconstruction="auto"), 250).gamma == 0.04


@pytest.mark.parametrize("descent", [None, -3.0])
def test_the_term_counts_in_the_loss_and_in_its_gradient(descent):
    weight = torch.tensor(2.0, requires_grad=True)
    loss = Loss(weight, weight, None if descent is None else descent * weight, reconstruction=5 * weight)
    loss.backward()
    assert loss.total.item() == 14 and weight.grad.item() == 5 + (2 if descent is None else descent)
