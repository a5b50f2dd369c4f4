"""Which micrographs are held out, and how a model scores there; sources are made by hand."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from topazcore.checkpoint import Model
from topazcore.config import TrainingSettings, derive_scales
from topazcore.dataset import Plan
from topazcore.heldout import HeldOut, set_aside, split
from topazcore.job import JobMicrograph
from topazcore.model import make_classifier
from topazcore.preprocess import Downsampling
from topazcore.sampling import LabeledMicrograph
from topazcore.source import Source

NOBODY = np.empty((0, 2))


def source(number: int, labels: int, complete: bool = False, side: int = 200) -> Source:
    xy = np.arange(2 * labels, dtype=float).reshape(-1, 2)
    micrograph = JobMicrograph(number, str(number), f"/{number}.mrc", 2.0, complete)
    return Source(micrograph, None, Downsampling(side, side, 1), xy, NOBODY, 0)


def plan(*sources: Source, pi: float = 0.4) -> Plan:
    return Plan(sources, derive_scales(36, 2.0), 2.0, 16.0, pi, "expected")


def aside_of(*sources: Source, pi: float = 0.4) -> set[int]:
    return set(set_aside(plan(*sources, pi=pi))[1])


@pytest.mark.parametrize(
    ("labels", "aside"),
    [
        ([10], set()),
        ([10, 0], set()),
        ([10, 10], {1}),
        ([30, 10], {2}),
        ([10, 9, 8, 7, 6, 5, 10], {6}),
        ([9] * 6 + [8, 7, 9, 9], {8, 7}),
        # One label ranks nothing, and most of the labels are missed too much.
        ([10, 1, 12, 11], {1}),
        ([50, 3], {2}),
        # Nine would be too few to learn from.
        ([9, 9], set()),
    ],
)
def test_few_labels_are_lost_but_enough_to_rank_by(labels, aside):
    assert aside_of(*(source(number, each) for number, each in enumerate(labels, start=1))) == aside


def test_a_complete_one_goes_first_unless_it_has_most_of_the_labels():
    assert aside_of(source(1, 10), source(2, 12, complete=True), source(3, 30)) == {2}
    assert aside_of(source(1, 10), source(2, 90, complete=True), source(3, 30)) == {1}


def test_nothing_is_held_out_where_the_rest_would_be_labeled_too_densely():
    # 61 px of a radius of 4.5 px around 30 labels, of 40,000: 0.022 or so with half of the area.
    sources = source(1, 10), source(2, 30)
    assert aside_of(*sources, pi=0.02) == set() and aside_of(*sources, pi=0.1) == {1}


def test_nothing_is_held_out_where_the_rest_would_leave_nothing_unlabeled():
    assert aside_of(source(1, 10), source(2, 30, complete=True)) == set()
    assert aside_of(source(1, 10, complete=True), source(2, 30, complete=True)) == {1}


def test_the_rest_is_observed_anew():
    sources = source(1, 10), source(2, 30)
    whole = plan(*sources)
    rest, _ = set_aside(whole)
    assert rest.positives == 30 and [each.micrograph.id for each in rest.sources] == [2]
    # Radius 3 px: 29 pixels a label.
    assert rest.observed == pytest.approx(30 * 29 / 200**2) and rest.pi == whole.pi


def test_prepared_ones_are_split_and_all_are_learned_from_when_only_held_out_ones_are_left():
    prepared = [(source(n, 5), LabeledMicrograph(np.zeros((9, 9)), NOBODY, NOBODY)) for n in (1, 2)]
    learned, held = split(prepared, frozenset({2}))
    assert [each[0].micrograph.id for each in learned] == [1] and [e[0].micrograph.id for e in held] == [2]
    assert split(prepared[1:], frozenset({2})) == (prepared[1:], [])


class Bright(torch.nn.Module):
    """Scores every fourth pixel by its value."""

    receptive_field, stride = 31, 4

    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(()))
        centre = torch.nn.Conv2d(1, 1, 31, stride=2, bias=False)
        every_second = torch.nn.Conv2d(1, 1, 1, stride=2, bias=False)
        with torch.no_grad():
            torch.nn.init.dirac_(centre.weight)
            every_second.weight.fill_(1)
        self.features = torch.nn.Sequential(centre, every_second)

    def score(self, features: torch.Tensor) -> torch.Tensor:
        return self.weight * features[:, 0]


@pytest.fixture
def model() -> Model:
    settings = TrainingSettings(diameter_angstrom=36)
    return Model(Bright(), settings, derive_scales(36, 2.0), 2.0, 4.0, 100.0**2)


def held(shown: list[tuple[int, int]], labeled: list[tuple[int, int]], complete: bool = False) -> HeldOut:
    """100 px wide; bright within 3 px of the shown places, the first the brightest."""
    image = np.zeros((100, 100), np.float32)
    y, x = np.mgrid[:100, :100]
    for rank, (cx, cy) in enumerate(shown):
        image[np.hypot(x - cx, y - cy) <= 3] = 10 - rank
    labels = np.array(labeled, float).reshape(-1, 2)
    base = source(1, 0, complete, side=100)
    return HeldOut([(replace(base, positives=labels), LabeledMicrograph(image, labels, NOBODY))])


PLACES = [(20, 20), (60, 20), (20, 60), (60, 60)]


def test_a_model_that_finds_all_labels_and_nothing_else_is_perfect(model):
    score = held(PLACES, PLACES, complete=True).score(model)
    assert (score.average_precision, score.precision, score.recall) == (1, 1, 1)
    assert (score.micrographs, score.labels, score.lower_bound) == (1, 4, False)


def test_picks_without_a_label_cost_precision_which_is_a_lower_bound(model):
    score = held(PLACES, PLACES[2:]).score(model)
    # Four are expected and found, the two brightest of them without a label.
    assert (score.precision, score.recall, score.lower_bound) == (0.5, 1, True)
    assert 0.3 < score.average_precision < 0.6


def test_what_is_excluded_costs_nothing(model):
    """The two brightest have no label; with them excluded the others are all there is."""
    upper = ((-9.0, -9.0), (200.0, -9.0), (200.0, 40.0), (-9.0, 40.0))
    aside = held(PLACES, PLACES[2:])
    ((whole, micrograph),) = aside._held
    excluded = np.arange(100)[:, None].repeat(100, axis=1) < 40
    outlined = replace(whole.micrograph, exclusions=(upper,))
    less = HeldOut([(replace(whole, micrograph=outlined, excluded=excluded), micrograph)])
    score, before = less.score(model), aside.score(model)
    assert (score.average_precision, score.precision) == (1, 1)
    assert before.average_precision < 0.6 and before.precision < 1


def test_two_picks_find_one_label_once(model):
    score = held([(20, 20), (38, 20)], [(29, 20)]).score(replace(model, expected_particles=2.0))
    assert (score.recall, score.precision) == (1, 0.5)


def test_the_final_threshold_is_the_models_own(model):
    silent = replace(model, offset=-100.0)
    score = held(PLACES, PLACES).score(silent, is_final=True)
    assert (score.precision, score.recall, score.threshold) == (None, 0, 0)
    assert held(PLACES, PLACES).score(silent).recall == 1


def test_scores_that_are_no_numbers_are_worth_nothing(model):
    model.classifier.weight.data.fill_(torch.nan)
    assert held(PLACES, PLACES).score(model).average_precision == 0


def test_scoring_changes_neither_weights_nor_random_numbers(model):
    model = replace(model, classifier=make_classifier("conv31"))
    before, random = {k: v.clone() for k, v in model.classifier.state_dict().items()}, torch.get_rng_state()
    held(PLACES, PLACES).score(model)
    assert all(torch.equal(before[name], value) for name, value in model.classifier.state_dict().items())
    assert torch.equal(random, torch.get_rng_state())
