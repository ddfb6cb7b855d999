"""Distributions that weights are drawn from: exact, with mean 0 and variance 1 before scaling."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.special import ndtr, ndtri

from reference.numerics import Array

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, eq=False)
class Distribution:
    """A distribution with mean 0 and variance 1, symmetric, with one peak, at 0.

    The laws of random numbers also use that it is strictly sub-Gaussian, E exp(cX) <= exp(c^2/2):
    so are the normal, the uniform and the symmetrically truncated normal distribution (Arbel,
    Marchal and Nguyen 2020, On strict sub-Gaussianity; Barreto, Marchal and Arbel 2024).

    `below(x)` is P(X <= x), `quantile(p)` its inverse, `kurtosis` E X^4, `reach` the largest |X|
    (at most sqrt(7), where it is finite).
    """

    draw: Callable[[np.random.Generator, tuple[int, ...]], Array]
    below: Callable[[Array], Array]
    quantile: Callable[[Array], Array]
    kurtosis: float
    reach: float = math.inf


class Drawn(NamedTuple):
    """Numbers drawn independently: `mean + deviation * Z`, each with a Z of the distribution."""

    values: Array
    distribution: Distribution
    deviation: float
    mean: float = 0.0


def drawn(
    seed: Array | int,
    like: Array,
    distribution: Distribution,
    deviation: float,
    mean: float = 0.0,
) -> Drawn:
    """Draw an array shaped like another, in its dtype, from PCG64 seeded with `seed`.

    Numbers are drawn and scaled in float64 and rounded once.
    """
    z = distribution.draw(np.random.default_rng(int(seed)), like.shape)
    return Drawn((mean + deviation * z).astype(like.dtype), distribution, deviation, mean)


NORMAL = Distribution(
    draw=lambda source, shape: source.standard_normal(shape),
    below=ndtr,
    quantile=ndtri,
    kurtosis=3.0,
)

_ROOT_3 = math.sqrt(3.0)

UNIFORM = Distribution(
    draw=lambda source, shape: _ROOT_3 * (2 * source.random(shape) - 1),
    below=lambda x: np.clip((1 + x / _ROOT_3) / 2, 0.0, 1.0),
    quantile=lambda p: _ROOT_3 * (2 * p - 1),
    kurtosis=1.8,
    reach=_ROOT_3,
)


def truncated_normal(bound: float) -> Distribution:
    """The normal distribution between -bound and bound, divided by its standard deviation there."""
    return cut_normal(bound)[0]


@functools.lru_cache(maxsize=64)
def cut_normal(bound: float) -> tuple[Distribution, float]:
    """`truncated_normal`, and the standard deviation that was divided by.

    With phi the normal density and P = 2 Phi(bound) - 1 the mass between the bounds,
    E Z^2 = 1 - 2 bound phi(bound) / P and E Z^4 = 3 E Z^2 - 2 bound^3 phi(bound) / P.
    """
    tail = float(ndtr(-bound))
    inside = 1 - 2 * tail
    edge = math.exp(-(bound**2) / 2) / math.sqrt(2 * math.pi) * 2 * bound / inside
    variance = 1 - edge
    deviation = math.sqrt(variance)

    def below(x: Array) -> Array:
        return np.clip((ndtr(x * deviation) - tail) / inside, 0.0, 1.0)

    def quantile(p: Array) -> Array:
        return ndtri(tail + inside * p) / deviation

    distribution = Distribution(
        draw=lambda source, shape: quantile(source.random(shape)),
        below=below,
        quantile=quantile,
        kurtosis=(3 * variance - bound**2 * edge) / variance**2,
        reach=bound / deviation,
    )
    return distribution, deviation
