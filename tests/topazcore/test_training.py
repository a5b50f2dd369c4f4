import math

import numpy as np
import pytest
import torch

from topazcore.config import TrainingSettings
from topazcore.errors import TrainingError
from topazcore.model import make_classifier
from topazcore.sampling import Geometry, LabeledMicrograph, PatchSampler
from topazcore.scoring import score_map
from topazcore.training import StepReport, Trainer, steps_for, train, use_threads

from .conftest import blobs

SETTINGS = TrainingSettings(diameter_angstrom=36, patches_per_step=8, seed=3)


@pytest.fixture(scope="module")
def micrograph() -> LabeledMicrograph:
    image, centres = blobs(1)
    return LabeledMicrograph(image, centres[::2], np.empty((0, 2)))


@pytest.fixture(scope="module", autouse=True)
def two_threads():
    use_threads(2)


def trainer(micrograph: LabeledMicrograph, steps: int = 4) -> Trainer:
    torch.manual_seed(SETTINGS.seed)
    classifier = make_classifier("conv31")
    classifier.start_at(0.02)
    sampler = PatchSampler([micrograph], Geometry(31, 4, 5), 3, SETTINGS.seed)
    return Trainer(classifier, sampler, SETTINGS, 0.02, steps)


def weights(trained: Trainer) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in trained.classifier.state_dict().items()}


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return all(torch.equal(one[name], other[name]) for name in one)


def go_on(report: StepReport) -> bool:
    return True


def test_it_learns_where_the_blobs_are(micrograph):
    trained = trainer(micrograph, steps=30)
    train(trained, 60, go_on)
    scores = score_map(trained.classifier, micrograph.image).scores
    sites = np.rint(blobs(1)[1][1::2] / 4).astype(int)
    assert np.median(scores[sites[:, 1], sites[:, 0]]) > np.median(scores) + 1


def test_the_same_seed_gives_the_same_weights(micrograph):
    one, other = trainer(micrograph), trainer(micrograph)
    train(one, 60, go_on)
    train(other, 60, go_on)
    assert same(weights(one), weights(other))


def test_a_limit_in_seconds_changes_the_number_of_steps_and_nothing_else(micrograph):
    by_time, by_hand = trainer(micrograph, steps=50), trainer(micrograph, steps=50)
    report = train(by_time, 1e-9, go_on)
    by_hand.step()
    by_hand.classifier.eval()
    assert report.step == 1 and same(weights(by_time), weights(by_hand))


def test_it_reports_every_step_and_stops_when_told(micrograph):
    reports = []

    def stop_after_two(report: StepReport) -> bool:
        reports.append(report)
        return report.step < 2

    last = train(trainer(micrograph, steps=9), 60, stop_after_two)
    assert [report.step for report in reports] == [1, 2] and last == reports[-1]
    assert last.steps == 9 and math.isfinite(last.loss) and last.ge_penalty > 0


def test_scoring_between_steps_changes_nothing(micrograph):
    plain, looked_at = trainer(micrograph), trainer(micrograph)
    for _ in range(3):
        plain.step()
        looked_at.step()
        looked_at.classifier.eval()
        score_map(looked_at.classifier, micrograph.image)
    assert same(weights(plain), weights(looked_at))


def test_a_loss_that_is_no_number_names_the_step_and_leaves_the_last_good_weights(micrograph):
    trained = trainer(micrograph)
    trained.step()
    good = weights(trained)
    trained._sampler._images.fill_(float("nan"))
    with pytest.raises(TrainingError, match="step 2 is nan"):
        trained.step()
    assert same(weights(trained), good)


def test_training_of_one_step_is_possible(micrograph):
    assert train(trainer(micrograph, steps=1), 60, go_on).step == 1


def test_more_labels_get_more_steps_up_to_a_limit():
    assert [steps_for(labels) for labels in (1, 5, 60, 10**6)] == [35, 41, 69, 300]
