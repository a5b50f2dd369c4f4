import numpy as np
import pytest
import torch

from topazcore import scoring
from topazcore.model import make_classifier
from topazcore.scoring import score_map


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
    monkeypatch.setattr(scoring, "_TILE_SITES", 5)
    np.testing.assert_allclose(score_map(classifier, image, fineness).scores, whole, atol=1e-5)


@pytest.mark.parametrize(("fineness", "shape"), [(1, (23, 33)), (2, (45, 66)), (4, (90, 131))])
def test_a_map_has_a_site_every_spacing(classifier, image, fineness, shape):
    found = score_map(classifier, image, fineness)
    assert found.scores.shape == shape and found.spacing == 4 // fineness
    assert np.isfinite(found.scores).all()


def test_finer_maps_hold_the_coarser_ones(classifier, image):
    coarse, fine, finest = (score_map(classifier, image, fineness).scores for fineness in (1, 2, 4))
    np.testing.assert_allclose(fine[::2, ::2], coarse, atol=1e-5)
    np.testing.assert_allclose(finest[::2, ::2], fine, atol=1e-5)


def test_a_site_is_where_its_window_is_centred(classifier, image):
    window = torch.from_numpy(image[20 - 15 : 20 + 16, 64 - 15 : 64 + 16])
    with torch.inference_mode():
        alone = classifier(window[None, None]).item()
    assert score_map(classifier, image).scores[5, 16] == pytest.approx(alone, abs=1e-5)


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (3, 2), (30, 31)])
def test_images_smaller_than_the_window_have_scores(classifier, shape):
    found = score_map(classifier, np.zeros(shape, np.float32), 2).scores
    assert found.shape == (-(-shape[0] // 2), -(-shape[1] // 2)) and np.isfinite(found).all()
