"""Where the default threshold lies: the offset that makes 0 a sensible threshold.

A site's score is the logit of "a centre is here", and one particle spreads over several sites that share its
probability: few of them reach 1/2 on their own. So scores of picks are moved by a constant. Which one, their own
distribution tells: the picks of a few micrographs are a mixture of peaks of the noise and of particles, two normal
distributions fitted by penalised maximum likelihood; the threshold is where the F1 that the mixture expects is highest.
The expected number of particles is only a weak prior of the fit, since the person may have guessed it.

The ranking stays as it is. It never imports torch. Where no mixture can be fitted, as many picks as particles are
expected lie above 0.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np
from scipy.optimize import minimize
from scipy.spatial import cKDTree
from scipy.special import expit, log_expit, logit

# Fewer picks than these tell no distribution.
FEWEST_PICKS = 150
# The lower half, where carbon and ice stretch the noise, counts as a number only; the highest, ice again, not at all.
_CENSORED, _OUTLIERS_PER_EXPECTED = 0.5, 1 / 20
_BINS = 120
_LOG_TWO_PI = float(np.log(2 * np.pi))
# Penalties weigh as much as these shares of all picks: the picks are many, but the model of them is rough.
_WEIGHT_OF_WIDTHS, _WEIGHT_OF_EXPECTED, _WEIGHT_OF_RANGE = 0.05, 0.002, 1.0
# No guess was ever this many times too high or too low.
_FARTHEST_FROM_EXPECTED = 4.0
# Shares of particles among the picks that the fit starts from; the likeliest end counts.
_STARTS = (0.03, 0.15, 0.35)


@dataclass(frozen=True)
class Reference:
    """The scores of all picks of one micrograph, and how many particles are expected on it."""

    scores: np.ndarray
    expected: float


@dataclass(frozen=True)
class ScoreMixture:
    """Scores of picks as two normal distributions: of the noise, and of particles, the latter a `share` of all."""

    share: float
    noise_mean: float
    noise_sd: float
    particle_mean: float
    particle_sd: float

    def log_densities(self, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Of the noise and of the particles at `scores`, weighted by their shares."""
        noise = np.log1p(-self.share) + _log_normal(scores, self.noise_mean, self.noise_sd)
        return noise, np.log(self.share) + _log_normal(scores, self.particle_mean, self.particle_sd)

    def particle_probability(self, scores: np.ndarray) -> np.ndarray:
        """That a pick of this score is a particle; 0 far below the noise's middle, where a wide tail would win."""
        noise, particle = self.log_densities(scores)
        possible = scores >= self.noise_mean - 3 * self.noise_sd
        return np.where(possible, expit(particle - noise), 0.0)

    def moved(self, offset: float) -> "ScoreMixture":
        """The same of scores that `offset` was added to."""
        return replace(self, noise_mean=self.noise_mean + offset, particle_mean=self.particle_mean + offset)

    def as_dict(self) -> dict[str, float]:
        """Ready for JSON."""
        return {name: float(value) for name, value in asdict(self).items()}


@dataclass(frozen=True)
class Calibration:
    """What to add to scores so that 0 is a sensible threshold; the mixture of scores so moved, where one was found."""

    offset: float
    mixture: ScoreMixture | None = None


def offset_for(references: Sequence[Reference], label_scores: np.ndarray) -> float:
    """The offset of `calibrate` alone."""
    return calibrate(references, label_scores).offset


def calibrate(references: Sequence[Reference], label_scores: np.ndarray) -> Calibration:
    """Where the default threshold lies.

    Args:
        references: micrographs, best such that were not trained on: there a classifier scores higher.
        label_scores: `(n,)` scores of the picks at the labels; may be empty. Labels are particles: the best of them
            lies at or above the threshold, whatever else is bright.
    """
    known = [reference for reference in references if len(reference.scores)]
    if not known:
        return Calibration(0.0)
    scores = np.concatenate([reference.scores for reference in known])
    mixture = fit_mixture(scores, sum(reference.expected for reference in known))
    if mixture is None:
        # The median, so that one micrograph full of ice or carbon decides nothing.
        threshold = float(np.median([_score_at(each, each.expected) for each in known]))
    else:
        threshold = best_threshold(mixture, scores)
    if len(label_scores):
        threshold = min(threshold, float(label_scores.max()))
    return Calibration(-threshold, mixture.moved(-threshold) if mixture else None)


