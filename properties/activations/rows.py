"""Plans for functions of rows: a few rows that are hard for everyone, and some drawn at random."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from reference.numerics import rounded

if TYPE_CHECKING:
    from reference.numerics import Array, Format

_DOMINANT, _FAR, _HUGE, _SMALL = 24.0, 1e4, 0.9, 2.0**-10


@dataclass(frozen=True)
class RowsPlan:
    """What goes into a function of rows: the names of its inputs tell what each of them holds.

    `targets` are class indices, one for every row; `weight` holds slopes, one for every channel
    (axis 1) or a single one where they are shared; everything else is rows of this shape. The
    largest number drawn is near the largest there is, to the power of `power`.
    """

    parameters: tuple[tuple[str, Any], ...]
    names: tuple[str, ...]
    shape: tuple[int, ...]
    seed: int = 0
    shift: float = 0.0
    widest: int = 4
    power: float = 1.0
    pinned: tuple[Any, ...] = ()

    def inputs(self, form: Format) -> tuple[Any, ...]:
        """Expand: the rows of every input; a pinned plan repeats its one row of each."""
        source = np.random.default_rng(self.seed)
        given = self.pinned or (None,) * len(self.names)
        return tuple(
            rounded(self._input(name, source, form, row), form)
            for name, row in zip(self.names, given, strict=True)
        )

    def _input(self, name: str, source: np.random.Generator, form: Format, row: Any) -> Array:
        if name == "targets":
            drawn = source.integers(0, self.shape[-1], self.shape[:-1])
            drawn[::2] = 0  # what outweighs the others below
            return drawn if row is None else np.full_like(drawn, row)
        if name == "weight":
            shared = dict(self.parameters).get("slopes") == "shared"
            slopes = source.uniform(-0.5, 1.5, 1 if shared else self.shape[1])
            return slopes if row is None else np.resize(np.array(row), slopes.shape)
        if row is not None:
            return np.broadcast_to(np.resize(np.array(row), self.shape[-1]), self.shape).copy()
        return self._rows(source, form).reshape(self.shape)

    def _rows(self, source: np.random.Generator, form: Format) -> Array:
        """Magnitudes log-uniform and shifted off zero; before them the rows that are hard.

        A constant; zeros of both signs; one number that outweighs the others; a mean far from 0;
        numbers near overflow, whose differences overflow; subnormal numbers; logarithms of
        probabilities, one of them 0; a 1 among small numbers.
        """
        width = self.shape[-1]
        x = source.standard_normal((int(np.prod(self.shape[:-1])), width))
        x[8:] = (
            x[8:] * 2.0 ** source.uniform(-self.widest, self.widest, (len(x) - 8, 1)) + self.shift
        )
        x[0] = self.shift
        x[1] = np.resize([0.0, -0.0], width)
        x[2, 0] += _DOMINANT
        x[3] += _FAR
        x[4] = source.uniform(-_HUGE, _HUGE, width) * form.largest**self.power
        x[5] *= form.tiny
        x[6], x[6, 0] = x[6] - _DOMINANT / 2, 0.0
        x[7], x[7, -1] = x[7] * _SMALL, 1.0
        return x
