"""What people label, exclude and ask for that a training must bear or refuse, and never loop over."""

from dataclasses import replace

import pytest
import torch

from topazcore.config import OBJECTIVES
from topazcore.control import Control
from topazcore.errors import PeridotError, SettingsError, TrainingError
from topazcore.job import Job, JobLabel
from topazcore.pipeline import train_job

CORNERS = ((-0.4, -0.4), (199.4, -0.4), (-0.4, 199.4), (199.4, 199.4))
EDGES = ((100.0, 0.0), (0.0, 100.0), (199.0, 100.0), (100.0, 199.0))
EVERYTHING = ((-9.0, -9.0), (300.0, -9.0), (300.0, 300.0), (-9.0, 300.0))
ALL_BUT_A_SPOT = ((-9.0, -9.0), (300.0, -9.0), (300.0, 300.0), (110.0, 300.0), (110.0, 90.0), (90.0, 90.0),
                  (90.0, 300.0), (-9.0, 300.0))  # fmt: skip
SAMPLINGS = (
    {"sampling": "patches", "patches_per_step": 4},
    {"sampling": "crops", "crops_per_step": 16},
    {"sampling": "crops", "crops_per_step": 16, "rotation": "any"},
)


@pytest.fixture
def job(blob_job) -> Job:
    """Two steps on one of two micrographs."""
    settings = replace(blob_job.settings, max_steps=2, patches_per_step=4, threads=1)
    return replace(blob_job, micrographs=blob_job.micrographs[:2], settings=settings, focus=None)


def trained(job: Job):
    """The outcome of a training and the events that it told."""
    told: dict[str, dict] = {}
    outcome = train_job(job, lambda event, **fields: told.update({event: fields}), Control())
    assert outcome.error is None
    weights = outcome.model.classifier.state_dict().values()
    assert all(torch.isfinite(value).all() for value in weights)
    return outcome.model, told


def with_micrograph(job: Job, **changes) -> Job:
    first, *others = job.micrographs
    return replace(job, micrographs=(replace(first, **changes), *others))


def with_settings(job: Job, **changes) -> Job:
    return replace(job, settings=replace(job.settings, **changes))


@pytest.mark.parametrize("settings", SAMPLINGS, ids=str)
@pytest.mark.parametrize("labels", [((100.0, 100.0),), CORNERS, EDGES], ids=["one", "corners", "edges"])
def test_one_label_and_labels_on_the_border_train(job, labels, settings):
    few = replace(job, labels=tuple(JobLabel(1, x, y) for x, y in labels))
    model, told = trained(with_settings(few, **settings))
    assert model.summary["labels"] == len(labels) and told["started"]["labels_outside"] == 0
    assert told["step"]["step"] == 2


def test_labels_on_one_of_a_hundred_micrographs_read_that_one_alone(job):
    first = job.micrographs[0]
    hundred = tuple(replace(first, id=number, name=f"m{number}") for number in range(1, 101))
    _, told = trained(replace(job, micrographs=hundred, labels=(JobLabel(57, 50, 50),)))
    assert told["started"]["micrographs"] == 100 and told["preparing"] == {"done": 1, "total": 1}


@pytest.mark.parametrize("settings", SAMPLINGS, ids=str)
@pytest.mark.parametrize("objective", [name for name in OBJECTIVES if name != "pu"])
def test_a_complete_micrograph_alone_trains(job, settings, objective):
    model, told = trained(with_settings(with_micrograph(job, complete=True), objective=objective, **settings))
    assert model.settings.objective == objective and told["started"]["prior_from"] == "expected"


@pytest.mark.parametrize("settings", SAMPLINGS, ids=str)
def test_an_empty_micrograph_beside_a_labeled_one_trains(job, settings):
    first, second = job.micrographs
    both = replace(job, micrographs=(first, replace(second, complete=True)))
    model, _ = trained(with_settings(both, **settings))
    assert model.summary["labeled_micrographs"] == 2


@pytest.mark.parametrize("settings", SAMPLINGS, ids=str)
def test_exclusions_that_leave_a_spot_train_on_it(job, settings):
    spot = replace(job, labels=(JobLabel(1, 100, 100), JobLabel(1, 10, 10)))
    spot = with_settings(with_micrograph(spot, exclusions=(ALL_BUT_A_SPOT,)), pi=0.1, **settings)
    model, told = trained(spot)
    assert model.summary["labels"] == 1 and told["started"]["labels_excluded"] == 1


@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize("prior", [{"pi": 1e-6}, {"pi": 0.0058}, {"expected_particles": 8}], ids=str)
def test_a_prior_at_or_below_what_is_observed_is_refused_whatever_the_objective(job, objective, prior):
    with pytest.raises(SettingsError, match=r"0\.0058 is labeled already"):
        trained(with_settings(job, objective=objective, **prior))


@pytest.mark.parametrize(
    ("change", "error", "said"),
    [
        (lambda job: replace(job, labels=()), TrainingError, "no labeled particle"),
        (lambda job: replace(job, labels=(JobLabel(1, -5, 5),)), TrainingError, "1 labels outside"),
        (lambda job: with_micrograph(job, exclusions=(EVERYTHING,)), TrainingError, "8 labels in exclusions"),
        (lambda job: with_settings(job, positive_radius_ds=100.0), SettingsError, "at most 0.5"),
        (lambda job: with_settings(job, positive_radius_ds=100.0, pi=0.5), SettingsError, "labeled already"),
    ],
)
def test_what_leaves_nothing_to_learn_from_ends_with_a_message(job, change, error, said):
    with pytest.raises(error, match=said):
        trained(change(job))


@pytest.mark.parametrize("settings", SAMPLINGS, ids=str)
def test_labels_that_overlap_until_nothing_is_left_end_with_a_message(job, settings):
    """Positives are fewer than pi asks for, yet together with negatives they cover the image."""
    everywhere = [JobLabel(1, x, y, "negative") for x in range(0, 200, 5) for y in range(0, 200, 5)]
    covered = replace(job, labels=(JobLabel(1, 100, 100), *everywhere))
    with pytest.raises(PeridotError, match="labels or exclusions that cover every pixel") as refusal:
        trained(with_settings(covered, positive_radius_ds=6.0, pi=0.5, objective="pu", **settings))
    assert refusal.value.action
