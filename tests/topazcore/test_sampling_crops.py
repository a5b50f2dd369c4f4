import json

import numpy as np
import pytest
import torch

from topazcore.config import TrainingSettings
from topazcore.errors import TrainingError
from topazcore.sampling import CropPlan, CropSampler, LabeledMicrograph, PatchSampler, make_sampler
from topazcore.targets import BACKGROUND, NEGATIVE, POSITIVE, UNLABELED

NOTHING = np.empty((0, 2))
PLAN = CropPlan(width=7, crops=64)


def micrograph(image, positives=NOTHING, negatives=NOTHING, **more) -> LabeledMicrograph:
    return LabeledMicrograph(np.asarray(image, np.float32), np.array(positives), np.array(negatives), **more)


def sampler(*micrographs, plan=PLAN, radius=1.0, seed=0) -> CropSampler:
    return CropSampler(micrographs, plan, radius, seed)


def counts(kinds: torch.Tensor) -> dict[int, int]:
    values, numbers = kinds.unique(return_counts=True)
    return dict(zip(values.tolist(), numbers.tolist(), strict=True))


def test_a_crop_is_as_wide_as_the_network_looks_and_holds_one_site():
    batch = sampler(micrograph(np.zeros((40, 50)), [(20, 10)])).draw()
    assert batch.images.shape == (64, 1, 7, 7) and batch.images.dtype == torch.float32
    assert batch.kinds.shape == (64, 1, 1) and batch.kinds.dtype == torch.int8


@pytest.mark.parametrize(
    ("crops", "share", "positive"),
    [(256, 1 / 16, 16), (8, 0.001, 1), (8, 0.999, 7), (10, 0.5, 5), (2, 0.5, 1)],
)
def test_a_batch_holds_the_share_of_positives_at_least_one_and_never_all(crops, share, positive):
    one = sampler(micrograph(np.zeros((40, 50)), [(20, 10)]), plan=CropPlan(7, crops, share))
    assert counts(one.draw().kinds) == {POSITIVE: positive, UNLABELED: crops - positive}


@pytest.mark.parametrize(("crops", "share", "drawn"), [(64, 1 / 16, (4, 4, 56)), (64, 0.75, (48, 8, 8))])
def test_negatives_get_as_many_crops_as_positives_but_leave_room_for_unlabeled_ones(crops, share, drawn):
    one = sampler(micrograph(np.zeros((60, 60)), [(10, 10)], [(50, 50)]), plan=CropPlan(7, crops, share))
    assert counts(one.draw().kinds) == dict(zip((POSITIVE, NEGATIVE, UNLABELED), drawn, strict=True))


@pytest.mark.parametrize("any_angle", [False, True])
@pytest.mark.parametrize("x, y", [(20, 10), (0, 0), (49, 39), (0.3, 38.7)])
def test_the_site_is_in_the_middle_of_its_crop(x, y, any_angle):
    image = np.zeros((40, 50))
    image[round(y), round(x)] = 1
    batch = sampler(micrograph(image, [(x, y)]), plan=CropPlan(7, 400, 0.25, any_angle), radius=0.45).draw()
    assert torch.equal(batch.images[:, 0, 3, 3] == 1, batch.kinds[:, 0, 0] == POSITIVE)


def test_crops_by_quarter_turns_are_the_eight_views_of_the_micrograph():
    image = np.random.default_rng(0).integers(0, 100, (7, 7))
    batch = sampler(micrograph(image, [(3, 3)]), plan=CropPlan(7, 400, 0.5), radius=0.5).draw()
    views = {np.rot90(side, turn).tobytes() for side in (image, image.T) for turn in range(4)}
    seen = {crop.numpy().astype(int).tobytes() for crop in batch.images[:200, 0]}
    assert seen == views


def test_crops_by_any_angle_are_turned_and_mirrored_views_with_no_corner_missing():
    """A plane of slope 1 stays a plane of slope 1, turned; two points tell whether it was mirrored."""
    y, x = np.mgrid[:60, :60]
    batch = sampler(
        micrograph(3 * x + 4 * y, [(30, 30)]), plan=CropPlan(9, 200, 0.5, any_angle=True), radius=0.5
    ).draw()
    crops = batch.images[:100, 0].double()
    down, right = (crops.diff(dim=axis) for axis in (1, 2))
    assert torch.allclose(down, down[:, :1, :1].expand_as(down), atol=1e-3)
    assert torch.allclose(right, right[:, :1, :1].expand_as(right), atol=1e-3)
    assert torch.allclose(torch.hypot(down[:, 0, 0], right[:, 0, 0]), torch.tensor(5.0).double(), atol=1e-3)
    angles = torch.atan2(down[:, 0, 0], right[:, 0, 0])
    assert (torch.histc(angles.float(), 4, -np.pi, np.pi) > 5).all()


def test_both_hands_occur_at_any_angle():
    """An L of three different pixels: the order of its arms around the corner is its hand."""
    y, x = np.mgrid[:61, :61] - 30
    image = np.where((y == 0) & (x > 0), 2.0, 0) + np.where((x == 0) & (y > 0), 8.0, 0)
    batch = sampler(micrograph(image, [(30, 30)]), plan=CropPlan(21, 80, 0.5, True), radius=0.5).draw()
    offsets = torch.arange(-10, 11).double()
    hands = []
    for crop in batch.images[:40, 0].double():
        dim, bright = crop * ((crop > 0.5) & (crop <= 2.2)), crop * (crop > 2.2)
        arms = [((arm * offsets).sum(), (arm * offsets[:, None]).sum()) for arm in (dim, bright)]
        hands.append(bool(arms[0][0] * arms[1][1] > arms[0][1] * arms[1][0]))
    assert 5 < sum(hands) < 35


