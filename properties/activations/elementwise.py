"""Trials of elementwise functions: a lane of numbers, the reference's jet, what a backend gives."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from properties.strategies import LanePlan, lane
from properties.trial import KERNELS, Trial, WrongShapeError
from reference import exact, facts
from reference.numerics import FORMATS, Array, Jet, ulp

if TYPE_CHECKING:
    from reference.technique import Technique

_THIRD_STEP = 2.0**-12


@functools.lru_cache(maxsize=24)
def _reference(technique: Technique, plan: LanePlan, dtype: str) -> tuple[Array, Jet]:
    """The lane and the reference on it in float64: shared by every backend and law."""
    form = FORMATS[dtype]
    x = lane(plan, form, special_points(technique, dict(plan.parameters)))
    with KERNELS.running(), np.errstate(all="ignore"):
        return x, technique(x.astype(np.float64), **dict(plan.parameters))


def special_points(technique: Technique, parameters: dict[str, Any]) -> tuple[float, ...]:
    """Kinks, jumps and fixed points that the technique's facts name, at these hyper-parameters."""
    found = []
    for fact in technique.facts:
        for key in ("points", "jumps"):
            found += [float(facts.at(p, parameters)) for p in fact.values.get(key, ())]
    return tuple(found)


@dataclass(frozen=True)
class Elementwise(Trial):
    """A lane through an elementwise technique."""

    plan: LanePlan

    @property
    def x(self) -> Array:
        """The lane, in the format under test."""
        return _reference(self.subject.technique, self.plan, self.subject.form.name)[0]

    @property
    def given(self) -> tuple[Array]:
        """The lane alone."""
        return (self.x,)

    @property
    def wide(self) -> Array:
        """The lane in float64."""
        return self.once("wide", lambda: self.x.astype(np.float64))

    @property
    def jet(self) -> Jet:
        """The reference in float64."""
        return _reference(self.subject.technique, self.plan, self.subject.form.name)[1]

    def mask(self, *conditions: Array) -> Array:
        """The finite inputs (for a pinned plan, the pinned one alone) that meet the conditions."""
        chosen = np.isfinite(self.wide)
        if self.plan.pinned is not None:
            chosen = chosen & (np.arange(len(chosen)) == 0)
        for condition in conditions:
            chosen = chosen & condition
        return chosen

    @property
    def off_kinks(self) -> Array:
        """Where the derivative is defined: everywhere but at the kinks."""
        return self.once("off_kinks", lambda: self._off("points"))

    @property
    def off_jumps(self) -> Array:
        """Where the second derivative is defined: off the kinks, and off its own jumps."""
        return self.once("off_jumps", lambda: self.off_kinks & self._off("jumps"))

    def _off(self, key: str) -> Array:
        away = np.ones(len(self.wide), bool)
        for fact in self.subject.technique.facts:
            if fact.law in ("takes_a_subgradient_at_kinks", "has_a_continuous_second_derivative"):
                for point in fact.values.get(key, ()):
                    away &= self.wide != facts.at(point, self.parameters)
        return away

    def expected(self, order: int) -> tuple[Array, Array | float]:
        """The truth in two parts: the float64 reference, or for float64 the oracle in mpmath."""
        if self.subject.form.bits < 64 or self.subject.technique.definition is None:
            return self.jet[order], 0.0
        return self.once(("exact", order), lambda: self._exact(order))

    def _exact(self, order: int) -> tuple[Array, Array]:
        definition = self.subject.technique.definition
        assert definition is not None  # noqa: S101 - expected() asks only where there is one
        high, low = self.jet[order].copy(), np.zeros(len(self.wide))
        chosen = self.mask() & self.off_kinks
        with KERNELS.running():
            high[chosen], low[chosen] = exact.elementwise(
                definition, self.wide[chosen], self.parameters, order
            )
        return high, low

    def observed(self, order: int, *, variant: str = "", device: str | None = None) -> Array:
        """What the backend returns for the lane: the value, or a derivative."""
        key = ("observed", order, variant, device)
        return self.once(key, lambda: self.on_backend(self.x, order, variant=variant))

    def on_backend(self, x: Array, order: int, *, variant: str = "") -> Array:
        """Run the backend on any input of the format and hold it to shape and dtype."""
        s = self.subject
        with KERNELS.running():
            if order == 0:
                outcome = s.backend.call(
                    s.binding, (x,), self.parameters, device=s.device, variant=variant
                )
                y = np.asarray(outcome.outputs)
            else:
                y = np.asarray(
                    s.backend.derivative(
                        s.binding, x, self.parameters,
                        order=order, device=s.device, variant=variant,
                    )
                )  # fmt: skip
        if y.shape != x.shape or y.dtype != x.dtype:
            message = (
                f"{x.dtype}{list(x.shape)} went in, {y.dtype}{list(y.shape)} came out "
                f"({('value', 'first derivative', 'second derivative')[order]})"
            )
            raise WrongShapeError(message)
        return y

    def must_live(self) -> Array:
        """Where the true first derivative is a normal number whose sign is beyond doubt."""
        form, truth = self.subject.form, self.jet.first
        normal = (np.abs(truth) >= 2 * form.tiny) & (np.abs(truth) <= form.largest)
        clear = np.abs(truth) > 2 * (self.allowed(1) + self.flushed(1))
        return self.mask(self.off_kinks, normal, clear)

    def is_dead(self) -> Array:
        """Where the backend's first derivative is 0, NaN, infinite or of the wrong sign."""
        seen = self.observed(1).astype(np.float64)
        return (seen == 0) | ~np.isfinite(seen) | (np.sign(seen) != np.sign(self.jet.first))

    def sensitivity(self, order: int) -> Array:
        """|x * df/dx| of the value or derivative that is compared."""
        if order < 2:
            with np.errstate(all="ignore"):
                return np.nan_to_num(np.abs(self.wide * self.jet[order + 1]), posinf=0.0)
        return self.once("third", lambda: self.third(self.wide))

    def third(self, x: Array) -> Array:
        """|x * f'''| from the reference's second derivative, by central difference."""
        with KERNELS.running(), np.errstate(all="ignore"):
            technique, p = self.subject.technique, self.parameters
            up = technique(x * (1 + _THIRD_STEP), **p).second
            down = technique(x * (1 - _THIRD_STEP), **p).second
            return np.nan_to_num(np.abs(up - down) / (2 * _THIRD_STEP), posinf=0.0)

    def allowed(self, order: int) -> Array:
        """The accepted error: (order+1) * a * ulp(y) + b * u * |x * df/dx|.

        Differentiating repeats the chain of roundings, hence order + 1.
        """
        return self.once(("allowed", order), lambda: self._allowed(order))

    def _allowed(self, order: int) -> Array:
        claim, form = self.subject.technique.accuracy, self.subject.form
        with np.errstate(all="ignore"):
            slack = (order + 1) * claim.ulps * ulp(self.jet[order], form)
            slack = slack + claim.inputs * form.unit_roundoff * self.sensitivity(order)
        return np.nan_to_num(slack, posinf=0.0)

    def flushed(self, order: int) -> Array:
        """What a device that flushes subnormal numbers may lose (nothing, where it keeps them).

        A result, or an intermediate one times x, of subnormal size; and a subnormal input, read as
        zero: then the result is that at zero, on either side of a kink there.
        """
        return self.once(("flushed", order), lambda: self._flushed(order))

    def _flushed(self, order: int) -> Array:
        s, form, y = self.subject, self.subject.form, self.jet[order]
        lost = np.zeros(len(y))
        with np.errstate(all="ignore"):
            if s.flushing.outputs:
                reach = 2 * form.tiny * np.maximum(1, np.abs(self.wide))
                lost += np.where(np.abs(y) < 2 * reach, reach, 0.0)
            if s.flushing.inputs:
                around = s.technique(np.array([-form.tiny, 0, form.tiny]), **self.parameters)[order]
                moved = np.max(np.abs(y[:, None] - around[None, :]), axis=1)
                lost += np.where(np.abs(self.wide) < form.tiny, moved, 0.0)
        return np.nan_to_num(lost, posinf=0.0)

    def scale(self, order: int) -> Array:
        """The size of f around each x: the largest |f(t)| with |t| <= |x|, t in the lane."""
        return self.once(("scale", order), lambda: self._scale(order))

    def _scale(self, order: int) -> Array:
        size = np.where(self.mask(), np.abs(self.jet[order]), 0.0)
        outward = np.argsort(np.abs(np.nan_to_num(self.wide)), kind="stable")
        scale = np.empty_like(size)
        scale[outward] = np.maximum.accumulate(size[outward])
        return scale