def fit_mixture(scores: np.ndarray, expected: float) -> ScoreMixture | None:
    """The mixture of noise and particles in the scores of picks.

    The lower half enters by its number alone (censored), the few highest not at all: carbon, ice and gold live there.
    Priors: both distributions are about equally wide, and the number of particles is near the expected one.

    Args:
        scores: `(n,)` of all picks of some micrographs, also those far below any threshold.
        expected: number of particles on them, within a factor of about four.

    Returns:
        None where there are too few picks, or no two distributions in them.
    """
    falling = np.sort(scores)[::-1][int(expected * _OUTLIERS_PER_EXPECTED) :]
    if len(falling) < FEWEST_PICKS or not 0 < expected < len(falling) or falling[0] == falling[-1]:
        return None
    likelihood = _Likelihood(falling, expected)
    ends = [minimize(likelihood, _start(falling, share), method="BFGS") for share in _STARTS]
    mixture = _mixture(min(ends, key=lambda end: end.fun).x)
    return mixture if mixture.particle_mean > mixture.noise_mean else None


def best_threshold(mixture: ScoreMixture, scores: np.ndarray) -> float:
    """The score whose picks and all above have the highest expected F1, 2 true / (picks + particles)."""
    falling = np.sort(scores)[::-1]
    probability = mixture.particle_probability(falling)
    f1 = 2 * np.cumsum(probability) / (np.arange(1, len(falling) + 1) + probability.sum())
    return float(falling[np.argmax(f1)])


def scores_at(labels: np.ndarray, xy: np.ndarray, scores: np.ndarray, radius: float) -> np.ndarray:
    """Scores of the picks nearest to labels, of those that have one within `radius`.

    Args:
        labels: `(n, 2)` x, y; `xy`: `(k, 2)` picks in the same pixels.
    """
    if not len(labels) or not len(xy):
        return np.empty(0)
    distances, nearest = cKDTree(xy).query(labels)
    return scores[nearest[distances <= radius]]


class _Likelihood:
    """The penalised negative log-likelihood per pick, of five free parameters; see `_mixture`."""

    def __init__(self, scores: np.ndarray, expected: float):
        lowest = np.quantile(scores, _CENSORED)
        counts, edges = np.histogram(scores, bins=_BINS, range=(lowest, scores.max()))
        self._centres, self._width = (edges[1:] + edges[:-1]) / 2, edges[1] - edges[0]
        self._shares = counts / len(scores)
        self._expected_share = expected / len(scores)

    def __call__(self, parameters: np.ndarray) -> float:
        mixture = _mixture(parameters)
        log_density = np.logaddexp(*mixture.log_densities(self._centres))
        censored = max(1e-9, 1 - np.exp(log_density).sum() * self._width)
        fit = self._shares @ log_density + (1 - self._shares.sum()) * np.log(censored)
        return self._penalty(parameters, mixture) - fit

    def _penalty(self, parameters: np.ndarray, mixture: ScoreMixture) -> float:
        widths = np.log(mixture.particle_sd / mixture.noise_sd)
        surprise = log_expit(parameters[0]) - np.log(self._expected_share)
        beyond = max(0.0, abs(surprise) - np.log(_FARTHEST_FROM_EXPECTED))
        disorder = max(0.0, mixture.noise_mean - mixture.particle_mean)
        return (
            _WEIGHT_OF_WIDTHS * widths**2
            + _WEIGHT_OF_EXPECTED * surprise**2 / 2
            + _WEIGHT_OF_RANGE * (beyond**2 + 10 * disorder**2)
        )


def _mixture(parameters: np.ndarray) -> ScoreMixture:
    """From logit of the share, mean and log sd of the noise, mean and log sd of the particles."""
    share, noise_mean, noise_sd, particle_mean, particle_sd = parameters
    # Within bounds that no data ask for: a step of the search may go anywhere.
    share = expit(np.clip(share, -30, 30))
    noise_sd, particle_sd = np.exp(np.clip((noise_sd, particle_sd), -20, 20))
    return ScoreMixture(share, noise_mean, noise_sd, particle_mean, particle_sd)


def _start(falling: np.ndarray, share: float) -> np.ndarray:
    """Parameters of a mixture whose particles are the highest `share` of the scores."""
    split, seen = int(share * len(falling)), int((1 - _CENSORED) * len(falling))
    particles, noise = falling[:split], falling[split:seen]
    sd = max(float(falling[:seen].std()), 1e-6)
    noise_sd, particle_sd = max(noise.std(), 0.1 * sd), max(particles.std(), 0.1 * sd)
    return np.array([logit(share), noise.mean(), np.log(noise_sd), particles.mean(), np.log(particle_sd)])


def _log_normal(values: np.ndarray, mean: float, sd: float) -> np.ndarray:
    """Log density of a normal distribution; `scipy.stats` checks its arguments for ten times as long."""
    return -0.5 * (((values - mean) / sd) ** 2 + _LOG_TWO_PI) - np.log(sd)


def _score_at(reference: Reference, rank: float) -> float:
    """The score of the pick at a rank, counted from 1."""
    falling = np.sort(reference.scores)[::-1]
    return float(falling[min(len(falling), max(1, round(rank))) - 1])
