"""Weights of stacks: each layer's matrix from an initializer of this project, and how wide it is.

They are drawn once, in float64, by the NumPy references, and given to every backend: what differs
afterwards differs by what the backend does with them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from reference.initializers import orthogonal, plain, single_fan, variance_scaling

if TYPE_CHECKING:
    from reference.numerics import Array
    from reference.technique import Technique

INITIALIZERS: dict[str, Technique] = {
    t.name: t
    for t in (
        variance_scaling.glorot_normal,
        variance_scaling.glorot_uniform,
        single_fan.he_normal,
        single_fan.he_uniform,
        single_fan.lecun_normal,
        single_fan.lecun_uniform,
        plain.small_normal,
        orthogonal.orthogonal,
    )
}
"""Initializers that a stack may be drawn with."""

STACKS = {
    connection: f"flow.{connection}_stack"
    for connection in ("plain", "conv", "residual", "dense", "highway", "recurrent")
}
"""The technique of each connection: what stacks layers that are so joined."""

TAPS = 3
GATE_BIAS = -2.0
"""Where the biases of highway gates begin: layers carry, at first."""


@dataclass(frozen=True)
class Drawing:
    """How a stack is drawn: its kind, its size, and what its weights come from.

    `gain` multiplies every matrix, `behind` the second matrix of a residual block too; biases are
    normal with the deviation `bias`.
    """

    connection: str
    depth: int
    width: int
    initializer: str
    seed: int = 0
    gain: float = 1.0
    behind: float = 1.0
    bias: float = 0.0
    growth: int = 4
    entering: int = 5

    @property
    def last(self) -> int:
        """Features of the last state."""
        return self.width + (self.growth * self.depth if self.connection == "dense" else 0)

    def fans(self, layer: int) -> tuple[int, int]:
        """Outputs and inputs of a layer's matrix, taps not counted."""
        if self.connection == "dense":
            return self.growth, self.width + layer * self.growth
        return self.width, self.width

    def variance(self, layer: int) -> float:
        """Of an entry of a layer's matrix, times the inputs (and taps) of an output."""
        outputs, inputs = self.fans(layer)
        taps = TAPS if self.connection == "conv" else 1
        like = np.empty((outputs, inputs, TAPS) if taps > 1 else (outputs, inputs), np.float32)
        name = self.initializer
        if name == "orthogonal":
            return self.gain**2
        like = np.broadcast_to(np.float32(0), like.shape)
        return self.gain**2 * inputs * taps * _deviation(name, like.shape) ** 2

    def parameters(self, batch: int) -> tuple[Array, ...]:
        """Arrays in the order that the technique takes them, in float64."""
        source = np.random.default_rng((self.seed, 1))
        if self.connection == "recurrent":
            entering = source.standard_normal((self.depth, batch, self.entering))
            w_ih = source.standard_normal((self.width, self.entering)) / math.sqrt(self.entering)
            return entering, self.bias * w_ih, self._matrix(0), np.zeros(self.width)
        w = [self._matrix(layer) for layer in range(self.depth)]
        if self.connection == "dense":
            w = [_wide(m, self.last) for m in w]
        outputs = self.fans(0)[0]
        b = self.bias * source.standard_normal((self.depth, outputs))
        found: tuple[Array, ...] = (np.stack(w), b)
        if self.connection in ("residual", "highway"):
            more = [self._matrix(self.depth + layer) for layer in range(self.depth)]
            found += (self.behind * np.stack(more),)
        if self.connection == "highway":
            found += (GATE_BIAS + self.bias * source.standard_normal(b.shape),)
        return found

    def _matrix(self, place: int) -> Array:
        outputs, inputs = self.fans(place % max(1, self.depth))
        conv = self.connection == "conv"
        shape = (outputs, inputs, TAPS) if conv else (outputs, inputs)
        technique, layout = INITIALIZERS[self.initializer], {}
        if self.initializer == "orthogonal" and conv:
            technique, layout = orthogonal.delta_orthogonal, {"layout": "out_in"}
        values = technique(1000003 * self.seed + place, np.empty(shape), **layout).values
        return self.gain * np.asarray(values)


def _wide(w: Array, width: int) -> Array:
    """With numbers in columns that its layer may not read."""
    return np.pad(w, ((0, 0), (0, width - w.shape[1])), constant_values=0.5)


def _deviation(name: str, shape: tuple[int, ...]) -> float:
    like: Any = np.empty(shape)
    found: float = INITIALIZERS[name](0, like).deviation
    return found
