"""The best state of a training: the weights that scored highest, kept while it goes on.

It never decides what is good: whoever offers a state says how it scored.
"""

import torch

from topazcore.model import Classifier
from topazcore.snapshot import Snapshot, named


class BestState:
    """Keeps a copy of the best weights.

    Attributes:
        step: after which they stood; 0 before the first check.
        checks_since: how many checks in a row did not reach a new height.
    """

    def __init__(self):
        self.step, self.checks_since = 0, 0
        self._highest = 0.0
        self._weights: dict[str, torch.Tensor] = {}

    def offer(self, classifier: Classifier, step: int, value: float, tie: float) -> bool:
        """Keep the classifier's weights if nothing scored higher by more than the share `tie`.

        Of a tie the later state counts: its learning rate was lower.

        Args:
            value: at least 0; the higher the better.

        Returns:
            Whether it was kept.
        """
        self.checks_since = 0 if value > self._highest or not self.step else self.checks_since + 1
        self._highest = max(value, self._highest)
        if value < self._highest * (1 - tie):
            return False
        self.step = step
        self._weights = {name: tensor.clone() for name, tensor in classifier.state_dict().items()}
        return True

    def put_back(self, classifier: Classifier) -> None:
        """Give the classifier the best weights, if any check was made."""
        if self._weights:
            classifier.load_state_dict(self._weights)

    def snapshot(self) -> Snapshot:
        """All of it."""
        facts = {"step": self.step, "checks_since": self.checks_since, "highest": self._highest}
        return Snapshot(facts, named("classifier", self._weights))

    def restore(self, snapshot: Snapshot) -> None:
        """Go on from a snapshot, whose tensors are ours from now on."""
        facts = snapshot.facts
        self.step, self.checks_since = facts["step"], facts["checks_since"]
        self._highest = facts["highest"]
        self._weights = snapshot.group("classifier")
