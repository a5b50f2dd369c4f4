"""The class prior of a training: given, or from what is known about the number of particles.

Source: Bepler et al. 2019, Online Methods: pi is the expected fraction of positive sites. In this order it is taken
from pi itself, from the expected particles per micrograph, from micrographs whose particles are all labeled, or from a
guess; which one is always told. Densities count what is not excluded, and are the same in what is. It never changes
an objective when pi does not fit, and never reads a file.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from topazcore.config import TrainingSettings
from topazcore.targets import class_prior_of_sites, disk_area, unlabeled_prior

PRIOR_FROM = ("pi", "expected", "complete", "guess")


@dataclass(frozen=True)
class Counts:
    """A labeled micrograph in numbers.

    Args:
        labels: positive ones.
        pixels: downsampled, of the whole micrograph; `counted`: of them, those that are not excluded.
        complete: every particle is labeled.
    """

    labels: int
    pixels: int
    counted: int
    complete: bool = False

    @property
    def particles(self) -> float:
        """Labels, as many as there would be if nothing were excluded."""
        return self.labels * self.pixels / self.counted if self.counted else 0.0


@dataclass(frozen=True)
class Prior:
    """pi, the particles expected on a micrograph of the labeled ones' mean size, and one of PRIOR_FROM."""

    pi: float
    expected_particles: float
    source: str


def choose_prior(
    settings: TrainingSettings,
    counts: Sequence[Counts],
    radius: float,
    guess: Callable[[float], float],
) -> Prior:
    """The class prior of a training on some micrographs.

    Args:
        counts: of the labeled micrographs, at least one.
        radius: of the positive sites, in downsampled px.
        guess: the expected particles per micrograph from the mean number of labels of a labeled one.
    """
    expected, source = _expected(settings, counts, guess)
    pi = float(np.mean([class_prior_of_sites(expected, radius, each.pixels) for each in counts]))
    if settings.pi is not None:
        pixels = float(np.mean([each.pixels for each in counts]))
        expected = settings.expected_particles or settings.pi * pixels / disk_area(radius)
        pi, source = settings.pi, "pi"
    return Prior(pi, expected, source)


def observed_prior(counts: Sequence[Counts], radius: float) -> float:
    """The fraction of sites that are labeled positive, where unlabeled ones are left; else of all of them.

    Complete micrographs do not count beside others: there every site is told, and pi says nothing about the rest.
    """
    looked_at = [each for each in counts if not each.complete] or counts
    sites = sum(each.counted for each in looked_at)
    return sum(each.labels for each in looked_at) * disk_area(radius) / sites if sites else 0.0


def prior_of_the_unlabeled(pi: float, counts: Sequence[Counts], radius: float) -> float:
    """The expected fraction of positives among unlabeled sites; pi itself where none is left unlabeled."""
    if all(each.complete for each in counts):
        return pi
    return unlabeled_prior(pi, observed_prior(counts, radius))


def _expected(
    settings: TrainingSettings, counts: Sequence[Counts], guess: Callable[[float], float]
) -> tuple[float, str]:
    if settings.expected_particles is not None:
        return settings.expected_particles, "expected"
    complete = [each for each in counts if each.complete and each.counted]
    found = sum(each.labels for each in complete)
    if found:
        density = found / sum(each.counted for each in complete)
        return density * float(np.mean([each.pixels for each in counts])), "complete"
    labeled = [each.particles for each in counts if each.labels]
    return guess(float(np.mean(labeled)) if labeled else 0.0), "guess"
