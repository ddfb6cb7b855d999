"""Trials of random masks: what a technique keeps of its input, from many seeds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from backends.backend import NotOfferedError
from properties.trial import KERNELS, Trial, WrongShapeError
from reference.numerics import Array, rounded, ulp
from reference.regularization_facts import Affine
from reference.technique import parameters

if TYPE_CHECKING:
    from properties.finding import Finding

SEEDS = 9
"""Consecutive seeds that make up a pool: together they decide on 592,677 units."""

LINES = (243, 271)
"""Rows and columns of a call's units. No power of two: leftovers after blocks of 16 show."""

FEW = (11, 13)
"""Units of a small x: by luck two masks of them agree with probability 2^-143."""

HALF = 0.5


@dataclass(frozen=True)
class MasksPlan:
    """A plan for masks: hyper-parameters, the shape of x, the first seed, the size 2^middle of x.

    `small` holds other shapes, of all ranks that the technique takes; the first has FEW units.
    """

    parameters: tuple[tuple[str, Any], ...]
    shape: tuple[int, ...]
    small: tuple[tuple[int, ...], ...]
    seed: int = 0
    middle: int = 0


@dataclass(frozen=True)
class Masks(Trial):
    """A technique that drops units of x at random, at one rate."""

    plan: MasksPlan

    @property
    def rate(self) -> float:
        """The probability of being dropped."""
        return float(self.parameters["rate"])

    def affine(self, rate: float) -> Affine:
        """What becomes of kept and of dropped numbers."""
        return self._values["at"](rate)

    def shared(self, rank: int) -> tuple[int, ...]:
        """Axes along which numbers share their fate."""
        return self._values["shared"](rank)

    @property
    def _values(self) -> Any:
        """What the technique states of its mask."""
        facts = self.subject.technique.facts
        return next(f.values for f in facts if f.law == "drops_at_its_rate")

    @property
    def given(self) -> tuple[Array, Array]:
        """The first seed, and an x."""
        return np.asarray(self.plan.seed, np.int32), self.numbers(self.plan.shape)

    def call(self, seed: int, x: Array, **chosen: Any) -> Array:
        """One call of the backend, held to shape and dtype; hyper-parameters may be chosen."""
        s, given = self.subject, self.chosen(chosen)
        with KERNELS.running():
            outcome = s.backend.call(
                s.binding, (np.asarray(seed, np.int32), x), given, device=s.device
            )
        y = np.asarray(outcome.outputs)
        if y.shape != x.shape or y.dtype != x.dtype:
            message = f"{x.dtype}{list(x.shape)} went in, {y.dtype}{list(y.shape)} came back"
            raise WrongShapeError(message)
        return y

    def pulled(self, seed: int, x: Array, c: Array, **chosen: Any) -> Array:
        """The gradient of x for a cotangent."""
        s, given = self.subject, self.chosen(chosen)
        with KERNELS.running():
            gradients = s.backend.pullback(
                s.binding, (np.asarray(seed, np.int32), x), given, c, device=s.device
            )
        return np.asarray(gradients[-1])

    def chosen(self, chosen: dict[str, Any]) -> dict[str, Any]:
        """The plan's hyper-parameters, in training unless chosen otherwise.

        A function from outside may have no mode: it trains only.
        """
        given = self.parameters | {"mode": "train"} | chosen
        mode = given["mode"]
        if "mode" not in parameters(self.subject.binding):
            del given["mode"]
            if mode == "eval":
                message = f"{self.subject.backend.name} offers training only"
                raise NotOfferedError(message)
        return given

    def ones(self, shape: tuple[int, ...]) -> Array:
        """An x of ones, in the format."""
        return np.ones(shape, self.subject.form.dtype)

    def numbers(self, shape: tuple[int, ...]) -> Array:
        """An x of numbers of both signs near 2^middle, with zeros of both signs."""
        source = np.random.default_rng(self.plan.seed)
        sign = source.choice((-1.0, 1.0), shape)
        x = np.asarray(sign * 2.0 ** (self.plan.middle + source.uniform(-3, 3, shape)))
        if x.size > 3:
            x.reshape(-1)[:2] = 0.0, -0.0
        return np.asarray(rounded(x, self.subject.form))

    def mask(self, seed: int, shape: tuple[int, ...], rate: float) -> Array:
        """Which numbers of this shape a seed keeps: what it does with ones."""
        return self.kept(self.call(seed, self.ones(shape), rate=rate), rate)

    def kept(self, y: Array, rate: float) -> Array:
        """Which numbers of the result of ones are nearer to a kept one than to a dropped one."""
        affine, wide = self.affine(rate), y.astype(np.float64)
        kept = affine.slope + affine.shift
        return np.abs(wide - kept) < np.abs(wide - affine.dropped)

    @property
    def few(self) -> tuple[int, ...]:
        """The small shape that laws take in which no number of units counts."""
        return self.plan.small[0]

    def pool(self, rate: float) -> Array:
        """What a pool of seeds makes of ones: (SEEDS, units)."""
        ones = [self.ones(self.plan.shape)] * SEEDS
        return self.once(("pool", rate), lambda: self.drawn(rate, ones))

    def drawn(self, rate: float, given: list[Array]) -> Array:
        """What consecutive seeds make of what each is given; its first number is a unit's."""
        results = (self.call(self.plan.seed + i, x, rate=rate) for i, x in enumerate(given))
        return np.stack([self.first(y).reshape(-1) for y in results])

    def fates(self, rate: float) -> Array:
        """Which units a pool of seeds keeps."""
        return self.kept(self.pool(rate), rate)

    def first(self, y: Array) -> Array:
        """The first number of every unit."""
        shared = self.shared(y.ndim)
        return y[tuple(0 if axis in shared else slice(None) for axis in range(y.ndim))]

    def allowed(self, y: Array, x: Array, rate: float) -> Array:
        """ulps * ulp(y) + inputs * u * (|slope x| + |shift - dropped|): all terms, rounded."""
        affine, form = self.affine(rate), self.subject.form
        claim = self.subject.technique.accuracy
        terms = np.abs(affine.slope * x) + abs(affine.shift - affine.dropped)
        terms = np.nan_to_num(terms, posinf=0.0)
        return claim.ulps * ulp(y, form) + claim.inputs * form.unit_roundoff * terms

    @property
    def floor(self) -> float:
        """What a device that flushes subnormal numbers may lose (nothing, where it keeps them)."""
        flushing, affine = self.subject.flushing, self.affine(self.rate)
        lost = self.subject.form.tiny * (1 + affine.slope)
        return lost if flushing.inputs or flushing.outputs else 0.0

    def told(self, observed: Any, high: Any, allowed: Any, **rest: Any) -> Finding:
        """Compare, and tell shape and seed with the worst number."""
        about = {"shape": list(self.plan.shape), "seed": self.plan.seed}
        about |= rest.pop("about", {})
        observed, high = np.atleast_1d(observed), np.atleast_1d(high)
        return self.compare(observed, high, allowed, about=about, **rest)
