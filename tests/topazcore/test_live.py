from dataclasses import replace

import pytest
import torch

from topazcore import live as live_module
from topazcore.checkpoint import Model
from topazcore.config import TrainingSettings, derive_scales
from topazcore.control import Control
from topazcore.live import LiveView
from topazcore.model import make_classifier
from topazcore.picking import prepare_listed
from topazcore.preview import preview
from topazcore.training import StepReport


@pytest.fixture
def model() -> Model:
    torch.manual_seed(0)
    return Model(
        make_classifier("conv31"),
        TrainingSettings(diameter_angstrom=36),
        derive_scales(36, 2.0),
        2.0,
        16.0,
        200.0**2,
    )


@pytest.fixture
def published() -> list[tuple[int, int, int]]:
    """Micrograph, number of picks at 0 or above, and step."""
    return []


@pytest.fixture
def view(blob_job, published):
    views = []

    def look_at(focus: int | None, job=blob_job) -> tuple[LiveView, Control]:
        control = Control(focus=focus)
        views.append(
            LiveView(job, control, lambda name, picks, step: published.append((name, picks.count, step)))
        )
        return views[-1], control

    yield look_at
    for each in views:
        each.close()


def at(seconds: float, step: int = 1) -> StepReport:
    return StepReport(step, 100, 1.0, 1.0, seconds)


def settle(view: LiveView) -> None:
    """Wait for the background to have read the focused micrograph."""
    view._reading[1].exception()


def test_the_focused_micrograph_is_picked_once_it_is_due(view, model, published, blob_job):
    looking, _ = view(2)
    looking(model, at(0.1))
    settle(looking)
    looking(model, at(0.2))
    assert published == []
    looking(model, at(1.6, step=7))
    expected = preview(model, prepare_listed(model, blob_job.micrographs[1]))
    assert expected.count >= 1 and published == [(2, expected.count, 7)]


def test_it_waits_before_it_looks_again(view, model, published):
    looking, _ = view(1)
    looking(model, at(2.0))
    settle(looking)
    for seconds in (2.1, 2.2, 3.9):
        looking(model, at(seconds))
    assert len(published) == 1
    looking(model, at(1000.0))
    assert len(published) == 2


def test_what_is_slow_is_done_more_rarely(view, model, published, monkeypatch):
    clock = iter([0.0, 3.0])
    looking, _ = view(1)
    looking(model, at(1.0))
    settle(looking)
    monkeypatch.setattr(live_module.time, "monotonic", lambda: next(clock))
    looking(model, at(2.0))
    looking(model, at(2 + 3 + 3 / 0.15 - 0.1))
    assert len(published) == 1


def test_a_new_focus_is_read_and_picked(view, model, published):
    looking, control = view(1)
    looking(model, at(1.0))
    control.focus = 3
    looking(model, at(1.1))
    settle(looking)
    looking(model, at(2.0))
    assert [name for name, _, _ in published] == [3]


def test_without_a_focus_nothing_is_done(view, model, published):
    looking, control = view(None)
    looking(model, at(5.0))
    control.focus = 999
    looking(model, at(6.0))
    assert published == []


def test_a_micrograph_that_cannot_be_read_does_not_stop_the_training(view, model, published, blob_job):
    first = replace(blob_job.micrographs[0], path="/nowhere/gone.mrc")
    looking, _ = view(1, replace(blob_job, micrographs=(first, *blob_job.micrographs[1:])))
    looking(model, at(5.0))
    settle(looking)
    looking(model, at(6.0))
    assert published == []
