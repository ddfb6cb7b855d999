"""Propagation: what theory says that one wide layer does to the mean square of a signal.

Weights W are independent, symmetric, of mean 0 and variance s^2. The numbers of z = W h have the
variance v = s^2 |h|^2 each, given h, and so E |phi(z)|^2 = n E phi(sqrt(v) Z)^2: exactly, at any
width n, if W is normal; and for any symmetric W if phi(z) = z for z > 0 and a z below, where the
sign of z is fair whatever its size (He, Zhang, Ren and Sun 2015, equations 6 to 14, without their
assumption that there are many inputs).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from reference.activations.exponentials import SELU_ALPHA, SELU_SCALE
from reference.numerics import Array, logistic

if TYPE_CHECKING:
    from collections.abc import Callable

_HALF, _MASS = np.polynomial.legendre.leggauss(96)
_REACH = 12.0
NODES = np.concatenate([-(_HALF + 1), _HALF + 1]) * _REACH / 2
"""Points at which integrals over a standard normal number are taken: Gauss's, on either side of the
kink at 0, up to 12 standard deviations."""
MASSES = np.concatenate([_MASS, _MASS]) * _REACH / 2
MASSES = MASSES * np.exp(-(NODES**2) / 2) / math.sqrt(2 * math.pi)


@dataclass(frozen=True, eq=False)
class Activation:
    """An activation and its derivative.

    `negative` is a, where the activation is z above 0 and a z below; None, where it is no such.
    """

    name: str
    value: Callable[[Array], Array]
    slope: Callable[[Array], Array]
    negative: float | None = None

    def mean_square(self, variance: Array) -> Array:
        """E phi(z)^2 for z ~ N(0, variance)."""
        return self.value(_scaled(variance)) ** 2 @ MASSES

    def mean_square_slope(self, variance: Array) -> Array:
        """E phi'(z)^2 for z ~ N(0, variance): what a gradient's mean square is multiplied by."""
        return self.slope(_scaled(variance)) ** 2 @ MASSES

    def fourth_moment(self, variance: Array) -> Array:
        """E phi(z)^4 for z ~ N(0, variance)."""
        return self.value(_scaled(variance)) ** 4 @ MASSES

    def log_moment(self, variance: Array, rate: Array) -> Array:
        """ln E exp(rate phi(z)^2) for z ~ N(0, variance)."""
        squares = self.value(_scaled(variance)) ** 2
        return np.log(np.exp(np.asarray(rate)[..., None] * squares) @ MASSES)


def _scaled(variance: Array) -> Array:
    return np.sqrt(np.asarray(variance, np.float64))[..., None] * NODES


def rectifier(negative: float, name: str) -> Activation:
    """The identity above 0 and `negative` times it below: linear, ReLU, leaky ReLU."""
    return Activation(
        name,
        lambda z: np.where(z > 0, z, negative * z),
        lambda z: np.where(z > 0, 1.0, negative),
        negative,
    )


def _selu(z: Array) -> Array:
    return SELU_SCALE * np.where(z > 0, z, SELU_ALPHA * np.expm1(np.minimum(z, 0.0)))


def _selu_slope(z: Array) -> Array:
    return SELU_SCALE * np.where(z > 0, 1.0, SELU_ALPHA * np.exp(np.minimum(z, 0.0)))


ACTIVATIONS = {
    a.name: a
    for a in (
        rectifier(1.0, "linear"),
        rectifier(0.0, "relu"),
        rectifier(0.5, "leaky_relu"),
        Activation("tanh", np.tanh, lambda z: 1 / np.cosh(z) ** 2),
        Activation("sigmoid", logistic, lambda z: logistic(z) * logistic(-z)),
        Activation("selu", _selu, _selu_slope),
    )
}
"""Activations by name. The leaky ReLU's slope is 1/2."""


def steady_variance(activation: Activation, weight_variance: float, steps: int = 4096) -> float:
    """Where the mean square of a signal settles: q = n s^2 E phi(sqrt(q) Z)^2, from q = 1.

    `weight_variance` is n s^2. The mean square of z is meant, as of the numbers after W.
    """
    q = np.asarray(1.0)
    for _ in range(steps):
        q = weight_variance * activation.mean_square(q)
    return float(q)
