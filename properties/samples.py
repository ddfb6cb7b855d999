"""Trials of random numbers: draws of a weight from many seeds, and what they should follow."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from properties.trial import KERNELS, Trial, WrongShapeError

if TYPE_CHECKING:
    from properties.finding import Finding
    from reference.distributions import Drawn
    from reference.numerics import Array
    from reference.technique import Technique

FALSE_ALARM = 1e-9
"""At most how often an honest backend fails a statistical law, for each cell of the grid."""

PLANS = 32
"""More trials than any profile draws: each may raise this part of the false alarms."""

LAGGED = 3**12
"""How many numbers are correlated: odd, so that no lag is its own mirror; and fast to transform."""


def exponent(comparisons: int) -> float:
    """The t with which 2 exp(-t) for each of so many comparisons keeps the rate of false alarms."""
    return math.log(2 * PLANS * comparisons / FALSE_ALARM)


@dataclass(frozen=True)
class SamplesPlan:
    """A plan for random numbers: hyper-parameters, the shape of a weight, the first seed.

    `small` holds other shapes, each drawn from a few seeds only.
    """

    parameters: tuple[tuple[str, Any], ...]
    shape: tuple[int, ...]
    small: tuple[tuple[int, ...], ...]
    seed: int


@functools.lru_cache(maxsize=64)
def _truth(technique: Technique, parameters: tuple[Any, ...], shape: tuple[int, ...]) -> Drawn:
    """The reference on a weight: its distribution does not depend on the seed."""
    with KERNELS.running():
        result: Drawn = technique(0, np.empty(shape), **dict(parameters))
    return result._replace(values=np.empty(0))


@dataclass(frozen=True)
class Samples(Trial):
    """Weights that a technique draws with one setting of its parameters."""

    plan: SamplesPlan

    def truth(self, shape: tuple[int, ...]) -> Drawn:
        """What a weight of this shape should follow: distribution and standard deviation."""
        return _truth(self.subject.technique, self.plan.parameters, shape)

    @property
    def leeway(self) -> float:
        """By which part the standard deviation may be off: `inputs` roundings of it."""
        return self.subject.technique.accuracy.inputs * self.subject.form.unit_roundoff

    @property
    def largest_deviation(self) -> float:
        """The standard deviation with its leeway, and with every number rounded away from zero."""
        u = self.subject.form.unit_roundoff
        return self.truth(self.plan.shape).deviation * (1 + self.leeway) * (1 + u)

    def draw(self, seed: int, shape: tuple[int, ...], *, order: Any = "C") -> Array:
        """One weight from the backend, held to shape and dtype. It is handed over full of NaN."""
        s = self.subject
        weight = np.full(shape, np.nan, s.form.dtype, order)
        with KERNELS.running():
            outcome = s.backend.call(
                s.binding, (np.asarray(seed, np.int32), weight), self.parameters, device=s.device
            )
        values = np.asarray(outcome.outputs)
        if values.shape != shape or values.dtype != weight.dtype:
            message = (
                f"{weight.dtype}{list(shape)} was to be filled, "
                f"{values.dtype}{list(values.shape)} came back"
            )
            raise WrongShapeError(message)
        return values

    @property
    def numbers(self) -> int:
        """How many numbers find a standard deviation that is 1 % off with probability 0.999.

        `has_the_stated_variance` says why these are so many; LAGGED numbers at least.
        """
        return max(LAGGED, math.ceil((7.4 / (0.01 - self.leeway)) ** 2))

    @property
    def pool(self) -> Array:
        """`numbers` numbers or some more: draws from consecutive seeds, (draws, *shape)."""
        draws = -(-self.numbers // math.prod(self.plan.shape))
        return self.once("pool", lambda: self.draws(draws, self.plan.shape))

    def draws(self, count: int, shape: tuple[int, ...]) -> Array:
        """Weights from consecutive seeds, (count, *shape)."""
        return np.stack([self.draw(self.plan.seed + i, shape) for i in range(count)])

    def below(self, x: Array) -> tuple[Array, Array]:
        """P(X <= x), and how much the leeway of the standard deviation moves that."""
        truth = self.truth(self.plan.shape)
        z, below = np.asarray(x, np.float64) / truth.deviation, truth.distribution.below
        moved = below(z * (1 + self.leeway)) - below(z / (1 + self.leeway))
        return below(z), np.abs(moved)

    def upper_edge(self, values: Array) -> Array:
        """The largest number that rounds to each number of the format: its cell's upper end."""
        above = np.nextafter(values, np.asarray(np.inf, values.dtype)).astype(np.float64)
        low = values.astype(np.float64)
        return low + (above - low) / 2

    def counted(self) -> tuple[Array, Array]:
        """The different numbers of the pool, ascending, and how often each was drawn."""
        form, flat = self.subject.form, self.pool.reshape(-1)
        if form.bits > 16:
            return np.unique(flat, return_counts=True)
        counts = np.bincount(flat.view(form.pattern), minlength=2**form.bits)
        counts[0] += counts[2 ** (form.bits - 1)]  # -0 is no other number than 0
        counts[2 ** (form.bits - 1)] = 0
        values = np.flatnonzero(counts).astype(form.pattern)
        order = np.argsort(values.view(form.dtype).astype(np.float64), kind="stable")
        return values.view(form.dtype)[order], counts[values][order]

    def told(self, observed: Any, high: Any, allowed: Any, **rest: Any) -> Finding:
        """Compare, and tell shape, seed and standard deviation with the worst number."""
        shape = self.plan.shape
        deviation = self.truth(shape).deviation
        about = {"shape": list(shape), "seed": self.plan.seed, "deviation": deviation}
        about |= rest.pop("about", {})
        observed, high = np.atleast_1d(observed), np.atleast_1d(high)
        return self.compare(observed, high, allowed, about=about, **rest)
