import numpy as np
import pytest
import torch

from topazcore.errors import TrainingError
from topazcore.sampling import Geometry, LabeledMicrograph, PatchSampler
from topazcore.targets import BACKGROUND, IGNORED, NEGATIVE, POSITIVE, UNLABELED

GEOMETRY = Geometry(receptive_field=7, stride=4, sites=3)
NOTHING = np.empty((0, 2))


def micrograph(image, positives=NOTHING, negatives=NOTHING, **more) -> LabeledMicrograph:
    return LabeledMicrograph(np.asarray(image, np.float32), np.array(positives), np.array(negatives), **more)


def marked(height: int, width: int, x: float, y: float) -> LabeledMicrograph:
    """Zeros, with 1 at the one labeled pixel."""
    image = np.zeros((height, width), np.float32)
    image[round(y), round(x)] = 1
    return micrograph(image, [(x, y)])


def sampler(*micrographs, radius=1.0, seed=0, geometry=GEOMETRY) -> PatchSampler:
    return PatchSampler(micrographs, geometry, radius, seed)


def test_a_patch_is_as_wide_as_its_sites_look():
    assert (GEOMETRY.width, GEOMETRY.margin) == (15, 3)
    batch = sampler(marked(40, 50, 20, 10)).draw(8)
    assert batch.images.shape == (8, 1, 15, 15) and batch.images.dtype == torch.float32
    assert batch.kinds.shape == (8, 3, 3)


@pytest.mark.parametrize("x, y", [(20, 10), (0, 0), (49, 39), (0.3, 38.7), (49, 0)])
def test_every_labeled_patch_has_a_positive_site(x, y):
    batch = sampler(marked(40, 50, x, y), radius=0.9).draw(64)
    assert (batch.kinds[:32] == POSITIVE).any(dim=(1, 2)).all()


def test_on_a_whole_pixel_sites_and_pixels_agree_under_every_turn():
    batch = sampler(marked(40, 50, 20, 10), radius=0.5).draw(200)
    assert torch.equal(batch.images[:, 0, 3::4, 3::4] == 1, batch.kinds == POSITIVE)


def test_only_patches_that_lie_anywhere_give_unlabeled_sites():
    batch = sampler(marked(40, 50, 20, 10)).draw(20)
    assert not (batch.kinds[:10] == UNLABELED).any() and (batch.kinds[10:] == UNLABELED).any()


def test_the_label_comes_at_every_place_of_a_patch():
    batch = sampler(marked(60, 60, 30, 30), radius=0.5).draw(400)
    assert (batch.kinds[:200] == POSITIVE).any(dim=0).all()


def test_sites_beyond_the_edge_are_ignored_and_pixels_there_reflected():
    image = np.arange(20 * 20).reshape(20, 20) % 7 + 1
    batch = sampler(micrograph(image, [(0, 0)])).draw(100)
    assert (batch.images > 0).all()
    small = sampler(micrograph(image[:2, :2], [(0, 0)]), radius=0.5).draw(100)
    assert ((small.kinds != IGNORED).sum(dim=(1, 2)) <= 1).all()


def test_all_eight_turns_occur():
    corner = np.zeros((15, 15), np.float32)
    corner[0, 1] = 1
    batch = sampler(micrograph(corner, [(7, 7)]), radius=0.5, geometry=Geometry(15, 4, 1)).draw(400)
    found = {tuple(torch.nonzero(patch[0])[0].tolist()) for patch in batch.images if patch.sum() == 1}
    assert {(0, 1), (0, 13), (14, 1), (14, 13), (1, 0), (13, 0), (1, 14), (13, 14)} <= found


def test_negatives_are_drawn_too():
    one = micrograph(np.zeros((60, 60)), [(10, 10)], [(50, 50)])
    kinds = sampler(one).draw(40).kinds
    assert (kinds == NEGATIVE).any() and (kinds == POSITIVE).any()


def test_a_negative_alone_takes_a_quarter_of_the_labeled_patches_at_most():
    one = micrograph(np.zeros((200, 200)), [(10, 10)], [(150, 150)])
    labeled = sampler(one, radius=0.5).draw(80).kinds[:40]
    assert (labeled == NEGATIVE).any(dim=(1, 2)).sum() == 10
    assert (labeled == POSITIVE).any(dim=(1, 2)).sum() == 30


