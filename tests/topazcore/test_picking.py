from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.spatial.distance import pdist

from topazcore import picking
from topazcore.checkpoint import Model
from topazcore.config import TrainingSettings, derive_scales
from topazcore.errors import SettingsError
from topazcore.images.mrc import encode_mrc
from topazcore.job import JobMicrograph
from topazcore.mixture import Mixture
from topazcore.model import CLASSIFIERS, make_classifier
from topazcore.picking import (
    Prepared,
    effective_pixel_size,
    pick_micrograph,
    pick_prepared,
    prepare_for,
    prepare_listed,
    with_rules,
)
from topazcore.preprocess import Downsampling, prepare
from topazcore.scoring import ScoreMap


def model(settings: dict | None = None, **changes) -> Model:
    torch.manual_seed(0)
    scales = derive_scales(36, 2.0)
    facts = {"pixel_size_angstrom": 2.0, "expected_particles": 16.0, "pixels_ds": 200.0**2} | changes
    settings = TrainingSettings(**{"diameter_angstrom": 36} | (settings or {}))
    return Model(make_classifier("conv31").eval(), settings, scales, **facts)


def prepared(height: int, width: int, factor: float = 1) -> Prepared:
    frame = Downsampling(height, width, factor)
    image = np.random.default_rng(0).standard_normal((frame.height_ds, frame.width_ds)).astype(np.float32)
    return Prepared(image, frame)


def test_picks_are_sorted_apart_and_on_the_micrograph():
    picks = pick_prepared(model(), prepared(300, 400))
    assert len(picks) > 20 and (np.diff(picks.score) <= 0).all()
    assert pdist(picks.xy).min() >= 9
    assert (picks.xy >= 0).all() and (picks.xy <= (399, 299)).all()


@pytest.mark.parametrize("pixel_size", [1.0, 1.9, 2.0, 2.15])
@pytest.mark.parametrize(("settings", "distance"), [({}, 18), ({"min_distance_angstrom": 50}, 50)])
def test_picks_keep_their_distance_in_angstrom_whatever_the_pixel_size(
    tmp_path, pixel_size, settings, distance
):
    image = np.random.default_rng(1).standard_normal((240, 260)).astype(np.float32)
    (tmp_path / "m.mrc").write_bytes(encode_mrc(image, 7.0))
    trained = model(settings, expected_particles=1000.0)
    picks = pick_micrograph(trained, tmp_path / "m.mrc", pixel_size)
    nearest = pdist(picks.xy).min() * pixel_size
    assert len(picks) > 10
    assert distance <= nearest < 1.5 * distance


def test_a_micrograph_of_a_job_keeps_its_exclusions_and_the_edge_free(blob_folder):
    left = ((-1, -1), (99, -1), (99, 200), (-1, 200))
    listed = JobMicrograph(1, "b1", str(blob_folder / "b1.mrc"), 2.0, exclusions=(left,))
    trained = model({"edge_margin_angstrom": 40, "exclusion_margin_angstrom": 12})
    picks = pick_prepared(trained, prepare_listed(trained, listed))
    assert len(picks) > 3
    assert (picks.xy[:, 0] > 99 + 6).all() and (picks.xy[:, 1] >= 20).all() and (picks.xy <= 199 - 20).all()


def test_the_array_has_x_y_and_score_of_each():
    picks = pick_prepared(model(), prepared(120, 150))
    array = picks.as_array()
    assert array.dtype == np.float32 and array.shape == (len(picks), 3)
    assert array[0] == pytest.approx([*picks.xy[0], picks.score[0]], rel=1e-6)
    assert picks.count == np.count_nonzero(array[:, 2] >= 0)


def test_the_offset_moves_all_scores():
    plain, moved = (
        pick_prepared(model(), prepared(120, 150)),
        pick_prepared(model(offset=2.5), prepared(120, 150)),
    )
    assert moved.score == pytest.approx(plain.score + 2.5) and np.array_equal(moved.xy, plain.xy)


def test_no_more_are_kept_than_four_for_each_expected_and_a_hundred():
    assert len(pick_prepared(model(expected_particles=2.0), prepared(600, 600))) == 100
    assert len(pick_prepared(model(expected_particles=5.0), prepared(600, 600))) == 180


