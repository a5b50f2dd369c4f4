"""The micrographs of an experiment: which train, which are kept for evaluation, where all particles are.

Simulated ones are made once into a folder of the cache, named by what they are, and found there the next time; real
ones stay where they are. Labels are drawn at random from the truth of the training micrographs, as in
Bepler et al. 2019, figure 5; fewer labels of one seed are among the more. It never trains.
"""

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from topazcore.commands.known import assign_clearly, known_micrographs, relative_paths
from topazcore.coordinates import Coordinates
from topazcore.errors import CoordinateError, SettingsError
from topazcore.experiments.experiment import GivenSet, SimulatedSet
from topazcore.formats import read_coordinates
from topazcore.micrograph import read_header
from topazcore.simulate import TRUTH_FILE, SimulationSettings, simulate

# Of real micrographs.
_TEST_SHARE = 1 / 2
# A compact particle, and a stick of low contrast: chosen so that average precisions lie well between 0 and 1.
STANDARD_SNR = {"globule": 0.1, "stick": 0.08}
_STANDARD = {"pixel_size_angstrom": 4.0, "diameter_angstrom": 144.0, "seed": 1}
_FULL = _STANDARD | {"micrographs": 30, "size_px": 512, "particles_per_micrograph": 50.0}
_QUICK = _STANDARD | {"micrographs": 6, "size_px": 256, "particles_per_micrograph": 12.0}
_FULL_TEST, _QUICK_TEST = 6, 2


@dataclass(frozen=True)
class DataSet:
    """Micrographs with known particles.

    Args:
        train, test: name to path.
        truth: of both, under these names.
        pixel_size_angstrom, diameter_angstrom: of the micrographs, of the particle.
        margin_px: what lies closer to an edge is not evaluated, since nobody looked there.
    """

    train: dict[str, Path]
    test: dict[str, Path]
    truth: Coordinates
    pixel_size_angstrom: float
    diameter_angstrom: float
    margin_px: float = 0.0

    @property
    def train_truth(self) -> Coordinates:
        """The particles that can be labeled."""
        return _on(self.truth, self.train)

    @property
    def test_truth(self) -> Coordinates:
        """The particles that shall be found."""
        return _on(self.truth, self.test)

    @property
    def particles_per_micrograph(self) -> float:
        """The mean over the training micrographs."""
        return len(self.train_truth) / len(self.train)


def standard_set(particle: str, quick: bool, **changes: object) -> SimulatedSet:
    """The micrographs that most experiments use; `changes` are settings of the simulation."""
    settings = {
        **(_QUICK if quick else _FULL),
        "particle": particle,
        "snr": STANDARD_SNR[particle],
        **changes,
    }
    return SimulatedSet(SimulationSettings(**settings), _QUICK_TEST if quick else _FULL_TEST)


def draw_labels(data: DataSet, labels: int, seed: int, micrographs: int | None = None) -> Coordinates:
    """`labels` particles of the training micrographs, at random.

    Args:
        micrographs: on so many of them, at random, too; None: on any.

    Raises:
        SettingsError: there are not so many.
    """
    random, truth = np.random.default_rng(seed), data.train_truth
    if micrographs is not None:
        names = random.permutation(list(data.train))[:micrographs]
        truth = _on(truth, dict.fromkeys(names))
    if labels > len(truth):
        raise SettingsError(f"{labels} labels", f"at most {len(truth)}, the particles on the training set")
    return truth.select(random.permutation(len(truth))[:labels])


def open_set(spec: SimulatedSet | GivenSet, cache: Path) -> DataSet:
    """The micrographs that `spec` means; simulated ones are made in `cache` unless they are there.

    Raises:
        PeridotError: they cannot be written, or read.
    """
    return _simulated(spec, cache) if isinstance(spec, SimulatedSet) else _given(spec)


def _simulated(spec: SimulatedSet, cache: Path) -> DataSet:
    settings = spec.simulation
    folder = cache / _digest(spec)
    # The truth is written last: where it is, the set is whole.
    if (folder / TRUTH_FILE).exists():
        truth = read_coordinates(folder / TRUTH_FILE)
    else:
        truth = simulate(settings, folder)
    paths = {f"{number:04d}": folder / f"{number:04d}.mrc" for number in range(1, settings.micrographs + 1)}
    train, test = _split(paths, spec.test)
    return DataSet(train, test, truth, settings.pixel_size_angstrom, settings.diameter_angstrom)


def _given(spec: GivenSet) -> DataSet:
    known = known_micrographs(spec.folder)
    truth = assign_clearly(
        read_coordinates(spec.coordinates), relative_paths(spec.folder, known), "particles"
    ).coordinates
    paths = {name: known[name] for name in sorted(truth.names())}
    if len(paths) < 2:
        raise CoordinateError(f"particles on {len(paths)} of the micrographs", "on two or more of them")
    headers = {name: read_header(path) for name, path in paths.items()}
    pixel_size = next(iter(headers.values())).pixel_size_angstrom
    if pixel_size is None:
        raise SettingsError("micrographs without a pixel size", "one in their headers")
    train, test = _split(paths, max(1, round(_TEST_SHARE * len(paths))))
    sizes = np.array([(headers[name].width, headers[name].height) for name in truth.micrograph])
    margin = float(np.minimum(truth.xy, sizes - 1 - truth.xy).min())
    return DataSet(train, test, truth, pixel_size, spec.diameter_angstrom, max(0.0, margin))


def _split(paths: dict[str, Path], test: int) -> tuple[dict[str, Path], dict[str, Path]]:
    names = list(paths)
    return {name: paths[name] for name in names[:-test]}, {name: paths[name] for name in names[-test:]}


def _on(table: Coordinates, names: Mapping[str, object]) -> Coordinates:
    return table.select(np.array([name in names for name in table.micrograph], dtype=bool))


def _digest(spec: SimulatedSet) -> str:
    text = json.dumps(dataclasses.asdict(spec.simulation), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