@pytest.mark.parametrize("any_angle", [False, True])
@pytest.mark.parametrize("shape", [(1, 1), (1, 30), (3, 2), (40, 50)])
def test_what_is_smaller_than_a_crop_is_continued_by_reflection(shape, any_angle):
    image = np.full(shape, 5.0)
    labels = [(0, 0)] if shape != (1, 1) else NOTHING
    one = micrograph(np.full((20, 20), 5.0), [(10, 10)])
    batch = sampler(one, micrograph(image, labels), plan=CropPlan(31, 64, 0.25, any_angle), radius=0.5).draw()
    assert torch.allclose(batch.images, torch.tensor(5.0), atol=1e-5)


def test_unlabeled_sites_are_drawn_uniformly_over_all_micrographs():
    small, large = micrograph(np.full((20, 30), 1), [(5, 5)]), micrograph(np.full((60, 30), 2), [(5, 5)])
    batch = sampler(small, large, plan=CropPlan(1, 8000, 0.01)).draw()
    drawn = batch.images[:, 0, 0, 0][batch.kinds[:, 0, 0] == UNLABELED]
    assert (drawn == 2).float().mean().item() == pytest.approx(0.75, abs=0.03)


def test_more_crops_than_are_cut_at_once_are_cut_in_parts():
    one = micrograph(np.arange(900).reshape(30, 30) % 50, [(15, 15)])
    batch = sampler(one, plan=CropPlan(5, 600, 0.5)).draw()
    assert len(batch.images) == len(batch.kinds) == 600 and len(sampler(one).draw(10).kinds) == 10


def test_a_complete_micrograph_without_labels_gives_background_alone():
    labeled, empty = (
        micrograph(np.full((40, 40), 1), [(20, 20)]),
        micrograph(np.full((40, 40), 2), complete=True),
    )
    batch = sampler(labeled, empty).draw()
    values = batch.images[:, 0, 3, 3]
    assert counts(batch.kinds) == {POSITIVE: 4, BACKGROUND: 4, UNLABELED: 56}
    assert torch.equal(values == 2, batch.kinds[:, 0, 0] == BACKGROUND)


def test_where_all_micrographs_are_complete_every_other_crop_is_background():
    batch = sampler(micrograph(np.zeros((40, 40)), [(20, 20)], complete=True)).draw()
    assert counts(batch.kinds) == {POSITIVE: 4, BACKGROUND: 60}


def test_a_negative_that_a_person_named_is_not_drowned_by_complete_micrographs():
    empty = micrograph(np.full((400, 400), 2), complete=True)
    one = micrograph(np.full((40, 40), 1), [(10, 10)], [(30, 30)])
    batch = sampler(one, empty).draw()
    assert counts(batch.kinds) == {POSITIVE: 4, NEGATIVE: 2, BACKGROUND: 2, UNLABELED: 56}


def test_nothing_is_drawn_from_what_is_excluded():
    excluded = np.zeros((40, 40), bool)
    excluded[:, 15:] = True
    image = np.where(excluded, 9, 1)
    one = sampler(micrograph(image, [(5, 5), (14, 20)], excluded=excluded), radius=4)
    batch = one.draw(2000)
    assert (batch.images[:, 0, 3, 3] == 1).all()


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (micrograph(np.zeros((20, 20))), "no positive label"),
        (micrograph(np.zeros((20, 20)), complete=True), "no positive label"),
        (micrograph(np.zeros((4, 4)), [(2, 2)]), "cover every pixel"),
        (micrograph(np.zeros((20, 20)), [(9, 9)], excluded=np.ones((20, 20), bool)), "no positive label"),
    ],
)
def test_what_teaches_nothing_ends_with_a_message(one, said):
    with pytest.raises(TrainingError, match=said):
        sampler(one, radius=9)


@pytest.mark.parametrize("sampling", ["patches", "crops"])
@pytest.mark.parametrize("rotation", ["quarter-turns", "any"])
def test_a_sampler_goes_on_from_its_state_as_it_went_through_json(sampling, rotation):
    settings = TrainingSettings(
        sampling=sampling, rotation=rotation, crops_per_step=16, patches_per_step=4, seed=5
    )
    one = micrograph(np.random.default_rng(0).standard_normal((50, 60)), [(20, 20)], [(40, 30)])

    def fresh():
        return make_sampler([one], settings, 2.0, receptive_field=7, stride=4)

    first, second = fresh(), fresh()
    first.draw()
    state = json.loads(json.dumps(first.state()))
    expected = first.draw()
    second.restore(state)
    again = second.draw()
    assert torch.equal(again.images, expected.images) and torch.equal(again.kinds, expected.kinds)
    assert not torch.equal(fresh().draw().images, expected.images)


def test_the_settings_name_the_sampler_and_what_it_draws():
    one = micrograph(np.zeros((50, 60)), [(20, 20)])
    crops = TrainingSettings(sampling="crops", crops_per_step=20, positive_share=0.25, rotation="any")
    patches = TrainingSettings(patches_per_step=6, sites_per_side=3)
    drawn = make_sampler([one], crops, 1.0, receptive_field=7, stride=4).draw()
    assert drawn.images.shape == (20, 1, 7, 7) and counts(drawn.kinds)[POSITIVE] == 5
    dense = make_sampler([one], patches, 1.0, receptive_field=7, stride=4)
    assert isinstance(dense, PatchSampler) and dense.draw().kinds.shape == (6, 3, 3)
