"""Trials of optimizers: one step from a given state, and what went into each of its results."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from properties.arrays import Arrays, Truth, accepted
from properties.tensors import drawn_tensors
from properties.trajectories import Journey, in_order, journey
from properties.trial import KERNELS, all_of
from reference.numerics import FORMATS, Array, Format, rounded, widened
from reference.optimizers import Tensors, beginning
from reference.trees import leaves, mapped

if TYPE_CHECKING:
    from properties.finding import Finding
    from reference.technique import Technique

_PAST = 3


@dataclass(frozen=True)
class StepPlan:
    """A plan for one step: how many were taken before, how large gradients are and have been.

    Gradients are log-uniform within 2^(middle +- spread); those of the past were 2^past times as
    large. `spoiled` puts NaN and infinities among them. `pinned` names one number for every
    gradient, parameter or entry of the state: how a witness re-runs.
    """

    technique: Technique
    parameters: tuple[tuple[str, Any], ...]
    seed: int = 0
    taken: int = 0
    middle: int = 0
    spread: int = 0
    past: int = 0
    spoiled: bool = False
    pinned: tuple[tuple[str, float], ...] = ()

    def inputs(self, form: Format) -> tuple[Tensors, dict[str, Any], Tensors]:
        """Expand: gradients, state and parameters; the state is one that the reference reaches."""
        source = np.random.default_rng(self.seed)
        grads = drawn_tensors(source, form, self.middle, self.spread)
        params = drawn_tensors(source, form, 0, 10)
        for w in params:
            w[source.random(w.shape) < 0.5] = 0  # there the new parameter is the update itself
        state = beginning(self.technique, params)
        if self.taken:
            state = self._reached(source, form, state, params)
        state["step"] = np.array(self.taken, np.int32)
        if self.spoiled:
            grads[1][2:5] = np.nan, np.inf, -np.inf
        return self._pinned(rounded((grads, state, params), form))

    def _reached(self, source: Any, form: Format, state: Any, params: Tensors) -> Any:
        with np.errstate(all="ignore"):
            for _ in range(_PAST):
                grads = drawn_tensors(source, form, self.middle + self.past, self.spread)
                _, state = self.technique(grads, state, params, **dict(self.parameters))
        return mapped(lambda x: np.clip(x, -form.largest, form.largest), state)

    def _pinned(self, given: Any) -> Any:
        grads, state, params = given
        named = {"gradient": grads, "parameter": params, **state}
        for name, value in self.pinned:
            mapped(lambda x, value=value: x.fill(value), named[name])
        return grads, state, params


@dataclass(frozen=True)
class Columns:
    """One leaf of a step's results: which entry it is, and the numbers that went into it."""

    path: str
    entry: str
    index: int
    numbers: dict[str, Array]


@functools.lru_cache(maxsize=256)
def columns(plan: StepPlan, dtype: str) -> tuple[Columns, ...]:
    """What went into every leaf of (params, state): gradient, parameter, state, true update."""
    grads, state, params = plan.inputs(FORMATS[dtype])
    with KERNELS.running(), np.errstate(all="ignore"):
        new, _ = plan.technique(*widened((grads, state, params)), **dict(plan.parameters))
    updates = [np.asarray(v - w, np.float64) for v, w in zip(new, widened(params), strict=True)]
    tensors = {"gradient": grads, "parameter": params, "update": updates} | {
        name: entry for name, entry in state.items() if isinstance(entry, list)
    }
    found = []
    for path, _ in leaves((params, state)):
        entry, _, rest = path.removeprefix("[1].").replace("[0][", "params[").partition("[")
        index = int(rest[:-1]) if rest else -1
        at = {k: v[index] if rest else np.zeros(()) for k, v in tensors.items()}
        found.append(Columns(path, entry, index, at))
    return tuple(found)


def elementwise(technique: Technique) -> bool:
    """Whether the technique states that every element moves alone."""
    return any(fact.law == "moves_every_element_alone" for fact in technique.facts)


@functools.lru_cache(maxsize=64)
def _truth(plan: StepPlan, dtype: str) -> list[Truth]:
    """The true step with the accepted error; around a parameter, around its update as well."""
    technique, form = plan.technique, FORMATS[dtype]

    def step(given: Any) -> Any:
        return in_order(technique(*given, **dict(plan.parameters)), given[1])

    with KERNELS.running(), np.errstate(all="ignore"):
        truths = accepted(
            technique, step, plan.inputs(form), form, elementwise=elementwise(technique)
        )
    around = technique.accuracy.ulps * form.unit_roundoff
    return [
        Truth(t.path, t.high, t.low, t.allowed + around * np.nan_to_num(abs(c.numbers["update"])))
        if c.entry == "params" else t
        for t, c in zip(truths, columns(plan, dtype), strict=True)
    ]  # fmt: skip


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
        return _truth(self.plan, self.subject.form.name)

    @property
    def columns(self) -> tuple[Columns, ...]:
        """What went into every leaf."""
        return columns(self.plan, self.subject.form.name)

    @property
    def journey(self) -> Journey:
        """The run that the plan's seed, hyper-parameters and size of gradients give."""
        technique = self.subject.technique
        return journey(self.plan, self.subject.form.name, elementwise=elementwise(technique))

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
    ) -> Finding:
        """Compare results with the truth, leaf by leaf; tell what went into the worst element."""
        masks = masks or [None] * len(truths)
        return all_of(
            self.compare(
                left, t.high, t.allowed, low=t.low, mask=mask, inputs=c.numbers, like=like,
                floor=self.floor, scale=np.max(np.abs(t.high), initial=0.0),
                about={"output": c.path, "entry": c.entry, "taken": self.plan.taken},
            )
            for (_, left), t, c, mask in zip(
                leaves(seen), truths, self.columns, masks, strict=True
            )
        )  # fmt: skip
