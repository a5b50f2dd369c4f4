import math
from dataclasses import replace

import numpy as np
import pytest

from topazcore.control import Control
from topazcore.crossvalidation import (
    MEASURES,
    FoldScore,
    Trial,
    combinations,
    run_trial,
    score_fold,
    split,
    without,
)
from topazcore.errors import SettingsError, TrainingError
from topazcore.job import Job, JobLabel
from topazcore.pipeline import train_job

from .conftest import blobs


def never(micrograph, error):
    raise AssertionError(micrograph)


@pytest.fixture(scope="module")
def job(blob_job) -> Job:
    """Half of the particles labeled on each of the three micrographs."""
    labels = (JobLabel(number, float(x), float(y)) for number in (1, 2, 3) for x, y in blobs(number)[1][::2])
    return replace(blob_job, labels=tuple(labels), settings=replace(blob_job.settings, threads=1))


def ids(folds) -> list[list[int]]:
    return [[micrograph.id for micrograph in fold] for fold in folds]


@pytest.mark.parametrize(("number", "sizes"), [(2, [2, 1]), (3, [1, 1, 1]), (10, [1, 1, 1])])
def test_whole_micrographs_are_dealt_and_each_is_held_out_once(job, number, sizes):
    folds = ids(split(job, number, never))
    assert [len(fold) for fold in folds] == sizes
    assert sorted(each for fold in folds for each in fold) == [1, 2, 3]
    assert folds == ids(split(job, number, never))


def test_what_has_no_positive_label_or_does_not_open_is_never_held_out(job, tmp_path):
    (tmp_path / "bad.mrc").write_bytes(b"junk")
    bad = replace(job.micrographs[0], id=7, name="bad", path=str(tmp_path / "bad.mrc"))
    empty = replace(job.micrographs[0], id=8, name="empty", complete=True)
    labels = (*job.labels, JobLabel(7, 1, 1), JobLabel(8, 1, 1, "negative"))
    told = []
    more = replace(job, micrographs=(*job.micrographs, bad, empty), labels=labels)
    folds = split(more, 9, lambda micrograph, error: told.append(micrograph.id))
    assert sorted(ids(folds)) == [[1], [2], [3]] and told == [7]


@pytest.mark.parametrize("kept", [(), (2,)])
def test_fewer_than_two_labeled_micrographs_are_refused(job, kept):
    few = replace(job, labels=tuple(label for label in job.labels if label.micrograph in kept))
    with pytest.raises(TrainingError, match=f"on {len(kept)} micrograph.*two or more"):
        split(few, 5, never)


def test_a_fold_is_trained_without_anything_that_was_said_of_what_it_holds_out(job):
    complete = replace(job, micrographs=tuple(replace(each, complete=True) for each in job.micrographs))
    fold = (complete.micrographs[1],)
    rest = without(complete, fold)
    assert {label.micrograph for label in rest.labels} == {1, 3} and len(rest.labels) == 16
    assert [each.complete for each in rest.micrographs] == [True, False, True]
    assert rest.focus is None


def test_every_combination_is_tried(job):
    found = combinations(job, {"pi": [0.1, 0.2], "objective": ["pn", "pu"]})
    assert found == [
        {"pi": 0.1, "objective": "pn"},
        {"pi": 0.1, "objective": "pu"},
        {"pi": 0.2, "objective": "pn"},
        {"pi": 0.2, "objective": "pu"},
    ]
    with pytest.raises(SettingsError, match="pi 3"):
        combinations(job, {"pi": [0.1, 3]})


def test_mean_and_spread_are_over_the_folds():
    trial = Trial({}, (FoldScore(0.5, 0.1, 0.2), FoldScore(0.7, 0.1, 0.6)))
    assert trial.mean("site_average_precision") == pytest.approx(0.6)
    assert trial.spread("site_average_precision") == pytest.approx(math.sqrt(0.02))
    assert trial.spread("pick_average_precision") == 0 and trial.mean("best_f1") == pytest.approx(0.4)
    assert math.isnan(Trial({}).mean("best_f1")) and math.isnan(Trial({}, trial.folds[:1]).spread("best_f1"))


def test_a_trial_trains_each_fold_and_scores_what_it_held_out(job):
    folds = split(job, 3, never)[:2]
    done = []
    trial = run_trial(job, {"expected_particles": 16.0}, folds, lambda: done.append(1))
    assert trial.error is None and len(trial.folds) == len(done) == 2
    # Half of the particles have no label, so that a perfect ranking has a precision of about a half.
    assert all(0.3 < trial.mean(measure) < 0.9 for measure in MEASURES)


def test_values_that_a_training_refuses_are_an_outcome(job):
    done = []
    trial = run_trial(job, {"pi": 0.001}, split(job, 3, never), lambda: done.append(1))
    assert not trial.folds and not done and "labeled already" in str(trial.error)


def test_what_is_excluded_on_a_held_out_micrograph_counts_nothing(job):
    """Labels, sites and picks: with all but the upper half excluded, a full truth leaves that half's scores."""
    truth = tuple(JobLabel(2, float(x), float(y)) for x, y in blobs(2)[1])
    trained = train_job(replace(job, labels=job.labels[:8]), lambda event, **fields: None, Control())
    half = ((-1.0, 100.0), (300.0, 100.0), (300.0, 300.0), (-1.0, 300.0))
    whole, upper = (replace(job.micrographs[1], exclusions=exclusions) for exclusions in ((), (half,)))
    labeled = replace(job, labels=truth)
    everything, above = (score_fold(trained.model, labeled, (each,)) for each in (whole, upper))
    only_above = replace(labeled, labels=tuple(label for label in truth if label.y < 100))
    unfair = score_fold(trained.model, only_above, (whole,))
    assert min(everything.best_f1, above.best_f1) > 0.85
    assert unfair.best_f1 < 0.8 and unfair.site_average_precision < above.site_average_precision
    assert np.isfinite([above.site_average_precision, above.pick_average_precision]).all()
