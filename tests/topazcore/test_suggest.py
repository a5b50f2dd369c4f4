"""Suggestions on blobs whose places are known."""

import numpy as np
import pytest
from scipy.spatial.distance import pdist

from topazcore.errors import SettingsError
from topazcore.metrics import match
from topazcore.suggest import blob_response, response, suggest
from topazcore.templates import average_templates

DIAMETER = 18.0


def disks(*centres: tuple[float, float], depth: float = -1.0, diameter: float = DIAMETER) -> np.ndarray:
    y, x = np.mgrid[:160, :200]
    image = 0.5 * np.random.default_rng(0).standard_normal((160, 200))
    for cx, cy in centres:
        image += depth * (np.hypot(x - cx, y - cy) <= diameter / 2)
    return image.astype(np.float32)


CENTRES = np.array([[40.0, 30.0], [100.5, 90.0], [170.0, 40.0], [60.0, 120.0]])


@pytest.mark.parametrize(("depth", "contrast"), [(-1, "dark"), (1, "light"), (-1, "both"), (1, "both")])
def test_the_best_suggestions_are_the_blobs_of_that_contrast(depth, contrast):
    picks = suggest(disks(*CENTRES, depth=depth), DIAMETER, contrast=contrast)
    assert len(match(picks.xy[:4], CENTRES, DIAMETER / 4)) == 4
    assert (np.diff(picks.score) <= 0).all() and pdist(picks.xy).min() >= DIAMETER / 2


def test_blobs_of_the_other_contrast_are_not():
    picks = suggest(disks(*CENTRES, depth=1), DIAMETER)
    assert picks.score[0] < suggest(disks(*CENTRES), DIAMETER).score[3] - 1
    assert not len(match(picks.xy[:4], CENTRES, DIAMETER / 4))


@pytest.mark.parametrize("other", [6.0, 54.0])
def test_a_blob_of_another_size_answers_less(other):
    both = disks((50, 80)) + disks((140, 80), diameter=other)
    scores = blob_response(both, DIAMETER)
    assert scores[80, 50] > 1.2 * scores[75:86, 135:146].max()


def test_the_score_is_in_local_standard_deviations():
    noise = np.random.default_rng(0).standard_normal((300, 300)).astype(np.float32)
    assert np.std(blob_response(noise, 12)) == pytest.approx(1, abs=0.05)
    templates = average_templates([(disks((40, 30)), np.array([[40.0, 30.0]]))], DIAMETER)
    assert np.std(response(noise, DIAMETER, templates)) == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize("factor", [0.01, 1000])
def test_the_image_s_own_scale_does_not_matter(factor):
    image = disks(*CENTRES)
    np.testing.assert_allclose(
        blob_response(image * np.float32(factor), DIAMETER),
        blob_response(image, DIAMETER),
        rtol=1e-3,
        atol=1e-3,
    )


def test_a_particle_cut_by_an_edge_is_found_near_its_visible_part():
    picks = suggest(disks((3, 150), (100, 80)), DIAMETER)
    assert len(match(picks.xy[:2], np.array([[3, 150], [100, 80]]), DIAMETER / 4)) == 2


def test_a_quiet_place_is_not_full_of_particles():
    image = disks((40, 40), (40, 120))
    image[:, 100:] *= 0.01
    picks = suggest(image, DIAMETER)
    assert (picks.xy[picks.score > 0.5, 0] < 110).all()


def test_an_edge_is_no_row_of_particles():
    image = disks((40, 40), (40, 120), (90, 80))
    image[:, 150:] -= 4
    picks = suggest(image, DIAMETER)
    assert len(match(picks.xy[:3], np.array([[40, 40], [40, 120], [90, 80]]), DIAMETER / 4)) == 3


def test_a_template_finds_the_other_particles():
    image = disks(*CENTRES)
    templates = average_templates([(image, CENTRES[:1])], DIAMETER)
    picks = suggest(image, DIAMETER, templates=templates)
    assert len(match(picks.xy[:4], CENTRES, DIAMETER / 4)) == 4


def test_no_more_come_than_asked_for():
    assert len(suggest(disks(*CENTRES), DIAMETER, most=2)) == 2


@pytest.mark.parametrize("shape", [(1, 1), (1, 60), (40, 40)])
def test_nothing_to_see_is_nothing_to_suggest(shape):
    templates = average_templates([(disks((40, 30)), np.array([[40.0, 30.0]]))], DIAMETER)
    for chosen in (None, templates):
        assert len(suggest(np.zeros(shape, np.float32), DIAMETER, templates=chosen)) <= 1


def test_an_unknown_contrast_is_refused():
    with pytest.raises(SettingsError, match=r"contrast 'grey'.*dark, light, both"):
        suggest(disks(), DIAMETER, contrast="grey")
