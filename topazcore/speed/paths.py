"""The hot paths, measured: preprocessing, training to the reference's quality, picking a set, suppression alone.

Each gives flat rows: path, program, round, seconds and memory, and what the outcome was worth where that can be said.
The programs take turns, so that what else the machine does hits both.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from scipy import ndimage

from topazcore.coordinates import Coordinates
from topazcore.experiments import peer
from topazcore.experiments.runs import precision_of_sites
from topazcore.experiments.sets import DataSet, draw_labels
from topazcore.formats import read_coordinates
from topazcore.metrics import inside, precision_recall
from topazcore.micrograph import read_header, read_micrograph
from topazcore.picking import Prepared
from topazcore.preprocess import Downsampling
from topazcore.scoring import ScoreMap
from topazcore.speed import frames, reference
from topazcore.speed.cost import Cost, cost_of
from topazcore.speed.curve import SITE_SPACING_DS, State, task_of
from topazcore.suppression import local_maxima, suppress

OURS, REFERENCE = "ours", "reference"
PREPROCESSING, TRAINING, PICKING, SUPPRESSION = "preprocessing", "training", "picking", "suppression"

_RUN = Path(__file__).resolve().parents[2] / "run.py"
_DOWNSAMPLE = 4
# The reference's own: its positive sites are this near to a label.
_RADIUS_DS = 3.0
_SEED = 0
# What the page trains with, on micrographs that are downsampled already.
_PAGE_SETTINGS = {"threads": 0, "patches_per_step": 32, "downsample": 1.0}


@dataclass(frozen=True)
class Size:
    """How much is measured; the numbers of micrographs make starting a program a small part of its time."""

    rounds: int = 3
    full_size_px: int = 4096
    full_size: int = 4
    labels: int = 60
    reference_steps: int = 400
    picked_by_us: int = 96
    picked_by_reference: int = 12
    map_px: int = 1024
    our_steps: int | None = None


QUICK = Size(1, 256, 1, 10, 2, 3, 2, 128, 3)


@dataclass(frozen=True)
class Bench:
    """What all paths share.

    Args:
        data: micrographs as the network sees them, with their truth.
        folder: gets everything that is made.
    """

    data: DataSet
    folder: Path
    size: Size

    @property
    def programs(self) -> tuple[str, ...]:
        """The reference counts where it is installed."""
        return (OURS, REFERENCE) if peer.program() else (OURS,)

    @property
    def radius_ds(self) -> float:
        """No two picks of either program are closer: half a diameter."""
        return self.data.diameter_angstrom / self.data.pixel_size_angstrom / 2


def preprocessing(bench: Bench) -> Iterator[dict]:
    """Downsampling by 4 and mixture normalisation of float32 micrographs, files to files."""
    size = bench.size
    folder = bench.folder / "full"
    paths = frames.write_full_size(folder, size.full_size, size.full_size_px)
    out = bench.folder / "preprocessed"
    commands = {
        OURS: lambda: [*_ours("preprocess", folder, "--out", out / OURS),
                       *("--downsample", str(_DOWNSAMPLE), "--normalisation", "mixture")],
        REFERENCE: lambda: reference.preprocess(paths, _made(out / REFERENCE), _DOWNSAMPLE),
    }  # fmt: skip
    yield from _in_turn(PREPROCESSING, bench, lambda program: cost_of(commands[program](), len(paths)))


def training(bench: Bench) -> Iterator[dict]:
    """The reference's warm-started training, then ours until its states are as good on the held-out micrographs.

    The reference trains once: it takes minutes and its CPU time hardly varies.
    """
    goal = None
    if REFERENCE in bench.programs:
        cost, goal = _reference_training(bench)
        yield _row(TRAINING, REFERENCE, 0, cost, average_precision=goal, steps=bench.size.reference_steps)
    for turn in range(bench.size.rounds):
        cost, states = _our_training(bench, turn)
        reached = next((state for state in states if goal is None or state.average_precision >= goal), None)
        best = max(states, key=lambda state: state.average_precision)
        yield _row(TRAINING, OURS, turn, cost,
                   average_precision=states[-1].average_precision, steps=states[-1].step,
                   best_average_precision=best.average_precision,
                   trained_cpu_seconds=states[-1].cpu_seconds,
                   reached_at_step=reached and reached.step,
                   reached_cpu_seconds=reached and reached.cpu_seconds)  # fmt: skip


def picking(bench: Bench) -> Iterator[dict]:
    """Loading, scoring, suppression and writing for a set of prepared micrographs; after `training`."""
    size, test = bench.size, bench.data.test
    sets = {
        OURS: frames.linked(test, bench.folder / "set" / OURS, size.picked_by_us),
        REFERENCE: frames.linked(test, bench.folder / "set" / REFERENCE, size.picked_by_reference),
    }
    out = {program: bench.folder / f"picks-{program}.txt" for program in sets}

    def cost(program: str) -> Cost:
        if program == OURS:
            model = bench.folder / "ours" / "model.safetensors"
            command = _ours("pick", sets[OURS][0].parent, "--model", model, "--out", out[OURS])
        else:
            model = bench.folder / "reference" / reference.MODEL_FILE
            command = reference.pick(model, round(bench.radius_ds), sets[REFERENCE], out[REFERENCE])
        return cost_of(command, len(sets[program]))

    yield from _in_turn(PICKING, bench, cost, lambda program: {"best_f1": _best_f1(out[program], bench)})


def suppression(bench: Bench) -> Iterator[dict]:
    """Greedy suppression alone, on one map of smooth noise; no start of a program in it."""
    side, radius_px = bench.size.map_px, round(bench.radius_ds)
    noise = np.random.default_rng(_SEED).standard_normal((side, side))
    scores = (ndimage.gaussian_filter(noise, 2) * 30 - 3).astype(np.float32)
    path = bench.folder / "scores.npy"
    np.save(path, scores)
    if REFERENCE in bench.programs:
        for turn, seconds in enumerate(reference.suppression_seconds(path, radius_px, bench.size.rounds)):
            yield _row(SUPPRESSION, REFERENCE, turn, Cost(seconds, seconds, 0))
    for turn in range(bench.size.rounds):
        began = time.perf_counter()
        peaks = local_maxima(scores)
        suppress(peaks[:, ::-1].astype(float), scores[peaks[:, 0], peaks[:, 1]], radius_px)
        seconds = time.perf_counter() - began
        yield _row(SUPPRESSION, OURS, turn, Cost(seconds, seconds, 0))


PATHS: dict[str, Callable[[Bench], Iterator[dict]]] = {
    PREPROCESSING: preprocessing,
    TRAINING: training,
    PICKING: picking,
    SUPPRESSION: suppression,
}


def _in_turn(
    path: str, bench: Bench, measure: Callable[[str], Cost], worth: Callable[[str], dict] = lambda program: {}
) -> Iterator[dict]:
    for turn in range(bench.size.rounds):
        for program in bench.programs:
            cost = measure(program)
            yield _row(path, program, turn, cost, **worth(program))


def _row(path: str, program: str, turn: int, cost: Cost, **worth: object) -> dict:
    return {"path": path, "program": program, "round": turn, **asdict(cost), **worth}


def _ours(*arguments: str | Path) -> list[str | Path]:
    return [sys.executable, _RUN, *arguments]


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _reference_training(bench: Bench) -> tuple[Cost, float]:
    data, folder = bench.data, _made(bench.folder / "reference")
    labels = draw_labels(data, bench.size.labels, _SEED)
    named = {name: labels.of(name).xy for name in labels.names()}
    images = {name: read_micrograph(data.train[name]) for name in named}
    task = peer.PeerTraining(images, named, 0.0, {}, bench.size.reference_steps)
    cost = cost_of(reference.train(task, data.particles_per_micrograph, folder))
    found = peer.score(folder / reference.MODEL_FILE, list(data.test.values()), folder / "scores")
    maps = ((name, _frame(data.test[name]), ScoreMap(scores[::SITE_SPACING_DS, ::SITE_SPACING_DS], SITE_SPACING_DS))
            for name, scores in found.items())  # fmt: skip
    return cost, precision_of_sites(maps, _RADIUS_DS, data)


def _our_training(bench: Bench, seed: int) -> tuple[Cost, list[State]]:
    """The labels are the reference's in every round; weights and batches are the round's own."""
    folder = _made(bench.folder / "ours")
    settings = _PAGE_SETTINGS | {"seed": seed, "max_steps": bench.size.our_steps}
    (folder / "task.json").write_text(task_of(bench.data, _RADIUS_DS, bench.size.labels, _SEED, settings))
    cost = cost_of(
        [sys.executable, "-m", "topazcore.speed.curve", folder],
        environment={"PYTHONPATH": str(_RUN.parent), "OMP_WAIT_POLICY": "PASSIVE"},
    )
    return cost, [State(**state) for state in json.loads((folder / "states.json").read_text())]


def _frame(path: Path) -> Prepared:
    header = read_header(path)
    return Prepared(np.empty((0, 0), np.float32), Downsampling(header.height, header.width, 1))


def _best_f1(path: Path, bench: Bench) -> float:
    data = bench.data
    picks = read_coordinates(path)
    picks = picks.select(np.array([name in data.test for name in picks.micrograph], bool))
    if data.margin_px:
        headers = {name: read_header(each) for name, each in data.test.items()}
        picks = inside_of(picks, data.margin_px, headers)
    return float(precision_recall(picks, data.test_truth, distance_px=bench.radius_ds).f1.max())


def inside_of(picks: Coordinates, margin_px: float, headers: dict) -> Coordinates:
    """The picks that are not in the margin, where nobody looked."""
    sizes = {name: (header.height, header.width) for name, header in headers.items()}
    return picks.select(inside(picks, margin_px, sizes))
