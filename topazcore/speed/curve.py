"""Our training as a process of its own, and how good its model is after each so many steps.

What is asked is how many CPU seconds it takes to be as good as another program. Those of this process count from its
start, imports and preparation included; what it takes to see how good a state is does not. Looking changes nothing:
the training ends at the same weights as without it.
"""

import json
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from topazcore.checkpoint import Model, save_model
from topazcore.control import Control
from topazcore.coordinates import Coordinates
from topazcore.experiments.experiment import Trial
from topazcore.experiments.runs import SITE_SPACING_DS, job_of, precision_of_sites, prepared_test
from topazcore.experiments.sets import DataSet
from topazcore.pipeline import train_job
from topazcore.scoring import score_map
from topazcore.training import StepReport

_LOOK_EVERY = 5
_FIRST_LOOK = 10
_NUMBERS = ("pixel_size_angstrom", "diameter_angstrom", "margin_px")


@dataclass(frozen=True)
class State:
    """A state of a training: steps and CPU seconds up to it, and its average precision of held-out sites."""

    step: int
    cpu_seconds: float
    average_precision: float


class Watch:
    """Looks at the model after every few steps; its own CPU seconds are left out."""

    def __init__(self, data: DataSet, radius_ds: float):
        self.states: list[State] = []
        self._data, self._radius_ds, self._looking = data, radius_ds, 0.0

    def __call__(self, model: Model, report: StepReport) -> None:
        step = report.step
        if step != report.steps and (step < _FIRST_LOOK or step % _LOOK_EVERY):
            return
        began = time.process_time()
        model.classifier.eval()
        precision = site_precision(model, self._data, self._radius_ds)
        self.states.append(State(step, began - self._looking, precision))
        self._looking += time.process_time() - began


def site_precision(model: Model, data: DataSet, radius_ds: float) -> float:
    """Average precision of the held-out sites, positive within `radius_ds` of a particle."""
    spacing = model.classifier.stride // SITE_SPACING_DS
    maps = ((name, prepared, score_map(model.classifier, prepared.image, spacing))
            for name, prepared in prepared_test(model, data))  # fmt: skip
    return precision_of_sites(maps, radius_ds, data)


def main(folder: Path) -> int:
    """Train as `task.json` says; leaves `model.safetensors` and `states.json`."""
    task = json.loads((folder / "task.json").read_text())
    data = _data_of(task["data"])
    watch = Watch(data, task["radius_ds"])
    trial = Trial({}, None, task["labels"], task["seed"], task["settings"])
    trained = train_job(job_of(trial, data), lambda event, **fields: None, Control(), live=watch)
    save_model(trained.model, folder / "model.safetensors")
    (folder / "states.json").write_text(json.dumps([asdict(state) for state in watch.states]))
    return 0


def task_of(data: DataSet, radius_ds: float, labels: int, seed: int, settings: Mapping) -> str:
    """What `main` reads."""
    paths = {
        kind: {name: str(path) for name, path in getattr(data, kind).items()} for kind in ("train", "test")
    }
    truth = [
        [str(name), x, y] for name, (x, y) in zip(data.truth.micrograph, data.truth.xy.tolist(), strict=True)
    ]
    described = {**paths, "truth": truth, **{name: getattr(data, name) for name in _NUMBERS}}
    return json.dumps(
        {
            "data": described,
            "radius_ds": radius_ds,
            "labels": labels,
            "seed": seed,
            "settings": dict(settings),
        }
    )


def _data_of(described: Mapping) -> DataSet:
    names, x, y = zip(*described["truth"], strict=True)
    paths = {kind: {name: Path(path) for name, path in described[kind].items()} for kind in ("train", "test")}
    return DataSet(
        **paths,
        truth=Coordinates(np.array(names), np.array(x), np.array(y)),
        **{name: described[name] for name in _NUMBERS},
    )


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
