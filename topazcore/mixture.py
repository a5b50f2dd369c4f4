"""The paper's normalisation: a mixture of two Gaussians that all micrographs share, each at a scale of its own.

Source: Bepler et al. 2019, Online Methods, "Micrograph normalization". A pixel x of micrograph i, counted from the
micrograph's zero b_i, is a scaled draw from the mixture of its data set; ice is one component, carbon the other:

    x - b_i = alpha_i z,    z ~ (1 - rho) N(mu0, sigma0^2) + rho N(mu1, sigma1^2),
    p(x) = (1 / alpha_i) [(1 - rho) N(u; mu0, sigma0^2) + rho N(u; mu1, sigma1^2)],    u = (x - b_i) / alpha_i.

Fitted by expectation-maximisation. E: r(x), the share of component 1 in p(x). M, each exact given the others, with
weights r_1 = r, r_0 = 1 - r:

    rho = mean of r,    mu_k = mean of u weighted by r_k,    sigma_k^2 = mean of (u - mu_k)^2 weighted by r_k,
    1 / alpha_i = (B + sqrt(B^2 + 4 A n)) / (2 A),
    A = sum r_k (x - b_i)^2 / sigma_k^2,    B = sum r_k mu_k (x - b_i) / sigma_k^2    over the n pixels of i and both k,

the positive root of the likelihood's derivative by 1 / alpha_i. Alpha times c with mu and sigma over c is the same
model: the dominant component's sigma is made 1. For a new micrograph alpha alone is fitted.

Two things go beyond the paper. Without them half a micrograph of carbon moved its ice by 0.6 standard deviations:

- each micrograph has its own share rho_i in the E step, drawn towards rho by as much as 2 % of its pixels: carbon
  covers much of one micrograph and nothing of the next;
- the zero. A scale alone makes sense where all micrographs share a zero, best "no electron": dose and transmission
  multiply, and alpha takes them up. Many files do not (contrast stretched one by one), and mean and spread vary apart.
  So b_i = the micrograph's robust centre (alpha is then its spread) and one zero for all are both fitted, and the
  latter is taken where it is clearly likelier. It is the stored 0 where that lies far below all pixels, as in counts;
  where it does not (background taken off) it is put there: about zero a scale would move no mean.

Arrays only: it never reads a file, never imports torch, and copies no whole image but the one it returns.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from topazcore.errors import SettingsError
from topazcore.expectation import Fit, fitted, likeliest, one_gaussian, rescaled, starts
from topazcore.moments import robust_moments

# Pixels drawn from a micrograph, and the quantiles that stand for them.
_SAMPLED_PIXELS, _QUANTILES = 20_000, 1_000
# Gain at which a richer model is worth having: two components on pure noise gain 1e-4.
_WORTH_IT = 1e-3
# 0 is the common zero if it is usually so many spreads below the centre; else the zero is put further below.
_BELOW, _FAR_BELOW = 5.0, 20.0
# Ice is evener than carbon.
_CLEARLY_LARGER = 0.15
_CLIP = 10.0
_RANGES = {
    "rho": (0.0, 1.0),
    **dict.fromkeys(("mu0", "mu1"), (-1e15, 1e15)),
    **dict.fromkeys(("sigma0", "sigma1"), (1e-15, 1e15)),
    "zero": (-1e39, 1e39),
}


@dataclass(frozen=True)
class Mixture:
    """The parameters that the micrographs of a data set share; one Gaussian where rho is 0.

    Args:
        rho: weight of component 1.
        mu0, sigma0, mu1, sigma1: of the components, in units of each micrograph's alpha.
        zero: the value that all micrographs are scaled from; None for each one's own robust centre.

    Raises:
        SettingsError: a parameter that no fit gives.
    """

    rho: float
    mu0: float
    sigma0: float
    mu1: float
    sigma1: float
    zero: float | None = None

    def __post_init__(self):
        for name, (low, high) in _RANGES.items():
            value = getattr(self, name)
            if name == "zero" and value is None:
                continue
            if isinstance(value, bool) or not (isinstance(value, int | float) and low <= value <= high):
                raise SettingsError(
                    f"normalisation with {name} {str(value)[:40]}", f"a number from {low:g} to {high:g}"
                )

    @property
    def dominant(self) -> tuple[float, float]:
        """Mean and standard deviation of the larger component; of the narrower where neither is clearly larger."""
        first = self.rho < 0.5
        if abs(self.rho - 0.5) < _CLEARLY_LARGER:
            first = self.sigma0 <= self.sigma1
        return (self.mu0, self.sigma0) if first else (self.mu1, self.sigma1)

    @classmethod
    def from_dict(cls, values: Mapping[str, object]) -> "Mixture":
        """What `as_dict` gave.

        Raises:
            SettingsError: another set of names, or a parameter out of range.
        """
        names = [field.name for field in dataclasses.fields(cls)]
        if not isinstance(values, Mapping) or set(values) != set(names):
            raise SettingsError(f"normalisation {str(values)[:100]}", f"parameters {', '.join(names)}")
        return cls(**values)

    def as_dict(self) -> dict[str, object]:
        """Ready for JSON."""
        return dataclasses.asdict(self)


def sample(image: np.ndarray) -> np.ndarray:
    """1,000 quantiles of 20,000 pixels drawn evenly over an image, float64 `(1000,)`: what `fit_mixture` learns from.

    The same image gives the same sample.
    """
    pixels = image.reshape(-1)
    if pixels.size > _SAMPLED_PIXELS:
        strata = np.arange(_SAMPLED_PIXELS) + np.random.default_rng(0).random(_SAMPLED_PIXELS)
        pixels = pixels[(strata * (pixels.size / _SAMPLED_PIXELS)).astype(np.int64)]
    return np.quantile(pixels.astype(np.float64), (np.arange(_QUANTILES) + 0.5) / _QUANTILES)


def fit_mixture(samples: Sequence[np.ndarray]) -> Mixture:
    """The mixture of a data set, from one `sample` of each micrograph; those without variance are left out.

    The simplest model that is not clearly less likely: one Gaussian, then two, then two over a common zero.

    Raises:
        SettingsError: no micrograph has variance.
    """
    values = np.array([each for each in samples if np.ptp(each) > 0]).reshape(-1, _QUANTILES)
    if not len(values):
        raise SettingsError(
            "no micrograph whose pixels differ", "images to normalise", "choose other micrographs"
        )
    centred = values - np.array([_centre(each) for each in values])[:, None]
    best, zero = one_gaussian(centred), None
    common = _common_zero(values)
    for candidate, counted in ((None, centred), (common, values - common)):
        fits = (fitted(counted, start) for start in starts(counted))
        found = max(fits, key=_likelihood, default=best)
        found = max(found, fitted(counted, rescaled(counted, found)), key=_likelihood)
        if found.likelihood > best.likelihood + _WORTH_IT:
            best, zero = found, candidate
    return _standardised(best, zero)


def normalise_mixture(image: np.ndarray, mixture: Mixture) -> np.ndarray:
    """An image over its alpha, with the dominant component at mean 0 and spread 1: float32, within ±10.

    An image without variance becomes zeros.
    """
    values = sample(image)
    if np.ptp(values) == 0:
        return np.zeros(image.shape, np.float32)
    zero = _centre(values) if mixture.zero is None else mixture.zero
    alpha = scale_of(values - zero, mixture)
    mean, spread = mixture.dominant
    normalised = image.astype(np.float32)
    normalised -= np.float32(zero + alpha * mean)
    normalised /= np.float32(alpha * spread)
    return np.clip(normalised, -_CLIP, _CLIP, out=normalised)


def scale_of(values: np.ndarray, mixture: Mixture) -> float:
    """The likeliest alpha of one micrograph, the shared parameters fixed.

    Args:
        values: its `sample`, less its zero; not all 0.
    """
    mu, sigma = np.array([mixture.mu0, mixture.mu1]), np.array([mixture.sigma0, mixture.sigma1])
    return likeliest(values, Fit(mixture.rho, mu, sigma, np.ones(1), np.ones(1)))[0]


def _likelihood(state: Fit) -> float:
    return state.likelihood


def _centre(values: np.ndarray) -> float:
    return robust_moments(values[None])[0]


def _common_zero(values: np.ndarray) -> float:
    """0 where it lies far below the pixels of most micrographs, else a value that does."""
    centres, spreads = np.array([robust_moments(each[None]) for each in values]).T
    if np.median(centres - _BELOW * spreads) > 0:
        return 0.0
    return float(np.median(centres) - _FAR_BELOW * np.median(spreads))


def _standardised(state: Fit, zero: float | None) -> Mixture:
    """The same model with 1 as the dominant component's sigma."""
    (mu0, mu1), (sigma0, sigma1) = state.mu.tolist(), state.sigma.tolist()
    _, unit = Mixture(state.rho, mu0, sigma0, mu1, sigma1, zero).dominant
    return Mixture(state.rho, mu0 / unit, sigma0 / unit, mu1 / unit, sigma1 / unit, zero)
