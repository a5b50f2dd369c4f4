import json
import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from topazcore.autoencoder import Reconstruction
from topazcore.config import TrainingSettings
from topazcore.devices import use_threads
from topazcore.errors import TrainingError
from topazcore.model import make_classifier
from topazcore.objective import OBJECTIVES
from topazcore.precision import Precision
from topazcore.sampling import Geometry, LabeledMicrograph, PatchSampler
from topazcore.scoring import score_map
from topazcore.snapshot import Snapshot
from topazcore.training import StepReport, Trainer, slack_for, steps_for, train

from .conftest import blobs

SETTINGS = TrainingSettings(diameter_angstrom=36, patches_per_step=8, slack=10, seed=3)


@pytest.fixture(scope="module")
def micrograph() -> LabeledMicrograph:
    image, centres = blobs(1)
    return LabeledMicrograph(image, centres[::2], np.empty((0, 2)))


@pytest.fixture(scope="module", autouse=True)
def two_threads():
    use_threads(2)


def trainer(
    micrograph: LabeledMicrograph,
    steps: int = 4,
    settings: TrainingSettings = SETTINGS,
    precision: Precision | None = None,
    dropout: float = 0.0,
    gamma: float = 0.0,
) -> Trainer:
    torch.manual_seed(settings.seed)
    classifier = make_classifier("conv31", dropout=dropout)
    classifier.start_at(0.02)
    sampler = PatchSampler(
        [micrograph],
        Geometry(31, 4, 5),
        3,
        settings.seed,
        settings.contrast_jitter,
        settings.patches_per_step,
    )
    reconstruction = Reconstruction(classifier, gamma) if gamma else None
    return Trainer(classifier, sampler, settings, 0.02, steps, precision, reconstruction)


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


def test_the_autoencoder_changes_what_is_learned_and_the_same_seed_still_gives_the_same(micrograph):
    plain, one, other = (trainer(micrograph, gamma=gamma) for gamma in (0.0, 1.0, 1.0))
    reports = [train(each, 60, go_on) for each in (plain, one, other)]
    assert not same(weights(one), weights(plain)) and same(weights(one), weights(other))
    assert weights(one).keys() == weights(plain).keys() and reports[1].loss == reports[2].loss


def test_the_decoder_learns_to_reconstruct(micrograph):
    """Beside the objective, which alone would leave the first error where it is."""
    trained = trainer(micrograph, steps=12, gamma=100.0)
    losses = [trained.step().loss for _ in range(12)]
    assert losses[-1] < 0.95 * losses[0]


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
    trained._sampler._field.images.fill_(float("nan"))
    with pytest.raises(TrainingError, match="step 2 is nan"):
        trained.step()
    assert same(weights(trained), good)


def test_a_gradient_that_is_no_number_leaves_the_last_good_weights_too(micrograph):
    trained = trainer(micrograph)
    trained.step()
    good = weights(trained)
    trained.classifier.linear.weight.register_hook(lambda slope: slope * math.inf)
    with pytest.raises(TrainingError, match="gradient at step 2"):
        trained.step()
    assert same(weights(trained), good) and trained.done == 1


def written(snapshot: Snapshot) -> Snapshot:
    """As it comes back from a file."""
    tensors = {name: tensor.clone() for name, tensor in snapshot.tensors.items()}
    return Snapshot(json.loads(json.dumps(snapshot.facts)), tensors)


@pytest.mark.parametrize("schedule", ["one-cycle", "constant"])
def test_one_that_goes_on_from_a_snapshot_ends_at_the_same_bits(micrograph, schedule):
    settings = replace(SETTINGS, schedule=schedule, contrast_jitter=0.4)
    whole = trainer(micrograph, 6, settings, dropout=0.3)
    train(whole, 60, go_on)
    first = trainer(micrograph, 6, settings, dropout=0.3)
    train(first, 60, lambda report: report.step < 2)
    kept = written(first.snapshot())
    second = trainer(micrograph, 6, replace(settings, seed=99), dropout=0.3)
    second.restore(kept)
    assert second.done == 2 and train(second, 60, go_on).step == 6
    assert same(weights(whole), weights(second)) and second.report.loss == whole.report.loss


def test_a_snapshot_of_another_network_is_refused(micrograph):
    trained = trainer(micrograph)
    trained.step()
    kept = written(trained.snapshot())
    other = Trainer(make_classifier("conv47"), trained._sampler, SETTINGS, 0.02, 4)
    with pytest.raises(RuntimeError, match="linear"):
        other.restore(kept)


def test_nothing_is_done_where_nothing_is_left_to_do(micrograph):
    trained = trainer(micrograph, steps=1)
    train(trained, 60, go_on)
    good = weights(trained)
    assert train(trained, 60, go_on).step == 1 and same(weights(trained), good)


def test_the_seconds_of_a_pause_do_not_count(micrograph):
    trained = trainer(micrograph)
    trained.step()
    trained.leave_out(-1000.0)
    assert trained.step().seconds > 1000
    trained.leave_out(1000.0)
    assert trained.step().seconds < 1000


@pytest.mark.parametrize("reduced", [torch.bfloat16, torch.float16])
def test_it_learns_in_16_bits_too_with_weights_and_objective_in_float32(micrograph, reduced, monkeypatch):
    kinds = set()
    objective = OBJECTIVES["ge-binomial"]
    monkeypatch.setitem(
        OBJECTIVES, "ge-binomial", lambda scores, *rest: kinds.add(scores.dtype) or objective(scores, *rest)
    )
    precision = Precision("cpu", reduced, torch.channels_last)
    trained, full = trainer(micrograph, 6, precision=precision), trainer(micrograph, 6)
    assert train(trained, 60, go_on).loss == pytest.approx(train(full, 60, go_on).loss, rel=0.1)
    assert kinds == {torch.float32} and all(
        each.dtype == torch.float32 for each in trained.classifier.parameters()
    )


def test_gradients_that_overflow_in_float16_are_left_out_and_scaled_less(micrograph):
    trained = trainer(micrograph, precision=Precision("cpu", torch.float16))
    trained.step()
    before, scale = trained.classifier.linear.weight.clone(), trained._scaler.get_scale()
    hook = trained.classifier.linear.weight.register_hook(lambda slope: slope * math.inf)
    trained.step()
    hook.remove()
    assert torch.equal(trained.classifier.linear.weight, before) and trained._scaler.get_scale() == scale / 2


def test_training_of_one_step_is_possible(micrograph):
    assert train(trainer(micrograph, steps=1), 60, go_on).step == 1


def test_more_labels_get_more_steps_up_to_a_limit():
    assert [steps_for(labels) for labels in (1, 5, 60, 10**6)] == [26, 46, 134, 300]


def test_the_more_labels_the_less_the_expected_number_weighs():
    assert [slack_for("ge-binomial", labels) for labels in (1, 10, 40, 100, 10**6)] == [10, 10, 2.5, 1, 1]
    assert slack_for("ge-kl", 10**6) == 10