def test_micrographs_of_all_sizes_give_patches_with_their_own_pixels():
    batch = sampler(
        micrograph(np.full((30, 90), 1), [(5, 5)]), micrograph(np.full((64, 17), 2), [(5, 60)])
    ).draw(100)
    values = batch.images.amin(dim=(1, 2, 3)), batch.images.amax(dim=(1, 2, 3))
    assert torch.equal(*values) and set(values[0].tolist()) == {1.0, 2.0}


def test_the_same_seed_draws_the_same_batches():
    one, other, third = (sampler(marked(40, 50, 20, 10), seed=seed) for seed in (3, 3, 4))
    first, second, different = (each.draw(16).images for each in (one, other, third))
    assert torch.equal(first, second) and not torch.equal(first, different)
    assert torch.equal(one.draw(16).kinds, other.draw(16).kinds)


def test_the_observed_fraction_counts_pixels_of_the_micrograph_alone():
    assert sampler(marked(10, 29, 5, 5), radius=3).observed == pytest.approx(29 / 290)


@pytest.mark.parametrize(
    ("micrographs", "radius", "said"),
    [
        ([micrograph(np.zeros((20, 20)))], 3, "no positive label"),
        ([micrograph(np.zeros((20, 20)), NOTHING, [(3, 3)])], 3, "no positive label"),
        ([micrograph(np.zeros((20, 20)), [(10, 10)])], 100, "cover every pixel"),
    ],
)
def test_labels_that_teach_nothing_end_with_a_message(micrographs, radius, said):
    with pytest.raises(TrainingError, match=said):
        sampler(*micrographs, radius=radius)


def test_every_patch_gets_a_contrast_of_its_own():
    one = micrograph(np.indices((60, 60)).sum(axis=0) % 2, [(30, 30)])
    plain = PatchSampler([one], GEOMETRY, 1.0, 0).draw(8).images
    jittered = PatchSampler([one], GEOMETRY, 1.0, 0, 0.4).draw(8).images
    contrast = jittered.amax(dim=(1, 2, 3)) - jittered.amin(dim=(1, 2, 3))
    assert torch.equal(plain, (jittered > jittered.mean(dim=(1, 2, 3), keepdim=True)).float())
    assert len(contrast.unique()) == 8 and (contrast > 0.1).all() and (contrast < 10).all()


def test_nothing_is_learned_where_it_is_excluded():
    excluded = np.zeros((60, 60), bool)
    excluded[:, 30:] = True
    batch = sampler(
        micrograph(np.where(excluded, 9, 1), [(10, 10), (29, 30)], excluded=excluded), radius=3
    ).draw(200)
    at_sites = batch.images[:, 0, 3::4, 3::4]
    assert torch.equal(at_sites == 9, (batch.kinds == IGNORED) & (at_sites == 9))
    assert (batch.kinds == UNLABELED).any()


def test_unlabeled_sites_are_found_where_exclusions_leave_little():
    excluded = np.ones((400, 400), bool)
    excluded[200:212, 100:112] = False
    kinds = sampler(micrograph(np.zeros((400, 400)), [(105, 205)], excluded=excluded)).draw(20).kinds
    assert (kinds[10:] == UNLABELED).any(dim=(1, 2)).all()


def test_a_complete_micrograph_has_background_in_place_of_unlabeled_sites():
    complete = micrograph(np.full((60, 60), 2), [(30, 30)], complete=True)
    batch = sampler(complete, micrograph(np.full((60, 60), 1), [(30, 30)])).draw(200)
    of_complete = (batch.images[:, 0, 7, 7] == 2)[:, None, None]
    assert not ((batch.kinds == UNLABELED) & of_complete).any()
    assert not ((batch.kinds == BACKGROUND) & ~of_complete).any()
    assert ((batch.kinds == BACKGROUND) & of_complete).any() and (batch.kinds == UNLABELED).any()


def test_empty_micrographs_take_no_more_than_a_quarter_of_the_labeled_patches():
    empties = [micrograph(np.full((60, 60), 2), complete=True)] * 5
    batch = sampler(micrograph(np.full((60, 60), 1), [(30, 30)]), *empties).draw(80)
    of_empty = batch.images[:, 0, 7, 7] == 2
    assert of_empty[:40].sum() == 10 and not of_empty[40:].any()


def test_where_all_micrographs_are_complete_nothing_is_unlabeled():
    kinds = sampler(micrograph(np.zeros((60, 60)), [(30, 30)], complete=True)).draw(16).kinds
    assert set(kinds.unique().tolist()) <= {IGNORED, POSITIVE, BACKGROUND}
    assert (kinds[:6] == POSITIVE).any(dim=(1, 2)).all() and (kinds[8:] == BACKGROUND).any(dim=(1, 2)).all()
