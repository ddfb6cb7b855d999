"""Mean field theory: what each layer of a wide stack of random weights does to mean squares.

q is the mean square of a state's numbers. z, the sum of a layer, is normal with the variance
v = s_w^2 q + s_b^2, s_w^2 the variance of a weight times its inputs, so the plain layer maps q to
F(q) = E f(Z sqrt(v))^2, a tangent's mean square is multiplied by chi = s_w^2 E f'(Z sqrt(v))^2, and
so is a gradient's on its way back, as if the weights it meets were drawn afresh (Poole et al. 2016,
equations 3 and 10; Schoenholz et al. 2017, section 4). "layer" and "rms" divide z by sqrt(v + eps).
For sigmoid and tanh with small weights f' is near its greatest value, and chi is what Glorot and
Bengio 2010 (equations 2 to 12) found; for a rectifier 2 / s_w^2 is He et al. 2015, equation 10.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from reference.flow.layers import EPS, FUNCTIONS
from reference.propagation import MASSES, NODES

if TYPE_CHECKING:
    from collections.abc import Callable

    from reference.numerics import Array

LARGEST = 1e150
"""Mean squares are followed up to here: beyond it rectifiers go on as they do, others saturate."""

RECTIFIERS = {"relu": 0.0, "linear": 1.0}
_FEW, _SHARES = np.polynomial.hermite_e.hermegauss(40)
_SHARES = _SHARES / math.sqrt(2 * math.pi)


def mean(f: Callable[[Array], Array], variance: Array, centre: float = 0.0) -> Array:
    """E f(centre + Z sqrt(variance)), for every variance."""
    root = np.sqrt(np.asarray(variance, np.float64))[..., None]
    with np.errstate(over="ignore"):
        return f(centre + root * NODES) @ MASSES


@dataclass(frozen=True)
class Layer:
    """One layer of a stack in theory; arrays of mean squares in, arrays out.

    `weights` is s_w^2, `biases` s_b^2, `behind` s_u^2 of a residual block or s_w^2 of a gate,
    `old` and `new` the features before a dense layer and those that it adds.
    """

    connection: str
    activation: str
    normalization: str
    weights: float
    biases: float = 0.0
    behind: float = 0.0
    old: int = 1
    new: int = 0
    gate: float = 0.0

    def sums(self, q: Array) -> Array:
        """v, the variance of z."""
        return self.weights * np.asarray(q, np.float64) + self.biases

    def entering(self, q: Array) -> Array:
        """The variance of what the activation takes."""
        v = self.sums(q)
        return v if self.normalization == "none" else v / (v + EPS)

    def inner(self, q: Array, power: int = 2) -> Array:
        """F(q), the mean square of f(z), or of another power."""
        value = FUNCTIONS[self.activation].value
        return mean(lambda z: value(z) ** power, self.entering(q))

    def slopes(self, q: Array, power: int = 2) -> Array:
        """E f'(z)^2, or of another power."""
        slope = FUNCTIONS[self.activation].slope
        return mean(lambda z: slope(z) ** power, self.entering(q))

    def inner_chi(self, q: Array) -> Array:
        """chi of the plain layer."""
        scale = 1.0 if self.normalization == "none" else 1 / (self.sums(q) + EPS)
        return self.weights * scale * self.slopes(q)

    def gates(self, q: Array, *powers: int) -> Array:
        """E s^i (1 - s)^j of a highway's gate, `powers` i and j."""
        i, j = powers
        v = self.behind * np.asarray(q, np.float64) + self.biases
        s = FUNCTIONS["sigmoid"].value
        return mean(lambda z: s(z) ** i * s(-z) ** j, v, self.gate)

    def forward(self, q: Array, centre: Array | float = 0.0) -> Array:
        """The mean square of the next state; `centre` is the mean of this one's numbers."""
        f = self.inner(q)
        if self.connection == "residual":
            return q + self.behind * f
        if self.connection == "dense":
            return (self.old * np.asarray(q) + self.new * f) / (self.old + self.new)
        if self.connection == "highway":
            across = 2 * self.gates(q, 1, 1) * self.inner(q, 1) * centre
            return self.gates(q, 2, 0) * f + self.gates(q, 0, 2) * q + across
        return f

    def centre(self, q: Array, centre: Array | float) -> Array:
        """The mean of the next state's numbers."""
        f = self.inner(q, 1)
        if self.connection == "residual":
            return np.asarray(centre)
        if self.connection == "dense":
            return (self.old * np.asarray(centre) + self.new * f) / (self.old + self.new)
        if self.connection == "highway":
            return self.gates(q, 1, 0) * f + self.gates(q, 0, 1) * centre
        return f

    def chi(self, q: Array, centre: Array | float = 0.0) -> Array:
        """What the mean square of a gradient is multiplied by on its way back."""
        inner = self.inner_chi(q)
        if self.connection == "residual":
            return 1 + self.behind * inner
        if self.connection == "dense":
            return 1 + inner * self.new / self.old
        if self.connection == "highway":
            apart = self.inner(q) + q - 2 * self.inner(q, 1) * centre
            gated = self.behind * self.gates(q, 2, 2) * apart
            return self.gates(q, 0, 2) + self.gates(q, 2, 0) * inner + gated
        return inner

    def onwards(self, q: Array, centre: Array | float = 0.0) -> Array:
        """What the mean square of a tangent is multiplied by on its way on."""
        if self.connection == "dense":
            return (self.old + self.new * self.inner_chi(q)) / (self.old + self.new)
        return self.chi(q, centre)

    def product(self, qa: Array, qb: Array, c: Array) -> Array:
        """The mean product of the numbers of two next states, c the mean product of these.

        Not of a highway, whose gates depend on each other.
        """
        f = self._inner_product(qa, qb, c)
        if self.connection == "residual":
            return c + self.behind * f
        if self.connection == "dense":
            return (self.old * np.asarray(c) + self.new * f) / (self.old + self.new)
        return f

    def _inner_product(self, qa: Array, qb: Array, c: Array) -> Array:
        va, vb = self.entering(qa), self.entering(qb)
        both = np.sqrt(self.sums(qa) * self.sums(qb))
        r = np.clip((self.weights * np.asarray(c) + self.biases) / np.maximum(both, 1e-300), -1, 1)
        if self.activation in RECTIFIERS:
            a = RECTIFIERS[self.activation]
            sizes = 2 / math.pi * (np.sqrt(1 - r * r) + r * np.arcsin(r))
            part = ((1 + a) / 2) ** 2 * r + ((1 - a) / 2) ** 2 * sizes
            return np.sqrt(va * vb) * part  # Cho and Saul 2009, equation 6
        value = FUNCTIONS[self.activation].value
        first = np.sqrt(va)[..., None] * _FEW
        turned = r[..., None, None] * _FEW[:, None] + np.sqrt(1 - r * r)[..., None, None] * _FEW
        second = value(np.sqrt(vb)[..., None, None] * turned) @ _SHARES
        return (value(first) * second) @ _SHARES


@dataclass(frozen=True)
class Profile:
    """What theory says of a stack: mean squares, and natural logarithms of a gradient's."""

    states: Array
    gradients: Array
    products: Array


def profile(layers: list[Layer], q: float = 1.0, c: float = 0.5) -> Profile:
    """Iterate the maps from a mean square q and a mean product c; the gradient enters with 1."""
    qs, centres, products = [q], [0.0], [c]
    logs = []
    for layer in layers:
        here = np.asarray(qs[-1])
        logs.append(float(np.log(np.maximum(layer.chi(here, centres[-1]), 1e-300))))
        if layer.connection != "highway":
            products.append(float(layer.product(here, here, np.asarray(products[-1]))))
        centres.append(float(layer.centre(here, centres[-1])))
        qs.append(min(LARGEST, float(layer.forward(here, centres[-2]))))
    back = np.concatenate([np.cumsum(logs[::-1])[::-1], [0.0]])
    return Profile(np.array(qs), back, np.array(products))
