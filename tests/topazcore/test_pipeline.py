"""The whole way from a job to picks, on micrographs that are learned within seconds."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from topazcore.checkpoint import load_model, save_model
from topazcore.control import Cancelled, Control
from topazcore.errors import ModelError, TrainingError
from topazcore.job import JobMicrograph
from topazcore.metrics import match
from topazcore.pipeline import nearest_first, pick_job, train_job
from topazcore.sampling import PatchSampler


class Events(list):
    """Remembers events; may call back at one of them."""

    def __init__(self, at: str = "", call=None):
        super().__init__()
        self._at, self._call = at, call

    def __call__(self, event: str, **fields):
        self.append((event, fields))
        if event == self._at:
            self._call()

    def of(self, name: str) -> list[dict]:
        return [fields for event, fields in self if event == name]


@pytest.fixture(scope="module")
def trained(blob_job):
    events = Events()
    return train_job(blob_job, events, Control(focus=2)).model, events


def few_steps(job, **changes):
    return replace(job, settings=replace(job.settings, max_steps=2, **changes))


def never(micrograph, error):
    raise AssertionError(micrograph)


def test_it_finds_the_blobs_of_micrographs_that_it_never_saw(trained, blob_job, blob_truth):
    model, _ = trained
    found = {micrograph.name: picks for micrograph, picks in pick_job(blob_job, model, Control(), never)}
    for name in ("b2", "b3"):
        picks, truth = found[name], blob_truth[name]
        good = picks.xy[picks.score >= 0]
        pairs = match(good, truth, 9)
        assert len(pairs) >= 0.8 * len(good) and len(pairs) >= 0.8 * len(truth)
        distances = np.linalg.norm(good[pairs[:, 0]] - truth[pairs[:, 1]], axis=1)
        assert np.median(distances) <= 0.07 * 18


def test_it_tells_what_it_does_in_order(trained):
    _, events = trained
    names = [event for event, _ in events]
    assert names[:2] == ["started", "preparing"] and set(names[2:]) == {"step"}
    started, last = events[0][1], events[-1][1]
    assert {"pid", "device", "threads", "labels", "micrographs", "pi", "observed_fraction", "scales"} <= set(
        started
    )
    assert (started["labels"], started["micrographs"]) == (8, 3)
    assert (last["step"], last["steps"]) == (25, 25) and last["seconds_left"] == 0
    assert {"loss", "ge_penalty", "seconds", "steps_per_second"} <= set(last)


def test_the_model_knows_what_it_was_trained_on(trained):
    model, _ = trained
    assert model.expected_particles == 16 and model.pixels_ds == 200**2
    assert model.pixel_size_angstrom == 2.0 and model.summary["labels"] == 8 and model.summary["steps"] == 25


def test_the_same_job_gives_the_same_picks(blob_job):
    one, other = (train_job(few_steps(blob_job), Events(), Control()).model for _ in range(2))
    first, second = ([p.as_array() for _, p in pick_job(blob_job, m, Control(), never)] for m in (one, other))
    assert one.offset == other.offset
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


def test_finish_keeps_the_model_that_there_is(blob_job):
    control = Control()
    events = Events("step", lambda: setattr(control, "finish", True))
    trained = train_job(blob_job, events, control)
    assert trained.model.summary["steps"] < 25 and trained.error is None
    assert not trained.model.classifier.training


@pytest.mark.parametrize("moment", ["preparing", "step"])
def test_cancel_stops_wherever_it_is(blob_job, moment):
    control = Control()
    with pytest.raises(Cancelled):
        train_job(blob_job, Events(moment, lambda: setattr(control, "cancel", True)), control)


def test_cancel_stops_picking(trained, blob_job):
    control = Control()
    picking = pick_job(blob_job, trained[0], control, never)
    next(picking)
    control.cancel = True
    with pytest.raises(Cancelled):
        list(picking)


def test_a_loss_that_is_no_number_keeps_the_model_of_the_step_before(blob_job, monkeypatch):
    draw, drawn = PatchSampler.draw, []

    def third_is_broken(self, patches):
        drawn.append(draw(self, patches))
        if len(drawn) == 3:
            drawn[-1].images.fill_(torch.nan)
        return drawn[-1]

    monkeypatch.setattr(PatchSampler, "draw", third_is_broken)
    trained = train_job(blob_job, Events(), Control())
    assert "step 3" in trained.error.found and trained.model.summary["steps"] == 2
    assert all(torch.isfinite(value).all() for value in trained.model.classifier.state_dict().values())


def test_a_first_step_that_fails_leaves_no_model(blob_job, monkeypatch):
    def broken(self, patches):
        raise TrainingError("the loss at step 1 is nan")

    monkeypatch.setattr(PatchSampler, "draw", broken)
    with pytest.raises(TrainingError, match="step 1"):
        train_job(blob_job, Events(), Control())


def test_a_warm_start_goes_on_from_the_weights_of_a_model(trained, blob_job, tmp_path):
    save_model(trained[0], tmp_path / "m.safetensors")
    again = few_steps(replace(blob_job, warm_start=str(tmp_path / "m.safetensors")), learning_rate=1e-6)
    model = train_job(again, Events(), Control()).model
    before = load_model(tmp_path / "m.safetensors").classifier.linear.weight
    assert torch.allclose(model.classifier.linear.weight, before, atol=1e-4)


def test_a_warm_start_from_another_architecture_is_refused(trained, blob_job, tmp_path):
    save_model(trained[0], tmp_path / "m.safetensors")
    other = few_steps(replace(blob_job, warm_start=str(tmp_path / "m.safetensors")), classifier="conv47")
    with pytest.raises(ModelError, match="conv31"):
        train_job(other, Events(), Control())


def test_a_micrograph_that_cannot_be_read_is_skipped_and_the_others_are_picked(trained, blob_job, tmp_path):
    bad = JobMicrograph(9, "bad", str(tmp_path / "missing.mrc"), 2.0)
    job = replace(blob_job, micrographs=(bad, *blob_job.micrographs))
    skipped = {}
    picked = pick_job(
        job, trained[0], Control(), lambda micrograph, error: skipped.update({micrograph.id: error})
    )
    assert [micrograph.id for micrograph, _ in picked] == [1, 2, 3] and list(skipped) == [9]


def test_the_focus_comes_first_and_then_its_neighbours(blob_job):
    micrographs = tuple(JobMicrograph(number * 10, str(number), "x", 2.0) for number in range(6))
    job = replace(blob_job, micrographs=micrographs, labels=(), focus=None)
    assert [each.id for each in nearest_first(job, Control(focus=30))] == [30, 20, 40, 10, 50, 0]
    assert [each.id for each in nearest_first(job, Control())] == [0, 10, 20, 30, 40, 50]


def test_a_new_focus_counts_from_the_next_micrograph_on(blob_job):
    micrographs = tuple(JobMicrograph(number, str(number), "x", 2.0) for number in range(6))
    control = Control(focus=0)
    order = nearest_first(replace(blob_job, micrographs=micrographs, labels=(), focus=None), control)
    assert next(order).id == 0
    control.focus = 5
    assert [each.id for each in order] == [5, 4, 3, 2, 1]
