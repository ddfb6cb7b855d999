"""Trials of optimizers: one step from a given state."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from properties.arrays import Arrays
from properties.optimizers import step_truths
from properties.optimizers.results import in_order
from properties.optimizers.step_plans import StepPlan
from properties.optimizers.step_truths import Columns, Given, apart, rowwise
from properties.optimizers.trajectories import Journey, journey
from properties.trial import KERNELS, all_of
from properties.truths import Truth
from reference.numerics import Array, widened
from reference.optimizer_states import Tensors, beginning
from reference.trees import leaves

if TYPE_CHECKING:
    from collections.abc import Callable

    from properties.finding import Finding


@dataclass(frozen=True)
class Steps(Arrays):
    """A step of an optimizer from a given state."""

    plan: StepPlan

    def names(self) -> dict[str, Any]:
        """What deviations may name: the usual, for a step has no cotangents; columns are added."""
        return super(Arrays, self).names()

    @property
    def truth(self) -> list[Truth]:
        """The true params and state, leaf by leaf."""
        return step_truths.truth(self.plan, self.subject.form.name)

    @property
    def columns(self) -> tuple[Columns, ...]:
        """What went into every leaf."""
        return step_truths.columns(self.plan, self.subject.form.name, flushes=self.flushes)

    @property
    def flushes(self) -> bool | None:
        """Whether subnormal numbers are flushed; None where no deviation names a `range_error`."""
        flushing = self.subject.flushing
        named = self.once("ranges", lambda: self.subject.named("range_error"))
        return flushing.inputs or flushing.outputs if named else None

    @property
    def journey(self) -> Journey:
        """The run that the plan's seed, hyper-parameters and size of gradients give."""
        technique = self.subject.technique
        return journey(
            self.plan, self.subject.form.name,
            elementwise=rowwise(technique), apart=apart(technique),
        )  # fmt: skip

    def at(self, **changed: Any) -> Steps:
        """A neighbouring trial: other hyper-parameters, or other fields of the plan."""
        chosen = {k: v for k, v in changed.items() if k in self.parameters}
        fields = {k: v for k, v in changed.items() if k not in chosen}
        known = tuple((self.parameters | chosen).items())
        plan = replace(self.plan, parameters=known, **fields)
        return replace(self, plan=plan, cache={})

    def step(self, given: Any, **changed: Any) -> tuple[Tensors, dict[str, Any]]:
        """One step of the backend, at these hyper-parameters but for those changed."""
        s = self.subject
        with KERNELS.running():
            outcome = s.backend.call(s.binding, given, self.parameters | changed, device=s.device)
        new = in_order(outcome.outputs, given[1])
        self.hold(list(leaves((given[2], given[1]))), list(leaves(new)))
        return new

    def steps_in(self, ways: tuple[str, ...]) -> dict[str, tuple[Tensors, dict[str, Any]]]:
        """The step in these executions, as far as they are offered."""
        s, found = self.subject, {}
        with KERNELS.running():
            outcomes = s.backend.call_in_ways(
                s.binding, self.given, self.parameters, ways, device=s.device
            )
        for way, outcome in outcomes.items():
            found[way] = in_order(outcome.outputs, self.given[1])
            self.hold(list(leaves((self.given[2], self.given[1]))), list(leaves(found[way])))
        return found

    @property
    def beginning(self) -> dict[str, Any]:
        """The state before the first step."""
        return beginning(self.subject.technique, self.given[2], self.parameters)

    def truth_of(self, given: Given, known: dict[str, Any] | None = None) -> list[Truth]:
        """The true step from elsewhere, at other hyper-parameters where told."""
        s = self.subject
        return step_truths.truth_of(s.technique, known or self.parameters, given, s.form)

    def columns_of(self, given: Given, known: dict[str, Any] | None = None) -> tuple[Columns, ...]:
        """What went into every leaf of a step from elsewhere."""
        s = self.subject
        return step_truths.columns_of(
            s.technique, known or self.parameters, given, s.form, flushes=self.flushes
        )

    @property
    def coarse(self) -> list[dict[str, Array]]:
        """How far the step moves as hyper-parameters are rounded to the format, for every leaf.

        It is infinite where one is then outside its domain.
        """
        form, given = self.subject.form, self.given
        kind = form.dtype.type
        rough = {
            k: float(kind(v)) if isinstance(v, float) else v for k, v in self.parameters.items()
        }
        try:
            moved = in_order(self.subject.technique(*widened(given), **rough), given[1])
        except ValueError:
            return [{"coarse": np.full(np.shape(t.high), np.inf)} for t in self.truth]
        pairs = zip(leaves(moved), self.truth, strict=True)
        off = [np.abs(np.asarray(y, np.float64) - t.high) for (_, y), t in pairs]
        return [{"coarse": np.where(np.isnan(x), np.inf, x)} for x in off]

    def unmoved(self, seen: Any, own: Any, where: Callable[[Array, int], Array]) -> Finding:
        """Hold two results to the same bits (or NaN) at some elements of each leaf."""
        return all_of(
            self.compare(
                left, np.asarray(y, np.float64), 0.0, mask=where(np.asarray(y), c.index),
                inputs=c.numbers, about={"output": c.path, "entry": c.entry},
            )
            for (_, left), (_, y), c in zip(leaves(seen), leaves(own), self.columns, strict=True)
            if c.index >= 0
        )  # fmt: skip

    def sameness(self, seen: Any, own: Any) -> Finding:
        """Compare two results that should be one, where the truth is a number: each may be off."""
        due = [
            replace(t, high=np.asarray(y, np.float64), low=0.0, allowed=2 * t.allowed)
            for t, (_, y) in zip(self.truth, leaves(own), strict=True)
        ]
        numbers: list[Array | None] = [np.isfinite(t.high) for t in self.truth]
        return self.agreement(seen, due, masks=numbers, like="agrees_with_reference")

    def agreement(
        self,
        seen: Any,
        truths: list[Truth],
        *,
        masks: list[Array | None] | None = None,
        like: str = "",
        more: list[dict[str, Array]] | None = None,
        **about: Any,
    ) -> Finding:
        """Compare results with the truth, leaf by leaf; tell what went into the worst element."""
        masks = masks or [None] * len(truths)
        more = more or [{} for _ in truths]
        return all_of(
            self.compare(
                left, t.high, t.allowed, low=t.low, mask=mask, inputs=c.numbers | added,
                like=like,
                floor=self.floor, scale=np.max(np.abs(t.high), initial=0.0),
                about={"output": c.path, "entry": c.entry, "taken": self.plan.taken} | about,
            )
            for (_, left), t, c, mask, added in zip(
                leaves(seen), truths, self.columns, masks, more, strict=True
            )
        )  # fmt: skip
