"""What an experiment is made of: its trials, what each is judged by, and how the outcomes are shown.

Plain data and names of functions only: it loads no torch and no matplotlib, and reads no file.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from topazcore.simulate import SimulationSettings

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DEFAULT_SEEDS, QUICK_SEEDS = 5, 2

# The facts of a trial and the values that were measured: one flat row.
Row = Mapping[str, object]
Rows = Sequence[Row]


@dataclass(frozen=True)
class GivenSet:
    """Real micrographs with known particles.

    Args:
        folder: of the micrographs.
        coordinates: the file with the centres of all particles, in full-size pixels.
        diameter_angstrom: of the particle.
    """

    folder: str
    coordinates: str
    diameter_angstrom: float


@dataclass(frozen=True)
class SimulatedSet:
    """Micrographs to simulate, the last `test` of which are kept for evaluation."""

    simulation: SimulationSettings
    test: int


@dataclass(frozen=True)
class Trial:
    """One training and its evaluation.

    Args:
        facts: what tells it from the experiment's others, as its tables and plots name it.
        data: what it is trained and evaluated on.
        labels: how many true particles of the training micrographs are labeled, drawn at random.
        seed: of the labels that are drawn, the first weights and the batches; trials of one seed share all three.
        settings: of `config.TrainingSettings`, those that differ from `measures.COMMON_SETTINGS`.
        expected_times: the expected particles per micrograph as a multiple of the truth; None: the program's guess.
        labeled_micrographs: how many of the training micrographs have labels; None: any.
    """

    facts: Mapping[str, object]
    data: SimulatedSet | GivenSet
    labels: int
    seed: int
    settings: Mapping[str, object] = field(default_factory=dict)
    expected_times: float | None = 1.0
    labeled_micrographs: int | None = None


@dataclass(frozen=True)
class Form:
    """How much of an experiment is asked for.

    Args:
        quick: a few steps on tiny micrographs: shows that the experiment runs, measures nothing.
        seeds: repeats; None for the form's own number.
        given: real micrographs to do it on besides the simulated ones, where the experiment can.
    """

    quick: bool = False
    seeds: int | None = None
    given: GivenSet | None = None

    @property
    def repeats(self) -> range:
        """The seeds."""
        return range(self.seeds or (QUICK_SEEDS if self.quick else DEFAULT_SEEDS))


@dataclass(frozen=True)
class Table:
    """Text in rows and columns; `title` stands above it."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Experiment:
    """An experiment as functions.

    Args:
        plan: the trials of a form.
        measure: the function of `measures` that judges each.
        show: tables, and paragraphs as plain text, out of the rows.
        draw: onto an empty figure.
    """

    plan: Callable[[Form], list[Trial]]
    measure: str
    show: Callable[[Rows], list[Table | str]]
    draw: Callable[[Rows, "Figure"], None]
