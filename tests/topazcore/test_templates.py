"""Templates by hand, and the correlation against its definition pixel by pixel."""

import numpy as np
import pytest
from scipy import ndimage

from topazcore.templates import Templates, average_templates, correlation


def noise(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def arrow(side: int = 60) -> np.ndarray:
    """A shape that every turn changes, in the middle of an empty image."""
    image = np.zeros((side, side), np.float32)
    middle = side // 2
    image[middle - 1 : middle + 2, middle : middle + 6] = -1
    return image


def by_definition(image: np.ndarray, templates: Templates) -> np.ndarray:
    mask, half = templates.mask, templates.mask.shape[0] // 2
    padded = np.pad(image.astype(np.float64), half, mode="reflect")
    found = np.empty(image.shape)
    for row, column in np.ndindex(image.shape):
        values = padded[row : row + 2 * half + 1, column : column + 2 * half + 1][mask]
        found[row, column] = max(np.corrcoef(values, template[mask])[0, 1] for template in templates.images)
    return found


@pytest.mark.parametrize("rotations", [1, 4])
def test_it_is_the_correlation_coefficient_under_the_mask_at_every_pixel(rotations):
    image = noise(23, 31) * 5 + 100
    templates = average_templates([(arrow(), np.array([[30.0, 30.0]]))], 6, rotations)
    np.testing.assert_allclose(correlation(image, templates), by_definition(image, templates), atol=1e-5)


def test_where_the_template_is_it_is_one_and_its_negative_minus_one():
    image = noise(60, 60, seed=1)
    mask = np.hypot(*np.mgrid[-4:5, -4:5]) <= 4
    box = np.where(mask, image[20:29, 30:39] - image[20:29, 30:39][mask].mean(), 0)
    templates = Templates((box / box[mask].std())[None], mask)
    found = correlation(image * 7 - 40, templates)
    assert found[24, 34] == pytest.approx(1, abs=1e-6)
    assert correlation(-image, templates)[24, 34] == pytest.approx(-1, abs=1e-6)
    assert np.unravel_index(found.argmax(), found.shape) == (24, 34)


def test_brightness_and_contrast_of_a_region_are_no_match():
    image = noise(80, 80, seed=2)
    templates = average_templates([(arrow(), np.array([[30.0, 30.0]]))], 8)
    plain, changed = correlation(image, templates), correlation(image * 3 + 500, templates)
    np.testing.assert_allclose(changed, plain, atol=1e-4)


def test_an_empty_place_matches_nothing_and_divides_by_nothing():
    image = noise(60, 90)
    image[:, :45] = 3
    templates = average_templates([(arrow(), np.array([[30.0, 30.0]]))], 8)
    found = correlation(image, templates)
    assert np.isfinite(found).all() and (found[:, :35] == 0).all() and np.abs(found[:, 60:]).max() > 0.3
    assert (correlation(np.zeros((20, 20), np.float32), templates) == 0).all()


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (7, 5)])
def test_images_smaller_than_the_template_are_no_error(shape):
    templates = average_templates([(arrow(), np.array([[30.0, 30.0]]))], 18)
    assert correlation(noise(*shape), templates).shape == shape


def test_a_template_is_mean_zero_and_variance_one_under_its_mask():
    templates = average_templates([(noise(60, 60), np.array([[20.0, 30.0], [33.3, 41.7]]))], 9, 3)
    assert templates.images.shape == (3, 15, 15) and templates.mask[7, 0] == (7 <= 0.75 * 9)
    for template in templates.images:
        assert template[templates.mask].mean() == pytest.approx(0, abs=1e-12)
        assert template[templates.mask].std() == pytest.approx(1)
        assert (template[~templates.mask] == 0).all()


def test_the_mean_over_all_rotations_is_the_same_from_every_side():
    one = average_templates([(arrow(), np.array([[30.0, 30.0]]))], 9).images[0]
    assert np.array_equal(one, np.rot90(one)) and np.array_equal(one, one.T)


def test_turned_ones_find_a_turned_particle_better():
    scene = ndimage.rotate(arrow(61), 90, reshape=False, order=1) + 0.01 * noise(61, 61)
    labeled = [(arrow(61), np.array([[30.0, 30.0]]))]
    once, turned = (correlation(scene, average_templates(labeled, 9, turns))[30, 30] for turns in (1, 4))
    assert turned > 0.95 > once


def test_labels_between_pixels_and_at_an_edge_count():
    y, x = np.mgrid[:40, :40]
    image = -np.exp(-((x - 20.5) ** 2 + (y - 19.5) ** 2) / 8).astype(np.float32)
    centred = average_templates([(image, np.array([[20.5, 19.5]]))], 8).images[0]
    assert np.unravel_index(centred.argmin(), centred.shape) == (6, 6)
    assert np.isfinite(average_templates([(image, np.array([[0.0, 39.0]]))], 8).images).all()


def test_a_label_on_nothing_makes_a_template_of_nothing():
    templates = average_templates([(np.full((40, 40), 2.0, np.float32), np.array([[20.0, 20.0]]))], 8)
    assert (templates.images == 0).all()
    assert (correlation(noise(30, 30), templates) == 0).all()


def test_without_labels_there_is_no_template():
    with pytest.raises(ValueError, match="no label"):
        average_templates([(noise(9, 9), np.empty((0, 2)))], 8)
