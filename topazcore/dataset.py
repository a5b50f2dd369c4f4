"""What a training learns from: the labeled micrographs of a job, prepared, with their scales and class prior.

Source: Bepler et al. 2019, Online Methods (pi from the expected number of particles). It reads micrographs
and never writes; labels outside their micrograph are left out and counted, never fatal.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from statistics import median

import numpy as np

from topazcore.cache import Read, reader
from topazcore.config import (
    Scales,
    derive_scales,
    guess_expected_particles,
)
from topazcore.errors import MicrographError, PeridotError, SettingsError, TrainingError
from topazcore.job import Job, JobLabel, JobMicrograph
from topazcore.mixture import Mixture, fit_mixture, sample
from topazcore.preprocess import read_compact
from topazcore.prior import choose_prior, observed_prior, prior_of_the_unlabeled
from topazcore.sampling import LabeledMicrograph
from topazcore.scratch import Scratch, shelves
from topazcore.source import Source, factor_for, read_source
from topazcore.targets import check_prior

Skipped = Callable[[JobMicrograph, PeridotError], None]
# Micrographs that a normalisation is fitted to: the labeled ones, then others spread over the list.
_FITTED_TO = 12


@dataclass(frozen=True)
class Plan:
    """Everything about a training that is known before a pixel is read.

    Args:
        sources: micrographs with labels, and complete ones without.
        pixel_size_angstrom: the median over them.
        expected_particles: per micrograph.
        pi: expected fraction of positive pixels; `prior_from`: where it comes from, one of `prior.PRIOR_FROM`.
    """

    sources: tuple[Source, ...]
    scales: Scales
    pixel_size_angstrom: float
    expected_particles: float
    pi: float
    prior_from: str

    @property
    def positives(self) -> int:
        """Number of positive labels to learn from."""
        return sum(len(source.positives) for source in self.sources)

    @property
    def outside(self) -> int:
        """Number of labels that lie outside their micrograph."""
        return sum(source.outside for source in self.sources)

    @property
    def in_exclusion(self) -> int:
        """Number of labels that lie where a person excluded."""
        return sum(source.in_exclusion for source in self.sources)

    @property
    def observed(self) -> float:
        """The fraction of pixels that are labeled positive, see `prior.observed_prior`."""
        return observed_prior([source.counts for source in self.sources], self.scales.positive_radius_ds)

    @property
    def unlabeled_pi(self) -> float:
        """Expected fraction of positives among what is not labeled."""
        counts = [source.counts for source in self.sources]
        return prior_of_the_unlabeled(self.pi, counts, self.scales.positive_radius_ds)

    @property
    def is_all_told(self) -> bool:
        """Whether every micrograph is complete, so that no site is unlabeled."""
        return all(source.micrograph.complete for source in self.sources)

    @property
    def leaves_something(self) -> bool:
        """Whether the class prior leaves something to find among unlabeled sites, where there are any."""
        return self.is_all_told or self.observed < self.pi

    @property
    def pixels_ds(self) -> float:
        """Mean number of downsampled pixels of a labeled micrograph."""
        return float(np.mean([source.frame.height_ds * source.frame.width_ds for source in self.sources]))

    @property
    def header_pixel_size_angstrom(self) -> float | None:
        """What most of the labeled micrographs' headers say."""
        said = Counter(source.header.pixel_size_angstrom for source in self.sources)
        return said.most_common(1)[0][0]


def make_plan(job: Job, skipped: Skipped) -> Plan:
    """Look at the labeled micrographs' headers and see whether a training can start.

    Args:
        skipped: told of each labeled micrograph that cannot be used.

    Raises:
        TrainingError: no positive label on a micrograph that opens.
        SettingsError: scales or class prior make no sense.
    """
    labels = _labels_by_micrograph(job.labels)
    labeled = [each for each in job.micrographs if each.id in labels or each.complete]
    pixel_size = _pixel_size(labeled)
    settings = job.settings
    scales = derive_scales(
        settings.diameter_angstrom,
        pixel_size,
        downsample=settings.downsample,
        positive_radius_ds=settings.positive_radius_ds,
        min_distance_angstrom=settings.min_distance_angstrom,
    )
    margin_ds = settings.exclusion_margin_angstrom / scales.pixel_size_ds_angstrom
    sources = tuple(_sources(labeled, labels, scales, margin_ds, skipped))
    if not any(len(source.positives) for source in sources):
        raise _no_labels(sources)
    counts = [source.counts for source in sources]
    prior = choose_prior(settings, counts, scales.positive_radius_ds, _guess(sources, scales))
    plan = Plan(sources, scales, pixel_size, prior.expected_particles, prior.pi, prior.source)
    _check(plan, settings.objective)
    return plan


