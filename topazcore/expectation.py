"""Expectation-maximisation of the scaled mixture: the equations of `topazcore.mixture`, on arrays of values.

Source: Dempster, Laird and Rubin 1977; the maximisation is by one group of parameters after the other (Meng and
Rubin 1993), so the likelihood never falls. `x` is float64 `(micrographs, values)`, counted from each
micrograph's zero, in each row a value other than 0. It knows no image and no file.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import expit

_MOST_ROUNDS = 300
# Gain of the mean log-likelihood per pixel at which a fit has converged.
_CONVERGED = 1e-6
# Share of a data set's values where the starts cut them into two components.
_CUTS = (0.1, 0.3, 0.7, 0.9)
# How far a micrograph's share is drawn towards the shared one, in its pixels.
_PULL = 0.02
# A component of fewer pixels keeps its place; one narrower than this part of the whole is a spike of equal values.
_VANISHED, _NARROWEST = 1e-3, 0.05


@dataclass(frozen=True)
class Fit:
    """A fit under way: shared rho, mu `(2,)`, sigma `(2,)`; alpha and share `(micrographs,)`; mean log-likelihood."""

    rho: float
    mu: np.ndarray
    sigma: np.ndarray
    alpha: np.ndarray
    share: np.ndarray
    likelihood: float = -np.inf


def one_gaussian(x: np.ndarray) -> Fit:
    """One component, each micrograph at its own spread."""
    alpha, one, none = np.sqrt(np.mean(x**2, axis=1)), np.ones(2), np.zeros(len(x))
    state = Fit(0.0, np.zeros(2), one, alpha, none)
    return replace(state, likelihood=float(_expectation(x, state)[0].mean()))


def starts(x: np.ndarray) -> Iterator[Fit]:
    """The data set's values, scaled, cut in two at several quantiles; the part above is component 0."""
    alpha = np.sqrt(np.mean(x**2, axis=1))
    u = x / alpha[:, None]
    for cut in np.quantile(u, _CUTS):
        below, above = u[u < cut], u[u >= cut]
        if len(below) and len(above):
            rho = len(below) / u.size
            mu, sigma = np.array([above.mean(), below.mean()]), np.array([above.std(), below.std()])
            yield Fit(rho, mu, np.maximum(sigma, _NARROWEST * u.std()), alpha, np.full(len(x), rho))


def fitted(x: np.ndarray, state: Fit) -> Fit:
    """Rounds of expectation and maximisation until the likelihood stays, from a start."""
    for _ in range(_MOST_ROUNDS):
        likelihoods, ones = _expectation(x, state)
        gain = likelihoods.mean() - state.likelihood
        state = replace(state, likelihood=float(likelihoods.mean()))
        if gain < _CONVERGED:
            break
        state = _shared(x / state.alpha[:, None], ones, state)
        state = replace(state, alpha=_scales(x, ones, state))
    return state


def rescaled(x: np.ndarray, state: Fit) -> Fit:
    """A new start: every micrograph at the likeliest of several scales, in place of the nearest."""
    alpha, share = np.array([likeliest(values, state) for values in x]).T
    return replace(state, alpha=alpha, share=share, likelihood=-np.inf)


def likeliest(values: np.ndarray, shared: Fit) -> tuple[float, float]:
    """Alpha and share of one micrograph, from several starts, the shared parameters fixed."""
    starts = _alpha_starts(values, shared.mu, shared.sigma)
    rows = np.broadcast_to(values, (len(starts), len(values)))
    state = replace(shared, alpha=starts, share=np.full(len(starts), shared.rho))
    for _ in range(_MOST_ROUNDS):
        before = state.alpha
        likelihoods, ones = _expectation(rows, state)
        state = replace(state, share=_shares(ones, state.rho), alpha=_scales(rows, ones, state))
        if np.abs(state.alpha / before - 1).max() < _CONVERGED:
            break
    best = np.argmax(likelihoods)
    return float(state.alpha[best]), float(state.share[best])


def _expectation(x: np.ndarray, state: Fit) -> tuple[np.ndarray, np.ndarray]:
    """Mean log-likelihood of each micrograph `(m,)`, and the share of component 1 in each pixel `(m, n)`."""
    u, share = x / state.alpha[:, None], state.share[:, None]
    with np.errstate(divide="ignore"):
        zero, one = (
            np.log(weight / sigma) - 0.5 * ((u - mu) / sigma) ** 2
            for weight, mu, sigma in zip((1 - share, share), state.mu, state.sigma, strict=True)
        )
    return np.logaddexp(zero, one).mean(axis=1) - np.log(state.alpha), expit(one - zero)


def _shared(u: np.ndarray, ones: np.ndarray, state: Fit) -> Fit:
    """The parameters of all micrographs, from their scaled pixels and the shares of component 1."""
    mu, sigma, floor = state.mu.copy(), state.sigma.copy(), _NARROWEST * u.std()
    for k, weights in enumerate((1 - ones, ones)):
        total = weights.sum()
        if total > _VANISHED * u.size:
            mu[k] = (weights * u).sum() / total
            sigma[k] = max(floor, np.sqrt((weights * (u - mu[k]) ** 2).sum() / total))
    rho = float(ones.mean())
    return replace(state, rho=rho, mu=mu, sigma=sigma, share=_shares(ones, rho))


def _shares(ones: np.ndarray, rho: float) -> np.ndarray:
    """Weight of component 1 in each micrograph, drawn towards the shared one."""
    return np.minimum(1.0, (ones.mean(axis=1) + _PULL * rho) / (1 + _PULL))


def _scales(x: np.ndarray, ones: np.ndarray, state: Fit) -> np.ndarray:
    """Alpha of each micrograph, the other parameters fixed."""
    precision = (1 - ones) / state.sigma[0] ** 2 + ones / state.sigma[1] ** 2
    pull = (1 - ones) * state.mu[0] / state.sigma[0] ** 2 + ones * state.mu[1] / state.sigma[1] ** 2
    a, b = (precision * x**2).sum(axis=1), (pull * x).sum(axis=1)
    return 2 * a / (b + np.sqrt(b**2 + 4 * a * x.shape[1]))


def _alpha_starts(values: np.ndarray, mu: np.ndarray, sigma: np.ndarray) -> np.ndarray:
    """Scales that give the mixture's mean square, within a factor of two, or put a component on a quantile."""
    whole = np.sqrt(np.mean(values**2) / np.mean(mu**2 + sigma**2))
    quantiles = np.quantile(values, (0.1, 0.3, 0.5, 0.7, 0.9))
    placed = np.divide.outer(quantiles, np.where(np.abs(mu) > sigma, mu, np.nan)).ravel()
    return np.concatenate([whole * np.geomspace(0.5, 2, 7), placed[placed > 0]])
