"""What is drawn for a stack: conventions, seeds, sizes; the weights come from initializers."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from reference.flow.drawn import GATE_BIAS, TAPS, Drawing
from reference.flow.theory import Layer
from reference.numerics import FORMATS, rounded

if TYPE_CHECKING:
    from reference.numerics import Array, Format

ROWS = 4
"""Two that are alike, one that is not, one of zeros."""

DEEP, SMALL = (24, 96), (2, 3)
"""Depth and width: so deep that theory shows, and so small that indices do."""

PIXELS = 5
ALIKE = 0.6
_SHUT = -1e4
_GROWTH = {DEEP: 16, SMALL: 2}
_INITIALIZERS = {"relu": "he_normal", "linear": "lecun_normal", "tanh": "glorot_normal"}


@dataclass(frozen=True)
class StackPlan:
    """A plan for one stack.

    `gain` multiplies its matrices, `size` and `pull` are exponents of 2 of x and of the gradient.
    `halved`: matrices are multiplied by 2 to minus it. `rotations`: they are orthogonal, and x is
    so small that tanh is linear. `still`: no biases. `shut`: a highway's gates are.
    """

    parameters: tuple[tuple[str, Any], ...]
    connection: str
    seed: int = 0
    shape: tuple[int, int] = DEEP
    gain: float = 1.0
    size: int = 0
    pull: int = 0
    halved: int = 0
    rotations: bool = False
    still: bool = False
    shut: bool = False
    rows: int = ROWS
    initializer: str = ""
    bias: float = 0.25
    growth: int = 0
    pixels: int = PIXELS
    label: str = ""

    @property
    def depth(self) -> int:
        """Number of layers."""
        return self.shape[0]

    @property
    def activation(self) -> str:
        """The convention of that name."""
        return str(dict(self.parameters)["activation"])

    @property
    def normalization(self) -> str:
        """The convention of that name; none, where there is no such."""
        return str(dict(self.parameters).get("normalization", "none"))

    @property
    def drawing(self) -> Drawing:
        """What the weights are drawn from."""
        chosen = self.initializer or _INITIALIZERS.get(self.activation, "lecun_normal")
        return Drawing(
            self.connection, *self.shape, "orthogonal" if self.rotations else chosen, self.seed,
            self.gain * 2.0**-self.halved, 0.5 if not self.initializer else 1.0,
            0.0 if self.still else self.bias, self.growth or _GROWTH.get(self.shape, 4),
        )  # fmt: skip

    def inputs(self, form: Format) -> tuple[Array, ...]:
        """Expand: x, v, c and the parameters, in the format."""
        return _expanded(self, form.name)

    def layers(self) -> list[Layer]:
        """The stack in theory."""
        drawing, found = self.drawing, []
        b = drawing.bias**2
        for place in range(self.depth):
            outputs, inputs = drawing.fans(place)
            found.append(Layer(
                self.connection, self.activation, self.normalization, drawing.variance(place), b,
                drawing.behind**2 * drawing.variance(place), inputs, outputs, GATE_BIAS,
            ))  # fmt: skip
        return found


@functools.lru_cache(maxsize=4)
def _expanded(plan: StackPlan, dtype: str) -> tuple[Array, ...]:
    form, drawing = FORMATS[dtype], plan.drawing
    source = np.random.default_rng((plan.seed, 0))
    end = (plan.pixels,) if plan.connection == "conv" else ()
    x, v = source.standard_normal((2, plan.rows, plan.shape[1], *end))
    c = source.standard_normal((plan.rows, drawing.last, *end))
    if plan.rows > 1:
        x[1] = ALIKE * x[0] + math.sqrt(1 - ALIKE**2) * x[1]
    if plan.rows >= ROWS:
        x[3], c[3] = 0, 0
    x, c = 2.0**plan.size * x, 2.0**plan.pull * c
    parameters = drawing.parameters(plan.rows)
    if plan.shut:
        parameters = (*parameters[:3], np.full_like(parameters[3], _SHUT))
    return tuple(rounded([x, v, c, *parameters], form))


def pixel_fans(drawing: Drawing) -> int:
    """Terms of a sum."""
    return drawing.fans(0)[1] * (TAPS if drawing.connection == "conv" else 1)
