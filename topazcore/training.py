"""The training loop, one step at a time.

Source: Bepler et al. 2019, Online Methods, with dense patches, AdamW and a one-cycle learning rate in place of
Adam at a constant one. On one machine with one number of threads the weights depend on the labels, the
settings and the number of steps done, on nothing else: a limit in seconds only decides how many steps are done,
never what a step does; neither do a pause, a look at the model, or a fresh process that goes on from a
snapshot. It never reads or writes a file.
"""

import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace

import torch
from torch import nn

from topazcore.autoencoder import Reconstruction
from topazcore.config import TrainingSettings
from topazcore.errors import TrainingError
from topazcore.model import Classifier
from topazcore.objective import OBJECTIVES, Loss
from topazcore.optimisation import SCHEDULES, make_optimizer, moments, restore_moments, set_pace
from topazcore.precision import Precision
from topazcore.sampling import Sampler
from topazcore.snapshot import Snapshot, named

# Where float16 still diverges with gradients scaled down to their own size, it is not for want of range.
_SMALLEST_SCALE = 1.0


@dataclass(frozen=True)
class StepReport:
    """What one step did: `step` counts from 1; `seconds` since the first step began, without pauses."""

    step: int
    steps: int
    loss: float
    ge_penalty: float
    seconds: float


def steps_for(labels: int) -> int:
    """How many steps suit a number of labels: 46 for five of them, 134 for 60, at most 300.

    Few labels are learned by heart when seen too often; many are not used up before. The measurements are in
    docs/decisions.md.
    """
    return min(300, 10 + round(16 * math.sqrt(labels)))


def slack_for(objective: str, labels: int) -> float:
    """Which slack suits a number of labels: for GE-binomial 10 up to ten of them, 1 from a hundred on; else 10.

    The expected number of particles tells more than a few labels, and less than many (docs/decisions.md). Source of the
    ends: Bepler et al. 2019, Online Methods, has 1 for GE-binomial and 10 for GE-KL.
    """
    return min(10.0, max(1.0, 100 / labels)) if objective == "ge-binomial" else 10.0