@pytest.mark.parametrize("factor, x, y", [(1, 60, 40), (2, 60.0, 41.0), (3, 90, 33)])
def test_a_peak_is_reported_where_it_is_in_the_full_size_micrograph(monkeypatch, factor, x, y):
    def one_peak(classifier, image, fineness):
        rows, columns = np.mgrid[: image.shape[0] // 2, : image.shape[1] // 2] * 2 * factor
        return ScoreMap(-(np.hypot(rows - y, columns - x).astype(np.float32) ** 2), 2)

    monkeypatch.setattr(picking, "score_map", one_peak)
    picks = pick_prepared(model(), prepared(120, 180, factor))
    assert picks.xy[0] == pytest.approx([x, y], abs=0.01)


@pytest.mark.parametrize("shape", [(1, 1), (1, 500), (12, 7)])
def test_tiny_micrographs_are_no_error(shape):
    picks = pick_prepared(model(), prepared(*shape))
    assert (picks.xy >= 0).all() and (picks.xy <= (shape[1] - 1, shape[0] - 1)).all()


@pytest.mark.parametrize("name", CLASSIFIERS)
@pytest.mark.parametrize("shape", [(1, 1), (1, 500), (130, 120)])
def test_every_classifier_picks_micrographs_of_any_size(name, shape):
    small = replace(model(), classifier=make_classifier(name, units=2).eval())
    picks = pick_prepared(small, prepared(*shape))
    assert (picks.xy >= 0).all() and (picks.xy <= (shape[1] - 1, shape[0] - 1)).all()


def test_an_empty_micrograph_is_not_covered_with_picks():
    frame = Downsampling(300, 300, 1)
    assert len(pick_prepared(model(), Prepared(np.zeros((300, 300), np.float32), frame))) < 20


def test_a_file_is_read_and_picked(blob_folder):
    assert len(pick_micrograph(model(), blob_folder / "b1.mrc")) > 10


def test_a_finer_micrograph_is_downsampled_to_the_models_pixel_size(blob_folder):
    assert prepare_for(model(), blob_folder / "b1.mrc", 1.0).frame.factor == 2


def test_a_micrograph_of_another_pixel_size_is_rescaled_to_the_models(blob_folder):
    found = prepare_for(model(), blob_folder / "b1.mrc", 1.4)
    assert found.pixel_size_angstrom == 1.4
    assert found.frame.factor == pytest.approx(2 / 1.4) and found.image.shape == (140, 140)


def test_a_micrograph_that_is_too_coarse_is_refused_with_both_pixel_sizes(blob_folder):
    assert prepare_for(model(), blob_folder / "b1.mrc", 2.2).frame.factor == 1
    with pytest.raises(SettingsError, match=r"2\.3 Å.* 2 Å"):
        prepare_for(model(), blob_folder / "b1.mrc", 2.3)


def test_the_models_normalisation_is_used(blob_folder):
    mixture = Mixture(0.0, 0.0, 0.5, 0.0, 0.5)
    plain, stretched = (
        prepare_for(each, blob_folder / "b1.mrc", 2.0) for each in (model(), model(normalisation=mixture))
    )
    assert np.corrcoef(plain.image.ravel(), stretched.image.ravel())[0, 1] > 0.999
    assert np.array_equal(stretched.image, prepare(blob_folder / "b1.mrc", 1, mixture))


def test_picks_on_a_finer_micrograph_are_as_far_apart_as_particles_are_large():
    picks = pick_prepared(model(), prepared(600, 600, 2.5))
    assert len(picks) > 20 and 9 * 2.5 <= pdist(picks.xy).min() < 1.2 * 9 * 2.5


@pytest.mark.parametrize(
    ("header", "at_training", "effective"),
    [(None, 0.79, 2.0), (0.79, 0.79, 2.0), (1.0, 0.79, 1.0), (1.0, None, 1.0)],
)
def test_a_header_that_was_corrected_at_training_is_corrected_again(header, at_training, effective):
    assert effective_pixel_size(model(header_pixel_size_angstrom=at_training), header) == effective


def test_other_settings_rules_take_the_place_of_the_models():
    trained = model({"min_distance_angstrom": 30, "edge_margin_angstrom": 5})
    kept = with_rules(trained, TrainingSettings(diameter_angstrom=99)).settings
    assert (kept.diameter_angstrom, kept.min_distance_angstrom, kept.edge_margin_angstrom) == (36, 30, 0)
    changed = with_rules(
        trained, TrainingSettings(min_distance_angstrom=20, exclusion_margin_angstrom=7)
    ).settings
    assert (changed.min_distance_angstrom, changed.exclusion_margin_angstrom) == (20, 7)
