"""Trials of layers' defaults: how a parameter starts, by each rule that a backend offers."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from backends.backend import NotOfferedError
from properties.initializers.samples import exponent
from properties.trial import KERNELS, Trial, WrongShapeError
from reference.technique import OneOf, parameters

if TYPE_CHECKING:
    from properties.finding import Finding
    from reference.numerics import Array
    from reference.starts import Start
    from reference.technique import Technique

NUMBERS = 2**14
"""How many numbers are pooled. Which rule a layer follows is asked here, not how good the random
numbers are: the initializers that the rules consist of are asked that, with 30 times as many."""


@dataclass(frozen=True)
class StartsPlan:
    """A plan for a layer's parameter: conventions, its shape, other shapes, the first seed.

    `small` shapes tell the fans apart; `odd` ones are empty.
    """

    parameters: tuple[tuple[str, Any], ...]
    shape: tuple[int, ...]
    small: tuple[tuple[int, ...], ...]
    odd: tuple[tuple[int, ...], ...]
    seed: int


@functools.lru_cache(maxsize=64)
def _truth(technique: Technique, chosen: tuple[Any, ...], shape: tuple[int, ...]) -> Start:
    """The reference on a parameter: how it starts does not depend on the seed."""
    with KERNELS.running():
        start: Start = technique(0, np.empty(shape), **dict(chosen))
    return start._replace(values=np.empty(0))


@dataclass(frozen=True)
class Starts(Trial):
    """Parameters as a layer makes them, with one setting of its conventions."""

    plan: StartsPlan

    def truth(self, shape: tuple[int, ...] | None = None) -> Start:
        """How a parameter of this shape (the plan's, if none is given) should start."""
        return _truth(self.subject.technique, self.plan.parameters, shape or self.plan.shape)

    @property
    def nature(self) -> str:
        """Zero, orthogonal or independent numbers."""
        truth = self.truth()
        return "orthogonal" if truth.orthogonal else "independent" if truth.deviation else "zero"

    def by_rule(self, *natures: str) -> list[Starts]:
        """This trial by every rule that the backend offers, if its numbers are of such a nature."""
        found = [trial for trial in self._ruled() if trial.nature in natures]
        if not found:
            s = self.subject
            others = " and ".join(sorted({trial.nature for trial in self._ruled()}))
            message = f"{s.backend.name} starts {s.technique.name} otherwise: {others}"
            raise NotOfferedError(message)
        return found

    def _ruled(self) -> list[Starts]:
        offered = parameters(self.subject.binding).get("rule")
        known = offered or self.subject.technique.parameters.get("rule")
        if known is None or not isinstance(known.domain, OneOf):
            return [self]
        return [self._following(rule) for rule in known.domain.values]

    def _following(self, rule: str) -> Starts:
        chosen = tuple((k, rule if k == "rule" else v) for k, v in self.plan.parameters)
        plan = replace(self.plan, parameters=chosen)
        return replace(self, plan=plan, cache=self.once(("rule", rule), dict))

    @property
    def leeway(self) -> float:
        """By which part the standard deviation may be off: `inputs` roundings of it."""
        return self.subject.technique.accuracy.inputs * self.subject.form.unit_roundoff

    @property
    def largest_deviation(self) -> float:
        """The standard deviation with its leeway, and with every number rounded away from zero."""
        u = self.subject.form.unit_roundoff
        return self.truth().deviation * (1 + self.leeway) * (1 + u)

    @property
    def given(self) -> tuple[Array, Array]:
        """The first seed, and a parameter full of NaN."""
        return self._given(self.plan.seed, self.plan.shape)

    def _given(self, seed: int, shape: tuple[int, ...]) -> tuple[Array, Array]:
        return np.asarray(seed, np.int32), np.full(shape, np.nan, self.subject.form.dtype)

    def draw(self, seed: int, shape: tuple[int, ...]) -> Array:
        """One parameter from the backend, in float64, held to shape and dtype."""
        s = self.subject
        given = self._given(seed, shape)
        with KERNELS.running():
            outcome = s.backend.call(s.binding, given, self.parameters, device=s.device)
        values = np.asarray(outcome.outputs)
        if values.shape != shape or values.dtype != s.form.dtype:
            message = (
                f"{s.form.name}{list(shape)} was to be filled, "
                f"{values.dtype}{list(values.shape)} came back"
            )
            raise WrongShapeError(message)
        return values.astype(np.float64)

    def draws(self, count: int, shape: tuple[int, ...]) -> Array:
        """Parameters from consecutive seeds, (count, *shape)."""
        return np.stack([self.draw(self.plan.seed + i, shape) for i in range(count)])

    @property
    def pool(self) -> Array:
        """NUMBERS numbers or some more: draws from consecutive seeds, (draws, *shape)."""
        count = -(-NUMBERS // math.prod(self.plan.shape))
        return self.once("pool", lambda: self.draws(count, self.plan.shape))

    @property
    def parts(self) -> Array:
        """The pool with the parts of each parameter (gates, say) apart: (draws, part, ...)."""
        truth = self.truth()
        return np.stack(np.split(self.pool, truth.parts, truth.axis + 1), 1)

    def told(self, observed: Any, high: Any, allowed: Any, **rest: Any) -> Finding:
        """Compare, and tell rule, shape and seed with the worst number."""
        about = {"shape": list(self.plan.shape), "seed": self.plan.seed}
        about |= rest.pop("about", {})
        observed, high = np.atleast_1d(observed), np.atleast_1d(high)
        return self.compare(observed, high, allowed, about=about, **rest)


def noise(comparisons: int, numbers: int, kurtosis: float) -> float:
    """By which part a mean square of so many numbers may be off: see `has_the_stated_variance`."""
    t = exponent(comparisons)
    return math.sqrt(2 * (kurtosis - 1) * t / numbers) + 2 * t / numbers
