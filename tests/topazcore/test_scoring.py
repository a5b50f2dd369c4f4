import numpy as np
import pytest
import torch

from topazcore import inference, scoring
from topazcore.model import CLASSIFIERS, make_classifier
from topazcore.precision import Precision
from topazcore.scoring import fineness_for, score_map


@pytest.fixture(autouse=True)
def full_precision(monkeypatch):
    """What is exact is exact but for rounding: told apart from mistakes in float32 only."""
    monkeypatch.setattr(inference, "choose_precision", lambda device: Precision(device.type))


@pytest.fixture(scope="module")
def classifier():
    torch.manual_seed(1)
    return make_classifier("conv31").eval()


@pytest.fixture
def image() -> np.ndarray:
    return np.random.default_rng(0).standard_normal((90, 131)).astype(np.float32)


@pytest.mark.parametrize("fineness", [1, 2, 4])
def test_tiles_meet_without_a_seam(classifier, image, monkeypatch, fineness):
    whole = score_map(classifier, image, fineness).scores
    monkeypatch.setattr(scoring, "_TILE_PX", 20)
    np.testing.assert_allclose(score_map(classifier, image, fineness).scores, whole, atol=1e-5)


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_tiles_of_every_classifier_meet_without_a_seam(name, image, monkeypatch):
    torch.manual_seed(2)
    classifier = make_classifier(name, units=4).eval()
    fineness = fineness_for(classifier, 4)
    whole = score_map(classifier, image, fineness)
    monkeypatch.setattr(scoring, "_TILE_PX", 48)
    tiled = score_map(classifier, image, fineness)
    assert whole.spacing == 4 and np.ptp(whole.scores) > 1e-3
    np.testing.assert_allclose(tiled.scores, whole.scores, atol=1e-5)


@pytest.mark.parametrize(
    ("name", "spacing", "reached"),
    [
        ("conv31", 2, 2),
        ("conv31", 4, 4),
        ("conv31", 1, 1),
        ("conv31", 64, 4),
        ("resnet8", 2, 2),
        ("conv63", 2, 2),
        ("conv63", 4, 4),
        ("conv127", 2, 4),
        ("conv127", 4, 4),
    ],
)
def test_sites_lie_as_close_as_wanted_or_as_is_affordable(name, spacing, reached):
    classifier = make_classifier(name, units=1)
    assert classifier.stride // fineness_for(classifier, spacing) == reached


@pytest.mark.parametrize(("fineness", "shape"), [(1, (23, 33)), (2, (45, 66)), (4, (90, 131))])
def test_a_map_has_a_site_every_spacing(classifier, image, fineness, shape):
    found = score_map(classifier, image, fineness)
    assert found.scores.shape == shape and found.spacing == 4 // fineness
    assert np.isfinite(found.scores).all()


def test_finer_maps_hold_the_coarser_ones(classifier, image):
    coarse, fine, finest = (score_map(classifier, image, fineness).scores for fineness in (1, 2, 4))
    np.testing.assert_allclose(fine[::2, ::2], coarse, atol=1e-5)
    np.testing.assert_allclose(finest[::2, ::2], fine, atol=1e-5)


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_a_site_is_where_its_window_is_centred(name):
    torch.manual_seed(3)
    classifier = make_classifier(name, units=4).eval()
    image = np.random.default_rng(1).standard_normal((160, 208)).astype(np.float32)
    reach = (classifier.receptive_field - 1) // 2
    window = torch.from_numpy(image[80 - reach : 80 + reach + 1, 96 - reach : 96 + reach + 1])
    with torch.inference_mode():
        alone = classifier(window[None, None]).item()
    found = score_map(classifier, image)
    assert found.scores[80 // found.spacing, 96 // found.spacing] == pytest.approx(alone, abs=1e-5)


@pytest.mark.parametrize("name", ["conv31", "conv127", "resnet16"])
@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (300, 1), (2, 2), (3, 2), (30, 31)])
def test_images_smaller_than_the_window_have_scores(name, shape):
    classifier = make_classifier(name, units=2).eval()
    found = score_map(classifier, np.ones(shape, np.float32), classifier.stride // 4)
    assert found.scores.shape == (-(-shape[0] // 4), -(-shape[1] // 4)) and np.isfinite(found.scores).all()


def test_a_line_of_10_000_pixels_has_a_score_at_every_site():
    classifier = make_classifier("conv127", units=1).eval()
    assert score_map(classifier, np.ones((1, 10_000), np.float32)).scores.shape == (1, 625)


def test_an_image_smaller_than_its_padding_is_reflected_again_and_again(classifier):
    """As if it were part of an image without end, in which every line has a mirror each few pixels."""
    small = np.random.default_rng(2).standard_normal((5, 4)).astype(np.float32)
    rows, columns = (np.abs((np.arange(-64, 64) + n - 1) % (2 * n - 2) - n + 1) for n in small.shape)
    endless = small[rows[:, None], columns]
    found = score_map(classifier, small).scores
    np.testing.assert_allclose(found, score_map(classifier, endless).scores[16:18, 16:17], atol=1e-5)
