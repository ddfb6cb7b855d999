"""Trials of quasi-Newton runs: gradients of a few steps are given, and the start."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from properties.arrays import Arrays
from properties.optimizers.differentiated import differentiated
from properties.truths import Truth
from reference.numerics import FORMATS, rounded, widened
from reference.ranged import lost_range

if TYPE_CHECKING:
    from reference.numerics import Array, Format
    from reference.technique import Technique

STEPS, WIDTH = 5, 3


@dataclass(frozen=True)
class PathPlan:
    """A plan for a run of five steps on a quadratic in three variables.

    Its curvatures lie between 1 and 2^unevenness; were they all 1, a step would end the run, and
    what follows would be made of roundings. Gradients are those that the reference meets; but
    with `turns`, the second is three times the first: curvature is negative there.
    """

    technique: Technique
    parameters: tuple[tuple[str, Any], ...]
    seed: int = 0
    unevenness: int = 1
    turns: bool = False

    def inputs(self, form: Format) -> tuple[Array, ...]:
        """Gradients and the start, in the format."""
        source = np.random.default_rng(self.seed)
        q, _ = np.linalg.qr(source.standard_normal((WIDTH, WIDTH)))
        hessian = (q * 2.0 ** (self.unevenness * source.random(WIDTH))) @ q.T
        start = at = source.standard_normal(WIDTH)
        met: list[Array] = []
        for i in range(STEPS):
            met.append(3 * met[0] if self.turns and i == 1 else hessian @ at)
            at = self.technique(np.stack(met), start, **dict(self.parameters))[-1]
        return rounded((np.stack(met), start), form)


@functools.lru_cache(maxsize=64)
def _truth(technique: Technique, plan: Any, dtype: str) -> list[Truth]:
    form, known = FORMATS[dtype], dict(plan.parameters)
    run = lambda given: technique(*given, **known)  # noqa: E731
    return differentiated(run, plan.inputs(form), [], technique.accuracy, form).leaves


@functools.lru_cache(maxsize=64)
def _lost(technique: Technique, plan: Any, dtype: str, *, flushes: bool) -> Array:
    form, known = FORMATS[dtype], dict(plan.parameters)
    run = lambda given: technique(*given, **known)  # noqa: E731
    return lost_range(run, widened(plan.inputs(form)), form, flushes=flushes)[0]


@dataclass(frozen=True)
class Paths(Arrays):
    """A run over given gradients."""

    plan: PathPlan

    def names(self) -> dict[str, Any]:
        """What deviations may name: the usual, for a run has no cotangents."""
        return super(Arrays, self).names()

    @property
    def truth(self) -> list[Truth]:
        """The true path."""
        return _truth(self.subject.technique, self.plan, self.subject.form.name)

    @property
    def columns(self) -> dict[str, Array]:
        """How far the path moves as intermediate results leave the range of the format."""
        s = self.subject
        flushes = s.flushing.inputs or s.flushing.outputs
        return {"range_error": _lost(s.technique, self.plan, s.form.name, flushes=flushes)}

    @property
    def path(self) -> Array:
        """The backend's path."""
        return self.observed()[0][1]
