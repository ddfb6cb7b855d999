"""How far a stack of finite width may be from theory, by chance.

A law compares the sum over layers of R - 1 with 0, R the factor by which a layer multiplied a mean
square over the factor that theory gives it, from what entered it. Given all before, R - 1 has the
mean 0, up to terms of the order 1 / n that theory leaves out, and the variance v_l below. Its parts
are squares of normal numbers, or what a Lipschitz function makes of them: sub-gamma with a scale s.
So, by Bernstein's inequality for martingales (Freedman 1975; Boucheron, Lugosi and Massart 2013,
section 2.4), |sum (R - 1)| <= sqrt(2 t sum v_l) + t max s_l + LEFT_OUT L / n, but for 2 exp(-t).
`tests/test_flow_bands.py` counts how often honest stacks are beyond it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from reference.flow.layers import FUNCTIONS

if TYPE_CHECKING:
    from reference.flow.theory import Layer
    from reference.numerics import Array

LEFT_OUT = 4.0
"""What theory leaves out, a layer, in units of 1 / n: a W and its transpose are not independent."""


@dataclass
class Band:
    """Sums over layers, for every row: of R - 1, of its variance, of what else it may be off."""

    total: Array
    variance: Array
    scale: Array
    slack: Array

    @classmethod
    def over(cls, rows: int) -> Band:
        """Nothing yet."""
        return cls(*(np.zeros(rows) for _ in range(4)))

    def note(self, off: Array, variance: Array, scale: Array, slack: Array | float) -> None:
        """One layer."""
        self.total = self.total + off
        self.variance = self.variance + variance
        self.scale = np.maximum(self.scale, scale)
        self.slack = self.slack + slack

    def allowed(self, t: float) -> Array:
        """How far the total may be from 0."""
        return np.sqrt(2 * t * self.variance) + t * self.scale + self.slack


def forward(layer: Layer, q: Array, units: int) -> tuple[Array, Array]:
    """Variance and scale of R on the way forward; `units` independent sums make the new numbers."""
    f, due = layer.inner(q), layer.forward(q)
    spread = layer.inner(q, 4) - f * f
    steep = FUNCTIONS[layer.activation].steepest ** 2 * layer.entering(q)
    if layer.connection == "residual":
        b = layer.behind
        variance = (b * b * (spread + 2 * f * f) + 4 * q * b * f) / (due * due)
        return variance / units, 4 * b * (steep + f) / (units * due)
    if layer.connection == "dense":
        part = layer.new / (layer.old + layer.new)
        return part**2 * spread / (units * due * due), 4 * part * steep / (units * due)
    if layer.connection == "highway":
        return _mixed(layer, q) / (units * due * due), 4 * (steep + q) / (units * due)
    return spread / (units * due * due), 4 * steep / (units * due)


def _mixed(layer: Layer, q: Array) -> Array:
    """E Var(y^2 | x) of y = s a + (1 - s) x, x with the moments of a normal number."""
    moments = (1.0, 0.0, q, 0.0, 3 * q * q)
    fourth = sum(
        math.comb(4, j) * layer.gates(q, j, 4 - j) * layer.inner(q, j) * moments[4 - j]
        for j in range(5)
    )
    new, old = layer.gates(q, 2, 0) * layer.inner(q), layer.gates(q, 0, 2)
    across = layer.gates(q, 1, 1) * layer.inner(q, 1)
    known = new * new + 3 * (old * q) ** 2 + 2 * new * old * q + 4 * across * across * q
    return np.asarray(fourth - known)


def linearized(layer: Layer, q: Array, peak: Array, units: int) -> tuple[Array, Array]:
    """Variance and scale of R of a gradient or tangent; `peak` is its kurtosis, E g^4 / (E g^2)^2.

    What the slopes choose has the variance `peak` (E f'^4 / (E f'^2)^2 - 1) / n, what the weights
    make of it is chi^2 with n degrees of freedom.
    """
    square = layer.slopes(q)
    choice = layer.slopes(q, 4) / (square * square) - 1
    most = np.max(FUNCTIONS[layer.activation].slope(np.zeros(1)) ** 2) / square
    variance, scale = 2 + peak * choice, 4 * np.maximum(most, 1.0)
    if layer.connection == "residual":
        part = 1 - 1 / layer.chi(q)
        return (4 * part * (1 - part) + part**2 * (2 + variance)) / units, scale / units
    if layer.connection == "dense":
        ratio = layer.inner_chi(q) * layer.new / layer.old
        part, old = ratio / (1 + ratio), layer.old
        return part**2 * variance / units + 4 * part * (1 - part) / old, part * scale / units
    if layer.connection == "highway":
        return (4 + 2 * peak) / units, scale / units
    return variance / units, scale / units
