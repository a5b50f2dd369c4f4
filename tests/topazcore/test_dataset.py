from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from topazcore.dataset import fit_normalisation, make_plan, prepare_sources
from topazcore.errors import SettingsError, TrainingError
from topazcore.job import Job, JobLabel, JobMicrograph
from topazcore.micrograph import read_micrograph
from topazcore.mixture import Mixture, fit_mixture, sample
from topazcore.preprocess import prepare, tame_outliers


class Skipped(dict):
    """Remembers what was skipped, by micrograph id."""

    def __call__(self, micrograph, error):
        self[micrograph.id] = error


def nothing(done: int, total: int) -> None:
    pass


def never(micrograph, error):
    raise AssertionError(micrograph)


def test_scales_and_prior_follow_from_the_labeled_micrographs(blob_job):
    plan = make_plan(blob_job, never)
    assert plan.scales.downsample == 1 and plan.scales.diameter_ds == 18
    assert plan.pi == pytest.approx(16 * 29 / 200**2)
    assert plan.observed == pytest.approx(8 * 29 / 200**2)
    assert (plan.positives, plan.outside, len(plan.sources)) == (8, 0, 1)
    assert plan.header_pixel_size_angstrom == pytest.approx(2.0)


def test_the_expected_number_is_guessed_when_nobody_says(blob_job):
    settings = replace(blob_job.settings, expected_particles=None)
    assert make_plan(replace(blob_job, settings=settings), never).expected_particles == 21


def test_labels_lie_in_downsampled_pixels(blob_job):
    settings = replace(blob_job.settings, downsample=2)
    job = replace(
        blob_job, settings=settings, labels=(JobLabel(1, 50.0, 20.0), JobLabel(1, 4, 6, "negative"))
    )
    (source,) = make_plan(job, never).sources
    assert source.positives.tolist() == [[25, 10]] and source.negatives.tolist() == [[2, 3]]


@pytest.mark.parametrize("x, y", [(-0.6, 5), (5, -0.6), (199.6, 5), (5, 1e308), (-1e308, 5)])
def test_labels_outside_are_left_out_and_counted(blob_job, x, y):
    plan = make_plan(replace(blob_job, labels=(*blob_job.labels, JobLabel(1, x, y))), never)
    assert (plan.positives, plan.outside) == (8, 1)


@pytest.mark.parametrize("x, y", [(-0.4, -0.4), (199.4, 199.4)])
def test_labels_on_the_outermost_pixels_count(blob_job, x, y):
    assert make_plan(replace(blob_job, labels=(JobLabel(1, x, y),)), never).positives == 1


def test_a_labeled_micrograph_that_cannot_be_read_is_skipped(blob_job, tmp_path):
    (tmp_path / "bad.mrc").write_bytes(b"junk")
    bad = JobMicrograph(9, "bad", str(tmp_path / "bad.mrc"), 2.0)
    job = replace(
        blob_job, micrographs=(*blob_job.micrographs, bad), labels=(*blob_job.labels, JobLabel(9, 1, 1))
    )
    skipped = Skipped()
    plan = make_plan(job, skipped)
    assert list(skipped) == [9] and plan.positives == 8


def test_a_labeled_micrograph_of_another_scale_is_skipped_with_both_pixel_sizes(blob_job):
    one, two, three = blob_job.micrographs
    odd = replace(three, pixel_size_angstrom=3.0)
    labels = (*blob_job.labels, JobLabel(2, 9, 9), JobLabel(3, 9, 9))
    skipped = Skipped()
    make_plan(replace(blob_job, micrographs=(one, two, odd), labels=labels), skipped)
    assert "3 Å" in str(skipped[3]) and "2 Å" in str(skipped[3])


@pytest.mark.parametrize("labels", [(), (JobLabel(1, 900, 900),), (JobLabel(1, 9, 9, "negative"),)])
def test_without_a_positive_label_inside_it_does_not_start(blob_job, labels):
    with pytest.raises(TrainingError, match="no labeled particle"):
        make_plan(replace(blob_job, labels=labels), never)


def test_labels_outside_are_named_when_there_is_nothing_else(blob_job):
    with pytest.raises(TrainingError, match="1 labels outside"):
        make_plan(replace(blob_job, labels=(JobLabel(1, 900, 900),)), never)


