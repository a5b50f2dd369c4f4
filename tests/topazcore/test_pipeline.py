"""The whole way from a job to picks, on micrographs that are learned within seconds."""

import threading
from dataclasses import replace

import numpy as np
import pytest
import torch

from topazcore import course, pipeline
from topazcore.checkpoint import load_model, save_model
from topazcore.control import Cancelled, Control
from topazcore.errors import ModelError, SettingsError, TrainingError
from topazcore.heldout import HeldOut, HeldOutScore
from topazcore.inference import Scorer
from topazcore.job import JobLabel, JobMicrograph
from topazcore.metrics import match
from topazcore.model import CLASSIFIERS
from topazcore.pipeline import nearest_first, pick_job, train_job
from topazcore.resume import write_checkpoint
from topazcore.sampling import PatchSampler, make_sampler
from topazcore.training import Trainer


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


def test_with_a_mixture_the_model_keeps_it_and_finds_the_blobs(blob_job, blob_truth, tmp_path):
    job = replace(blob_job, settings=replace(blob_job.settings, normalisation="mixture"))
    model = train_job(job, Events(), Control()).model
    save_model(model, tmp_path / "m")
    again = load_model(tmp_path / "m")
    assert again.normalisation == model.normalisation is not None
    found = {micrograph.name: picks for micrograph, picks in pick_job(job, again, Control(), never)}
    good = found["b3"].xy[found["b3"].score >= 0]
    pairs = match(good, blob_truth["b3"], 9)
    assert len(pairs) >= 0.8 * len(good) and len(pairs) >= 0.8 * 16


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

    def third_is_broken(self):
        drawn.append(draw(self))
        if len(drawn) == 3:
            drawn[-1].images.fill_(torch.nan)
        return drawn[-1]

    monkeypatch.setattr(PatchSampler, "draw", third_is_broken)
    trained = train_job(blob_job, Events(), Control())
    assert "step 3" in trained.error.found and trained.model.summary["steps"] == 2
    assert all(torch.isfinite(value).all() for value in trained.model.classifier.state_dict().values())


def test_a_first_step_that_fails_leaves_no_model(blob_job, monkeypatch):
    def broken(self):
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


@pytest.mark.parametrize("changes", [{"classifier": "conv47"}, {"units": 16}])
def test_a_warm_start_from_another_architecture_is_refused(trained, blob_job, tmp_path, changes):
    save_model(trained[0], tmp_path / "m.safetensors")
    other = few_steps(replace(blob_job, warm_start=str(tmp_path / "m.safetensors")), **changes)
    with pytest.raises(ModelError, match="conv31 of 32 units"):
        train_job(other, Events(), Control())


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_every_network_trains_with_dropout_and_autoencoder_and_its_model_comes_back(name, blob_job, tmp_path):
    network = {"classifier": name, "units": 2, "dropout": 0.2, "reconstruction": "auto"}
    events = Events()
    model = train_job(few_steps(blob_job, **network, sites_per_side=3), events, Control()).model
    # Two terms of labeled and unlabeled sites at the prior, and 10/8 of the images' variance.
    assert 5 < events.of("step")[0]["loss"] < 40
    assert model.summary["reconstruction_gamma"] == 10 / 8
    save_model(model, tmp_path / "m.safetensors")
    again, image = load_model(tmp_path / "m.safetensors").classifier, torch.randn(1, 1, 150, 150)
    assert torch.equal(Scorer(again)(image), Scorer(model.classifier)(image))


def test_without_an_autoencoder_its_weight_is_told_to_be_nothing(trained):
    assert trained[0].summary["reconstruction_gamma"] == 0


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


# Held-out micrographs, checkpoints, pauses.


@pytest.fixture(scope="module")
def two_labeled(blob_job, blob_truth):
    """Ten labels on b1, and five on b2, which is the one that is held out."""
    places = [(1, *xy) for xy in blob_truth["b1"][:10]] + [(2, *xy) for xy in blob_truth["b2"][:5]]
    return replace(blob_job, labels=tuple(JobLabel(number, float(x), float(y)) for number, x, y in places))


@pytest.fixture(scope="module")
def watched(two_labeled):
    events, kept = Events(), []
    trained = train_job(two_labeled, events, Control(), keep=kept.append)
    return trained.model, events, kept


def test_a_micrograph_is_held_out_and_tells_how_good_the_model_is(watched):
    model, events, _ = watched
    assert events.of("started")[0]["held_out"] == [2]
    found = events.of("held_out")
    assert [facts["step"] for facts in found] == [10, 15, 20, 25]
    assert {
        "average_precision",
        "precision",
        "recall",
        "threshold",
        "lower_bound",
        "best",
        "best_step",
    } <= set(found[-1])
    assert (found[-1]["micrographs"], found[-1]["labels"], found[-1]["lower_bound"]) == (1, 5, True)
    assert model.summary["best_step"] == found[-1]["best_step"]
    assert model.summary["held_out"]["recall"] >= 0.8 and model.summary["labels"] == 15


