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

STEPS = 2**12
"""At how many of the drawn numbers the wide formats' distributions are compared."""


def exponent(comparisons: int) -> float:
    """The t with which 2 exp(-t) for each of so many comparisons keeps the rate of false alarms."""
    return math.log(2 * PLANS * comparisons / FALSE_ALARM)


@dataclass(frozen=True)
class SamplesPlan:
    """A plan for weights: hyper-parameters, the shape of a weight, the first seed.

    `small` holds other shapes, each drawn from a few seeds only; `empty` those without an entry.
    """

    parameters: tuple[tuple[str, Any], ...]
    shape: tuple[int, ...]
    small: tuple[tuple[int, ...], ...]
    seed: int
    empty: tuple[tuple[int, ...], ...] = ()


@functools.lru_cache(maxsize=64)
def _truth(technique: Technique, parameters: tuple[Any, ...], shape: tuple[int, ...]) -> Any:
    """The reference on a weight: what it should follow does not depend on the seed."""
    with KERNELS.running():
        result = technique(0, np.empty(shape), **dict(parameters))
    return result._replace(values=np.empty(0)) if hasattr(result, "_replace") else result


@dataclass(frozen=True)
class Draws(Trial):
    """Weights that a technique fills with one setting of its parameters."""

    plan: SamplesPlan

    def truth(self, shape: tuple[int, ...]) -> Any:
        """What a weight of this shape should follow, by the reference."""
        return _truth(self.subject.technique, self.plan.parameters, shape)

    @property
    def leeway(self) -> float:
        """By which part the scale may be off: `inputs` roundings of it."""
        return self.subject.technique.accuracy.inputs * self.subject.form.unit_roundoff

    @property
    def given(self) -> tuple[Array, Array]:
        """The first seed, and a weight full of NaN."""
        return self._given(self.plan.seed, self.plan.shape)

    def _given(self, seed: int, shape: tuple[int, ...], order: Any = "C") -> tuple[Array, Array]:
        weight = np.full(shape, np.nan, self.subject.form.dtype, order)
        return np.asarray(seed, np.int32), weight

    def draw(self, seed: int, shape: tuple[int, ...], *, order: Any = "C") -> Array:
        """One weight from the backend, held to shape and dtype. It is handed over full of NaN.

        Where a backend offers it, eagerly: then all techniques share its compiled samplers.
        """
        s = self.subject
        given = self._given(seed, shape, order)
        variant = "eager" if "eager" in s.variants else ""
        with KERNELS.running():
            outcome = s.backend.call(
                s.binding, given, self.parameters,
                device=s.device, variant=variant,
            )  # fmt: skip
        values = np.asarray(outcome.outputs)
        if values.shape != shape or values.dtype != s.form.dtype:
            message = (
                f"{s.form.name}{list(shape)} was to be filled, "
                f"{values.dtype}{list(values.shape)} came back"
            )
            raise WrongShapeError(message)
        return values

    def draws(self, count: int, shape: tuple[int, ...]) -> Array:
        """Weights from consecutive seeds, (count, *shape)."""
        return np.stack([self.draw(self.plan.seed + i, shape) for i in range(count)])

    def told(self, observed: Any, high: Any, allowed: Any, **rest: Any) -> Finding:
        """Compare, and tell shape and seed with the worst number."""
        about = {"shape": list(self.plan.shape), "seed": self.plan.seed} | rest.pop("about", {})
        observed, high = np.atleast_1d(observed), np.atleast_1d(high)
        return self.compare(observed, high, allowed, about=about, **rest)


@dataclass(frozen=True)
class Chances(Draws):
    """Weights that depend on the seed."""


@dataclass(frozen=True)
class Numbers(Chances):
    """Numbers that are drawn one by one from a stated distribution."""

    def truth(self, shape: tuple[int, ...]) -> Drawn:
        """What a weight of this shape should follow: distribution, standard deviation, mean."""
        found: Drawn = super().truth(shape)
        return found

    @property
    def largest_deviation(self) -> float:
        """The standard deviation with its leeway, and with every number rounded away from the mean.

        Rounding moves a number of magnitude 2 |mean| by u times that at most.
        """
        u, truth = self.subject.form.unit_roundoff, self.truth(self.plan.shape)
        return truth.deviation * (1 + self.leeway) * (1 + u) + 2 * u * abs(truth.mean)

    @property
    def numbers(self) -> int:
        """How many numbers find a standard deviation that is 1 % off, but for one time in 1e9.

        `has_the_stated_variance` says why these are so many; LAGGED numbers at least.
        """
        return max(LAGGED, math.ceil((9.5 / (0.01 - self.leeway)) ** 2))

    def entries(self, weights: Array) -> Array:
        """The numbers of these weights that follow the distribution: all of them."""
        return weights

    @property
    def pool(self) -> Array:
        """`numbers` numbers or some more: draws from consecutive seeds, (draws, *shape)."""

        def drawn() -> Array:
            first = self.entries(self.draws(1, self.plan.shape))
            more = -(-self.numbers // first.size)
            return self.entries(self.draws(more, self.plan.shape))

        return self.once("pool", drawn)

    @property
    def ordered(self) -> Array:
        """The numbers of the pool, ascending."""
        return self.once("ordered", lambda: np.sort(self._sortable()))

    def _sortable(self) -> Array:
        flat = self.pool.reshape(-1)
        return flat.astype(np.float32) if self.subject.form.bits <= 16 else flat

    def below(self, x: Array) -> tuple[Array, Array]:
        """P(X <= x), and how much the leeway of the scale moves that."""
        truth = self.truth(self.plan.shape)
        x = np.asarray(x, np.float64)

        def at(part: float) -> Array:
            return truth.distribution.below((x * part - truth.mean) / truth.deviation)

        here, wider, narrower = at(1.0), at(1 / (1 + self.leeway)), at(1 + self.leeway)
        return here, np.maximum(np.abs(wider - here), np.abs(narrower - here))

    def upper_edge(self, values: Array) -> Array:
        """The largest number that rounds to each number of the format: its cell's upper end."""
        above = np.nextafter(values, np.asarray(np.inf, values.dtype)).astype(np.float64)
        low = values.astype(np.float64)
        return low + (above - low) / 2

    def steps(self) -> tuple[Array, Array, Array]:
        """Numbers that were drawn, ascending; the shares of the pool below them and up to them.

        All different numbers in a 16-bit format, STEPS of them in the wider ones.
        """
        flat = self.ordered
        if self.subject.form.bits <= 16:
            last = np.flatnonzero(np.diff(flat, append=np.inf))
            values = flat[last].astype(self.subject.form.dtype)
        else:
            values = flat[np.linspace(0, flat.size - 1, STEPS).astype(int)]
        key = values.astype(flat.dtype)
        before, upto = (np.searchsorted(flat, key, side) for side in ("left", "right"))
        return values, before / flat.size, upto / flat.size

    def told(self, observed: Any, high: Any, allowed: Any, **rest: Any) -> Finding:
        """Compare, and tell shape, seed and standard deviation with the worst number."""
        about = {"deviation": self.truth(self.plan.shape).deviation} | rest.pop("about", {})
        return super().told(observed, high, allowed, about=about, **rest)


@dataclass(frozen=True)
class Samples(Numbers):
    """Weights whose numbers are all drawn independently."""
