"""Which micrographs set the default threshold; what is made of them is `calibration`'s."""

import numpy as np
import pytest

from topazcore import default_threshold
from topazcore.control import Control


@pytest.mark.parametrize(
    ("unseen", "known", "asked"),
    [
        (["u1", "u2", "u3"], ["k1"], ["u1", "u2", "u3"]),
        (["u1"], ["k1", "k2", "k3"], ["u1", "k1", "k2"]),
        (["u1"], ["k1"], ["u1", "k1"]),
        ([], ["k1", "k2"], ["k1", "k2"]),
    ],
)
def test_unlabeled_micrographs_come_first_and_labeled_ones_fill_up(monkeypatch, unseen, known, asked):
    at_labels, used = np.array([2.0]), []

    def calibrated(model, prepared, picks, label_scores):
        used.append((list(prepared), list(picks), label_scores))
        return "the calibration"

    monkeypatch.setattr(default_threshold, "_unseen", lambda job, model, control: iter(unseen))
    monkeypatch.setattr(default_threshold, "_picks_of", lambda model, each, control: f"picks of {each}")
    labeled = [(each, f"picks of {each}") for each in known]
    monkeypatch.setattr(default_threshold, "_labeled", lambda model, learned, control: (labeled, at_labels))
    monkeypatch.setattr(default_threshold, "calibrated_on", calibrated)
    assert default_threshold.default_calibration(None, None, [], Control()) == "the calibration"
    [(prepared, picks, label_scores)] = used
    assert prepared == asked and picks == [f"picks of {each}" for each in asked]
    assert label_scores is at_labels