def fit_normalisation(job: Job, plan: Plan, check: Callable[[], None]) -> Mixture | None:
    """The mixture of the job's data set where its settings ask for one, from a dozen of its micrographs.

    What cannot be read is left out here, and told when its turn comes.

    Args:
        check: called between micrographs; may raise to stop.

    Raises:
        SettingsError: no micrograph has variance.
    """
    if job.settings.normalisation != "mixture":
        return None
    samples, read = [], reader(job.cache)
    for micrograph in _spread(job, plan):
        check()
        with suppress(MicrographError, SettingsError):
            factor = factor_for(micrograph, plan.scales)
            samples.append(sample(read(micrograph.path, factor).image()))
    return fit_mixture(samples)


def prepare_sources(
    plan: Plan,
    normalisation: Mixture | None,
    skipped: Skipped,
    progress: Callable[[int, int], None],
    read: Read = read_compact,
    scratch: Scratch | None = None,
) -> list[tuple[Source, LabeledMicrograph]]:
    """Read, downsample and normalise the labeled micrographs; `progress` is told (done, total).

    Args:
        normalisation: as `fit_normalisation` gives it.
        read: see `cache.reader`.
        scratch: where the images are kept, as float16, from when they were read to the end of the training.

    Raises:
        TrainingError: none with a positive label is left.
    """
    prepared = []
    shapes = [(source.frame.height_ds, source.frame.width_ds) for source in plan.sources]
    kept = shelves(scratch or Scratch(), shapes)
    for done, (source, image) in enumerate(zip(plan.sources, kept, strict=True), start=1):
        try:
            image.fill(read(source.micrograph.path, source.frame.factor).normalised(normalisation))
            prepared.append((source, source.labeled(image)))
        except MicrographError as error:
            skipped(source.micrograph, error)
        progress(done, len(plan.sources))
    if not any(len(source.positives) for source, _ in prepared):
        raise _no_labels([source for source, _ in prepared])
    return prepared


def _labels_by_micrograph(labels: Sequence[JobLabel]) -> dict[int, list[JobLabel]]:
    found: dict[int, list[JobLabel]] = {}
    for label in labels:
        found.setdefault(label.micrograph, []).append(label)
    return found


def _pixel_size(labeled: list[JobMicrograph]) -> float:
    known = [each.pixel_size_angstrom for each in labeled if each.pixel_size_angstrom]
    if not labeled:
        raise _no_labels([])
    if not known:
        raise SettingsError("no pixel size", "Å per pixel of the micrographs", "give the pixel size")
    return float(median(known))


def _sources(
    labeled: list[JobMicrograph],
    labels: dict[int, list[JobLabel]],
    scales: Scales,
    margin_ds: float,
    skipped: Skipped,
) -> Iterator[Source]:
    for micrograph in labeled:
        try:
            yield read_source(micrograph, labels.get(micrograph.id, []), scales, margin_ds)
        except (MicrographError, SettingsError) as error:
            skipped(micrograph, error)


def _spread(job: Job, plan: Plan) -> list[JobMicrograph]:
    """Up to a dozen labeled micrographs, filled up with others, evenly spread over the list."""
    labeled = _evenly([source.micrograph for source in plan.sources], _FITTED_TO)
    known = {micrograph.id for micrograph in labeled}
    others = [micrograph for micrograph in job.micrographs if micrograph.id not in known]
    return labeled + _evenly(others, _FITTED_TO - len(labeled))


def _evenly(micrographs: Sequence[JobMicrograph], most: int) -> list[JobMicrograph]:
    number = min(most, len(micrographs))
    return [micrographs[place * len(micrographs) // number] for place in range(number)]


def _guess(sources: Sequence[Source], scales: Scales) -> Callable[[float], float]:
    """The guess for micrographs of the labeled ones' mean size, given how many labels they have."""
    side = float(np.sqrt(np.mean([source.header.height * source.header.width for source in sources])))
    return lambda labeled: guess_expected_particles(side, side, scales.diameter_px, labeled)


def _check(plan: Plan, objective: str) -> None:
    """See whether the class prior leaves something to find, and the objective something to learn from.

    Raises:
        SettingsError: it does not.
    """
    check_prior(plan.pi, 0.0 if plan.is_all_told else plan.observed, plan.prior_from)
    if plan.is_all_told and objective == "pu":
        raise SettingsError(
            "objective pu, where every labeled micrograph is complete",
            "unlabeled places for it to learn from",
            "choose objective pn, or label a few particles on another micrograph",
        )


def _no_labels(sources: Sequence[Source]) -> TrainingError:
    found = "no labeled particle on a micrograph that can be read"
    if outside := sum(source.outside for source in sources):
        found += f", and {outside} labels outside their micrograph"
    if excluded := sum(source.in_exclusion for source in sources):
        found += f", and {excluded} labels in exclusions"
    return TrainingError(
        found, "at least one labeled particle", "label a few particles; check the pixel size"
    )