@pytest.mark.parametrize(
    ("settings", "slack"), [({}, 100 / 15), ({"slack": 3.0}, 3), ({"objective": "ge-kl"}, 10)]
)
def test_the_slack_follows_from_the_labels_unless_it_is_given(two_labeled, monkeypatch, settings, slack):
    seen = []
    monkeypatch.setattr(pipeline, "Trainer", lambda *given: seen.append(given[2].slack) or Trainer(*given))
    job = few_steps(two_labeled)
    trained = train_job(
        replace(job, settings=replace(job.settings, held_out="none", **settings)), Events(), Control()
    )
    assert seen == [pytest.approx(slack)]
    assert trained.model.settings.slack == settings.get("slack")


def test_what_is_held_out_is_never_trained_on(two_labeled, monkeypatch):
    seen = []
    monkeypatch.setattr(
        pipeline,
        "make_sampler",
        lambda micrographs, *rest, **more: (
            seen.append(micrographs) or make_sampler(micrographs, *rest, **more)
        ),
    )
    train_job(few_steps(two_labeled), Events(), Control())
    ((only,),) = seen
    assert len(only.positives) == 10


def test_nothing_is_held_out_where_that_is_not_wanted(two_labeled):
    events = Events()
    model = train_job(few_steps(two_labeled, held_out="none"), events, Control()).model
    assert events.of("held_out") == [] and events.of("started")[0]["held_out"] == []
    assert model.summary["held_out"] is None and model.summary["best_step"] == 2


def test_the_best_state_is_the_models(two_labeled, monkeypatch):
    """The only state that scores above nothing is that after step 15."""
    weights = {}

    def score(self, model, is_final=False):
        weights[len(weights)] = model.classifier.linear.weight.clone()
        return HeldOutScore(1, 5, 0.9 if len(weights) == 2 else 0.1, 1.0, 1.0, 0.0, True)

    monkeypatch.setattr(HeldOut, "score", score)
    model = train_job(two_labeled, Events(), Control()).model
    assert model.summary["best_step"] == 15 and model.summary["steps"] == 25
    assert torch.equal(model.classifier.linear.weight, weights[1])


def test_it_stops_when_patience_is_at_its_end(two_labeled, monkeypatch):
    monkeypatch.setattr(
        HeldOut, "score", lambda self, model, is_final=False: HeldOutScore(1, 5, 0.5, 1.0, 1.0, 0.0, True)
    )
    job = replace(two_labeled, settings=replace(two_labeled.settings, patience=1))
    assert train_job(job, Events(), Control()).model.summary["steps"] == 15


def test_looking_keeping_and_pausing_change_no_bit(two_labeled, watched, monkeypatch):
    monkeypatch.setattr(course, "_KEPT_EVERY_SECONDS", 0)
    control, kept = Control(), []

    def pause_twice():
        if len(kept) < 2:
            control.ask("pause")

    def emit(event, **fields):
        if event == "step":
            pause_twice()
        elif event == "paused":
            kept.append(fields["step"])
            threading.Timer(0.05, control.ask, ["resume"]).start()

    model = train_job(
        two_labeled, emit, control, live=lambda model, report: model.classifier.eval(), keep=len
    ).model
    assert len(kept) == 2
    assert_same(model, watched[0])


@pytest.mark.parametrize("place", [0, -1])
def test_a_training_that_goes_on_from_a_checkpoint_ends_at_the_same_bits(
    two_labeled, watched, tmp_path, monkeypatch, place
):
    monkeypatch.setattr(course, "_KEPT_EVERY_SECONDS", 0)
    path, events = tmp_path / "c.safetensors", Events()
    control = Control()

    def keep(parts):
        write_checkpoint(path, two_labeled, parts)
        if place == 0 and parts["trainer"].facts["step"] == 12:
            control.ask("cancel")

    try:
        train_job(two_labeled, Events(), control, keep=keep)
    except Cancelled:
        assert place == 0
    model = train_job(replace(two_labeled, resume=str(path)), events, Control()).model
    assert len(events.of("held_out")) == (3 if place == 0 else 0)
    assert_same(model, watched[0])


def test_a_checkpoint_of_another_job_is_refused_before_anything_is_read(two_labeled, watched, tmp_path):
    write_checkpoint(tmp_path / "c.safetensors", two_labeled, watched[2][-1])
    other = replace(few_steps(two_labeled), resume=str(tmp_path / "c.safetensors"))
    events = Events()
    with pytest.raises(ModelError, match="other settings"):
        train_job(other, events, Control())
    assert events == []


def test_a_checkpoint_without_a_part_is_refused(two_labeled, watched, tmp_path):
    parts = {name: part for name, part in watched[2][-1].items() if name != "selection"}
    write_checkpoint(tmp_path / "c.safetensors", two_labeled, parts)
    with pytest.raises(ModelError, match="no checkpoint"):
        train_job(replace(two_labeled, resume=str(tmp_path / "c.safetensors")), Events(), Control())


def test_a_device_that_is_not_there_is_refused(blob_job, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(SettingsError, match="cuda"):
        train_job(few_steps(blob_job, device="cuda"), Events(), Control())


def assert_same(one, other):
    found, expected = one.classifier.state_dict(), other.classifier.state_dict()
    assert all(torch.equal(found[name], expected[name]) for name in expected)
    assert one.offset == other.offset
    facts = ("steps", "best_step", "loss", "held_out")
    assert [one.summary[name] for name in facts] == [other.summary[name] for name in facts]
