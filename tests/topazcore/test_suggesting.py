"""Jobs of kind "suggest" on micrographs whose particles are known."""

from dataclasses import replace

import numpy as np
import pytest

from topazcore.control import Cancelled, Control
from topazcore.errors import SettingsError
from topazcore.job import JobLabel, JobMicrograph
from topazcore.metrics import match
from topazcore.suggesting import suggest_job


def never(micrograph, error):
    raise AssertionError(f"{micrograph.name} was skipped: {error}")


@pytest.fixture(scope="module")
def job(blob_job):
    return replace(blob_job, kind="suggest", labels=())


def suggestions(job, **options):
    control = options.pop("control", Control(focus=job.focus))
    return {m.name: picks for m, picks in suggest_job(job, control, options.pop("skipped", never), **options)}


@pytest.mark.parametrize("labels", [0, 5])
def test_about_the_expected_number_lies_above_zero_and_they_are_the_particles(
    blob_job, job, blob_truth, labels
):
    found = suggestions(replace(job, labels=blob_job.labels[:labels]))
    assert list(found) == ["b2", "b1", "b3"]
    for name, picks in found.items():
        assert 11 <= picks.count <= 21 and len(picks) > picks.count
        assert (np.diff(picks.score) <= 0).all()
        assert len(match(picks.xy[: picks.count], blob_truth[name], 9)) >= 11


def test_labels_make_templates(blob_job, job):
    blobs = suggestions(job)
    assert not np.array_equal(blobs["b3"].xy, suggestions(replace(job, labels=blob_job.labels))["b3"].xy)
    negatives = tuple(replace(label, label="negative") for label in blob_job.labels)
    assert np.array_equal(blobs["b3"].xy, suggestions(replace(job, labels=negatives))["b3"].xy)


def test_labels_outside_or_on_what_does_not_open_are_as_none(job, tmp_path):
    (tmp_path / "bad.mrc").write_bytes(b"junk")
    bad = JobMicrograph(9, "bad", str(tmp_path / "bad.mrc"), 2.0)
    labels = (JobLabel(9, 5, 5), JobLabel(1, -50, 5))
    skipped = []
    found = suggestions(
        replace(job, micrographs=(*job.micrographs, bad), labels=labels),
        skipped=lambda micrograph, error: skipped.append(micrograph.name),
    )
    assert skipped == ["bad"]
    assert np.array_equal(found["b1"].xy, suggestions(job)["b1"].xy)


def test_the_contrast_can_be_chosen(job, blob_truth):
    light = suggestions(job, contrast="light")["b1"]
    assert len(match(light.xy[: light.count], blob_truth["b1"], 5)) < 6


def test_exclusions_edges_and_distance_hold(job):
    left = ((-1, -1), (99, -1), (99, 200), (-1, 200))
    settings = replace(job.settings, edge_margin_angstrom=50, exclusion_margin_angstrom=12)
    listed = tuple(replace(each, exclusions=(left,)) for each in job.micrographs)
    for picks in suggestions(replace(job, micrographs=listed, settings=settings)).values():
        assert len(picks) and picks.xy[:, 0].min() > 105 and picks.xy[:, 1].min() >= 25


def test_without_any_pixel_size_it_says_what_to_give(job, tmp_path):
    np.save(tmp_path / "x.npy", np.zeros(3))
    (tmp_path / "bad.mrc").write_bytes(b"junk")
    unknown = (JobMicrograph(1, "bad", str(tmp_path / "bad.mrc"), None),)
    with pytest.raises(SettingsError, match="no pixel size"):
        suggestions(replace(job, micrographs=unknown, focus=None))


def test_cancel_stops_it(job):
    control = Control(focus=2)
    found = suggest_job(job, control, never)
    next(found)
    control.cancel = True
    with pytest.raises(Cancelled):
        list(suggest_job(job, control, never))