class Trainer:
    """Trains one classifier on the batches of one sampler, step by step.

    Args:
        classifier: changed in place; on the device where it shall be trained.
        sampler: gives the batches.
        settings: learning rate and its schedule, weight decay, patches per step, objective, slack (given), seed.
        pi: expected fraction of positives among the unlabeled sites.
        steps: length of the learning-rate schedule, and of the training unless something ends it earlier.
        precision: of the network; float32 unless said otherwise.
        reconstruction: the autoencoder's term, whose decoder is trained with the classifier; None is none.

    Attributes:
        report: of the last step; None before the first.
    """

    def __init__(
        self,
        classifier: Classifier,
        sampler: Sampler,
        settings: TrainingSettings,
        pi: float,
        steps: int,
        precision: Precision | None = None,
        reconstruction: Reconstruction | None = None,
    ):
        self.classifier, self.steps, self.report = classifier, steps, None
        self._sampler, self._settings, self._pi = sampler, settings, pi
        self._device = next(classifier.parameters()).device
        self._precision = precision or Precision(self._device.type)
        classifier.to(memory_format=self._precision.layout)
        self._random = torch.Generator().manual_seed(settings.seed)
        self._reconstruction = reconstruction
        decoder = reconstruction.parameters() if reconstruction else ()
        self._optimizer = make_optimizer([*classifier.parameters(), *decoder], settings)
        self._scaler = self._precision.scaler()
        self._began = time.monotonic()

    @property
    def done(self) -> int:
        """Steps done."""
        return self.report.step if self.report else 0

    def step(self) -> StepReport:
        """One step of the optimiser.

        Raises:
            TrainingError: the loss is not finite. The classifier is as it was before the step.
        """
        step, statistics = self.done + 1, self._statistics()
        self._settle_statistics(step)
        set_pace(
            self._optimizer,
            SCHEDULES[self._settings.schedule](step, self.steps, self._settings.learning_rate),
        )
        loss = self._loss()
        self._optimizer.zero_grad()
        self._scaler.scale(loss.minimised).backward()
        self._scaler.unscale_(self._optimizer)
        if not self._is_finite(loss):
            # Only the statistics have changed so far.
            self.classifier.load_state_dict(statistics, strict=False)
            raise _diverged(step, loss)
        self._scaler.step(self._optimizer)
        self._scaler.update()
        total, penalty = loss.total.item(), loss.unlabeled.item()
        self.report = StepReport(step, self.steps, total, penalty, time.monotonic() - self._began)
        return self.report

    def leave_out(self, seconds: float) -> None:
        """Seconds that just passed and do not count: those of a pause."""
        self._began += seconds

    def snapshot(self) -> Snapshot:
        """Everything that the next step depends on; after at least one step."""
        return Snapshot(
            {
                **asdict(self.report),
                "seconds": time.monotonic() - self._began,
                "scaler": self._scaler.state_dict(),
                "sampler": self._sampler.state(),
            },
            {
                **named("classifier", self.classifier.state_dict()),
                **named("decoder", self._reconstruction.state_dict() if self._reconstruction else {}),
                **named("moments", moments(self._optimizer)),
                "random/order": self._random.get_state(),
                "random/torch": torch.get_rng_state(),
            },
        )

    def restore(self, snapshot: Snapshot) -> None:
        """Go on from a snapshot of a trainer of the same classifier, settings and labels."""
        facts = dict(snapshot.facts)
        self._scaler.load_state_dict(facts.pop("scaler"))
        self._sampler.restore(facts.pop("sampler"))
        self.report = StepReport(**facts)
        self._began = time.monotonic() - self.report.seconds
        self.classifier.load_state_dict(snapshot.group("classifier"))
        if self._reconstruction:
            self._reconstruction.load_state_dict(snapshot.group("decoder"))
        restore_moments(self._optimizer, snapshot.group("moments"))
        self._random.set_state(snapshot.tensors["random/order"])
        torch.set_rng_state(snapshot.tensors["random/torch"])

    def _loss(self) -> Loss:
        self.classifier.train()
        batch = self._sampler.draw()
        images = batch.images.to(self._device, memory_format=self._precision.layout)
        with self._precision.autocast():
            features = self.classifier.features(images)
            scores = self.classifier.score(features)
        # The objective is always in float32: a count over hundreds of sites is no work for 16 bits.
        scores = scores.float().flatten()
        order = torch.randperm(len(scores), generator=self._random)
        kinds = batch.kinds.flatten()[order].to(self._device)
        objective = OBJECTIVES[self._settings.objective]
        loss = objective(scores[order.to(self._device)], kinds, self._pi, self._settings.slack)
        if self._reconstruction is None:
            return loss
        with self._precision.autocast():
            return replace(loss, reconstruction=self._reconstruction(images, features, self._random))

    def _settle_statistics(self, step: int) -> None:
        """Let batch normalisation average all steps at first: its usual memory takes 30 steps to fill."""
        for module in self.classifier.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.momentum = max(0.1, 1 / step)

    def _statistics(self) -> dict[str, torch.Tensor]:
        """A copy of what the forward pass changes."""
        return {name: value.clone() for name, value in self.classifier.named_buffers()}

    def _is_finite(self, loss: Loss) -> bool:
        if not math.isfinite(loss.total.item()):
            return False
        if self._scaler.is_enabled() and self._scaler.get_scale() > _SMALLEST_SCALE:
            # Gradients that overflow make the scaler leave out this step and scale less.
            return True
        slopes = [weight.grad for weight in self.classifier.parameters() if weight.grad is not None]
        return math.isfinite(nn.utils.get_total_norm(slopes).item())


def train(trainer: Trainer, max_seconds: float, on_step: Callable[[StepReport], bool]) -> StepReport:
    """Train to the end of the schedule, at most `max_seconds`, and while `on_step` returns true.

    A trainer that goes on from a snapshot counts the steps and seconds before it; where nothing is left to do
    nothing is done.

    Returns:
        The last step's report. The classifier is left ready to score.

    Raises:
        TrainingError: as `Trainer.step`; the classifier has the last good weights and is ready to score.
    """
    try:
        while _is_left(trainer, max_seconds) and on_step(trainer.step()):
            pass
    finally:
        trainer.classifier.eval()
    return trainer.report


def _is_left(trainer: Trainer, max_seconds: float) -> bool:
    """Whether there is a step to do: the first one always."""
    report = trainer.report
    return report is None or (report.step < trainer.steps and report.seconds < max_seconds)


def _diverged(step: int, loss: Loss) -> TrainingError:
    value = loss.total.item()
    found = (
        f"the gradient at step {step} is not finite"
        if math.isfinite(value)
        else f"the loss at step {step} is {value}"
    )
    return TrainingError(
        found,
        "a finite number",
        "lower the learning rate, or look for micrographs with extreme values",
    )
