"""Trials of optimizers of matrices.

Errors grow on the way through an iteration; how much is not guessed, but differentiated.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

from properties.optimizers.differentiated import Truths, differentiated
from properties.optimizers.results import in_order
from properties.optimizers.step_plans import StepPlan
from properties.optimizers.step_truths import Columns, Given, columns_of
from properties.optimizers.steps import Steps
from properties.optimizers.trajectories import Journey, journey
from reference.numerics import FORMATS, Format, widened
from reference.trees import leaves

if TYPE_CHECKING:
    from properties.truths import Truth
    from reference.technique import Technique


@dataclass(frozen=True)
class MatrixPlan(StepPlan):
    """A plan for one step of matrices: wide, high, and of one row."""

    shapes: ClassVar[tuple[tuple[int, ...], ...]] = ((2, 3), (4, 2), (1, 3))


def _truths(technique: Technique, known: dict[str, Any], given: Given, form: Format) -> Truths:
    def step(given: Any) -> Any:
        return in_order(technique(*given, **known), given[1])

    return differentiated(step, given, widened(given[2]), technique.accuracy, form)


@functools.lru_cache(maxsize=64)
def _truths_of_plan(plan: MatrixPlan, dtype: str) -> Truths:
    form = FORMATS[dtype]
    return _truths(plan.technique, dict(plan.parameters), plan.inputs(form), form)


@functools.lru_cache(maxsize=64)
def _columns_of_plan(plan: MatrixPlan, dtype: str, *, flushes: bool | None) -> tuple[Columns, ...]:
    form, known = FORMATS[dtype], dict(plan.parameters)
    plain = columns_of(plan.technique, known, plan.inputs(form), form, flushes=flushes)
    return _with_works(plain, _truths_of_plan(plan, dtype))


def _with_works(plain: tuple[Columns, ...], truths: Truths) -> tuple[Columns, ...]:
    return tuple(
        replace(c, numbers=c.numbers | {work: moved[k] for work, moved in truths.works.items()})
        for k, c in enumerate(plain)
    )


@dataclass(frozen=True)
class MatrixSteps(Steps):
    """A step of an optimizer of matrices from a given state."""

    plan: MatrixPlan

    @property
    def truth(self) -> list[Truth]:
        """The true params and state, leaf by leaf."""
        return _truths_of_plan(self.plan, self.subject.form.name).leaves

    @property
    def columns(self) -> tuple[Columns, ...]:
        """What went into every leaf; what each work adds to its error, in units of u, as well."""
        return _columns_of_plan(self.plan, self.subject.form.name, flushes=self.flushes)

    def truth_of(self, given: Given, known: dict[str, Any] | None = None) -> list[Truth]:
        """The true step from elsewhere."""
        return self._truths(given, known or self.parameters).leaves

    def columns_of(self, given: Given, known: dict[str, Any] | None = None) -> tuple[Columns, ...]:
        """What went into every leaf of a step from elsewhere."""
        truths = self._truths(given, known or self.parameters)
        return _with_works(super().columns_of(given, known), truths)

    def _truths(self, given: Given, known: dict[str, Any]) -> Truths:
        s = self.subject
        parts = tuple(x.tobytes() for _, x in leaves(given))
        key = (parts, tuple(sorted(known.items())))
        found: Truths = self.once(key, lambda: _truths(s.technique, known, given, s.form))
        return found

    @property
    def journey(self) -> Journey:
        """The run that the plan gives."""
        return journey(self.plan, self.subject.form.name, elementwise=False, stacked=True)