def test_more_labels_than_expected_particles_are_refused(blob_job):
    settings = replace(blob_job.settings, expected_particles=7)
    with pytest.raises(SettingsError, match="labeled already"):
        make_plan(replace(blob_job, settings=settings), never)


def test_an_unknown_pixel_size_is_asked_for(blob_job):
    unknown = tuple(replace(micrograph, pixel_size_angstrom=None) for micrograph in blob_job.micrographs)
    with pytest.raises(SettingsError, match="no pixel size"):
        make_plan(replace(blob_job, micrographs=unknown), never)


def test_labeled_micrographs_are_read_and_told(blob_job):
    told = []
    plan = make_plan(blob_job, never)
    ((source, micrograph),) = prepare_sources(plan, None, never, lambda *progress: told.append(progress))
    assert micrograph.pixels.shape == (200, 200) and micrograph.pixels.dtype == np.float32
    assert source.micrograph.id == 1 and told == [(1, 1)]


def test_a_file_that_vanishes_between_header_and_pixels_is_skipped(blob_job, tmp_path):
    path = tmp_path / "gone.mrc"
    first = blob_job.micrographs[0]
    path.write_bytes(Path(first.path).read_bytes())
    job = Job("j", (replace(first, path=str(path)),), blob_job.labels, blob_job.settings)
    plan, skipped = make_plan(job, never), Skipped()
    path.unlink()
    with pytest.raises(TrainingError, match="no labeled particle"):
        prepare_sources(plan, None, skipped, nothing)
    assert list(skipped) == [1]


def with_mixture(job: Job) -> Job:
    return replace(job, settings=replace(job.settings, normalisation="mixture"))


def test_a_mixture_is_fitted_to_the_whole_data_set_only_where_it_is_asked_for(blob_job, tmp_path):
    (tmp_path / "bad.mrc").write_bytes(b"junk")
    bad = JobMicrograph(9, "bad", str(tmp_path / "bad.mrc"), 2.0)
    job = with_mixture(replace(blob_job, micrographs=(*blob_job.micrographs, bad)))
    plan, checked = make_plan(job, never), []
    found = fit_normalisation(job, plan, lambda: checked.append(1))
    images = (read_micrograph(micrograph.path) for micrograph in blob_job.micrographs)
    assert found == fit_mixture([sample(tame_outliers(image)) for image in images]) and len(checked) == 4
    assert fit_normalisation(blob_job, plan, nothing) is None


def test_of_many_micrographs_a_dozen_is_read_with_the_labeled_first(blob_job):
    many = tuple(replace(blob_job.micrographs[0], id=number) for number in range(40))
    job = with_mixture(replace(blob_job, micrographs=many, focus=None))
    read = []
    fit_normalisation(job, make_plan(job, never), lambda: read.append(1))
    assert len(read) == 12


def test_labeled_micrographs_are_normalised_with_the_mixture(blob_job):
    mixture = Mixture(0.0, 0.0, 0.5, 0.0, 0.5)
    ((source, micrograph),) = prepare_sources(make_plan(blob_job, never), mixture, never, nothing)
    expected = prepare(source.micrograph.path, 1, mixture).astype(np.float16)
    assert np.array_equal(micrograph.pixels, expected)


BOX = ((0.0, 0.0), (99.0, 0.0), (99.0, 299.0), (0.0, 299.0))
EVERYTHING = ((-9.0, -9.0), (300.0, -9.0), (300.0, 300.0), (-9.0, 300.0))


def changed(job: Job, number: int, **changes) -> Job:
    """The job with one micrograph changed."""
    micrographs = (replace(each, **changes) if each.id == number else each for each in job.micrographs)
    return replace(job, micrographs=tuple(micrographs))


def with_settings(job: Job, **changes) -> Job:
    return replace(job, settings=replace(job.settings, **changes))


def test_labels_in_an_exclusion_are_left_out_and_counted(blob_job):
    job = replace(
        blob_job, labels=(JobLabel(1, 50, 50), JobLabel(1, 150, 50), JobLabel(1, 20, 9, "negative"))
    )
    (source,) = make_plan(changed(job, 1, exclusions=(BOX,)), never).sources
    assert source.positives.tolist() == [[150, 50]] and source.negatives.tolist() == []
    assert source.in_exclusion == 2 and source.outside == 0


def test_the_margin_of_exclusions_is_in_angstrom(blob_job):
    job = replace(blob_job, labels=(JobLabel(1, 109, 50), JobLabel(1, 111, 50)))
    job = with_settings(changed(job, 1, exclusions=(BOX,)), exclusion_margin_angstrom=22.0)
    plan = make_plan(job, never)
    assert plan.sources[0].positives.tolist() == [[111, 50]] and plan.in_exclusion == 1
    assert np.flatnonzero(plan.sources[0].excluded[50]).tolist() == list(range(111))


def test_excluded_pixels_leave_the_observed_fraction_and_the_image_says_so(blob_job):
    job = replace(blob_job, labels=(JobLabel(1, 150, 50),))
    plan = make_plan(changed(job, 1, exclusions=(BOX,)), never)
    assert plan.observed == pytest.approx(29 / (200 * 101))
    assert plan.pi == pytest.approx(16 * 29 / 200**2)
    ((_, micrograph),) = prepare_sources(plan, None, never, nothing)
    assert micrograph.excluded.sum() == 200 * 99 and not micrograph.complete


def test_exclusions_that_cover_everything_end_with_a_message(blob_job):
    with pytest.raises(TrainingError, match="8 labels in exclusions"):
        make_plan(changed(blob_job, 1, exclusions=(EVERYTHING,)), never)


def test_a_complete_micrograph_without_labels_is_learned_from(blob_job):
    plan = make_plan(changed(blob_job, 3, complete=True), never)
    assert [source.micrograph.id for source in plan.sources] == [1, 3]
    assert (plan.prior_from, plan.expected_particles) == ("expected", 16)
    prepared = prepare_sources(plan, None, never, nothing)
    assert [micrograph.complete for _, micrograph in prepared] == [False, True]


def test_complete_micrographs_give_the_prior(blob_job):
    labels = (JobLabel(2, 50, 50), *blob_job.labels)
    job = with_settings(changed(replace(blob_job, labels=labels), 1, complete=True), expected_particles=None)
    plan = make_plan(job, never)
    assert (plan.prior_from, plan.expected_particles) == ("complete", 8)
    assert plan.pi == pytest.approx(8 * 29 / 200**2) and plan.observed == pytest.approx(29 / 200**2)
    assert 0 < plan.unlabeled_pi < plan.pi


def test_where_every_micrograph_is_complete_the_prior_is_what_was_counted(blob_job):
    job = with_settings(changed(blob_job, 1, complete=True), expected_particles=None)
    plan = make_plan(job, never)
    assert plan.pi == plan.observed == plan.unlabeled_pi == pytest.approx(8 * 29 / 200**2)


def test_pu_is_refused_where_nothing_is_unlabeled(blob_job):
    job = with_settings(changed(blob_job, 1, complete=True), objective="pu")
    with pytest.raises(SettingsError, match="choose objective pn"):
        make_plan(job, never)
    with_more = replace(job, labels=(*job.labels, JobLabel(2, 50, 50)))
    assert make_plan(with_more, never).positives == 9


def test_a_given_pi_is_taken_and_refused_by_its_name(blob_job):
    plan = make_plan(with_settings(blob_job, pi=0.05, expected_particles=None), never)
    assert (plan.pi, plan.prior_from) == (0.05, "pi")
    assert plan.expected_particles == pytest.approx(0.05 * 200**2 / 29)
    with pytest.raises(SettingsError, match=r"pi 0\.001, while 0\.0058 is labeled already"):
        make_plan(with_settings(blob_job, pi=0.001), never)


def test_sources_kept_aside_leave_a_plan_of_the_others(blob_job):
    plan = make_plan(replace(blob_job, labels=(*blob_job.labels, JobLabel(2, 50, 50))), never)
    rest = replace(plan, sources=plan.sources[1:])
    assert rest.positives == 1 and rest.observed == pytest.approx(29 / 200**2)


@pytest.mark.parametrize("radius", [40.0, 100.0])
def test_positive_disks_as_large_as_the_image_are_refused(blob_job, radius):
    with pytest.raises(SettingsError, match=r"at most 0\.5"):
        make_plan(with_settings(blob_job, positive_radius_ds=radius), never)


@pytest.mark.parametrize("radius", [0.0, -3.0, 1e9])
def test_a_radius_of_nonsense_is_refused_with_its_range(blob_job, radius):
    with pytest.raises(SettingsError, match=r"positive_radius_ds .* from 1\.0 to 100\.0"):
        with_settings(blob_job, positive_radius_ds=radius)
