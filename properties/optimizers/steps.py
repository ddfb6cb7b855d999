"""Trials of optimizers: one step from a given state, and what went into each of its results."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from properties.arrays import Arrays, Truth, accepted
from properties.optimizers.trajectories import Journey, among, each_alone, in_order, journey
from properties.tensors import SHAPES, drawn_tensors
from properties.trial import KERNELS, all_of
from reference.decisions import turned
from reference.numerics import FORMATS, Array, Format, rounded, widened
from reference.optimizer_states import Tensors, beginning, entries
from reference.ranged import lost_range
from reference.trees import leaves, mapped

if TYPE_CHECKING:
    from collections.abc import Callable

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

    shapes: ClassVar[tuple[tuple[int, ...], ...]] = SHAPES

    def inputs(self, form: Format) -> tuple[Tensors, dict[str, Any], Tensors]:
        """Expand: gradients, state and parameters; the state is one that the reference reaches."""
        source = np.random.default_rng(self.seed)
        grads = self._drawn(source, form, self.middle, self.spread)
        params = self._drawn(source, form, 0, 10)
        for w in params:
            w[source.random(w.shape) < 0.5] = 0  # there the new parameter is the update itself
        state = beginning(self.technique, params, dict(self.parameters))
        if self.taken:
            state = self._reached(source, form, state, params)
        for name, starts in entries(self.technique).items():
            if starts.per == "optimizer" and not starts.real:
                state[name] = np.array(self.taken, np.int32)
            if starts.given:
                state[name] = self._drawn(source, form, 0, 10)
        if self.spoiled:
            grads[1].reshape(-1)[2:5] = np.nan, np.inf, -np.inf
        return self._pinned(rounded((grads, state, params), form))

    def _reached(self, source: Any, form: Format, state: Any, params: Tensors) -> Any:
        with np.errstate(all="ignore"):
            for _ in range(_PAST):
                grads = self._drawn(source, form, self.middle + self.past, self.spread)
                _, state = self.technique(grads, state, params, **dict(self.parameters))
        return mapped(lambda x: np.clip(x, -form.largest, form.largest), state)

    def _drawn(self, source: Any, form: Format, middle: float, spread: float) -> Tensors:
        return drawn_tensors(source, form, middle, spread, shapes=self.shapes)

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


Given = tuple[Tensors, dict[str, Any], Tensors]


def columns_of(
    technique: Technique, known: dict[str, Any], given: Given, form: Format, *, flushes: bool
) -> tuple[Columns, ...]:
    """What went into every leaf of (params, state) of a step, for the equations of deviations.

    Gradient, parameter, every entry of the state, the true `update`, and `range_error`: how far the
    leaf moves as intermediate results leave the range of the format. Of what has another shape than
    the leaf (one number a row, say) the largest counts.
    """
    grads, state, params = given
    with KERNELS.running(), np.errstate(all="ignore"):
        new, _ = technique(*widened(given), **known)
        lost = lost_range(
            lambda given: in_order(technique(*given, **known), given[1]),
            widened(given), form, flushes=flushes,
        )  # fmt: skip
    updates = [np.asarray(v - w, np.float64) for v, w in zip(new, widened(params), strict=True)]
    tensors = {"gradient": grads, "parameter": params, "update": updates} | {
        name: entry for name, entry in state.items() if isinstance(entry, list)
    }
    found = []
    for (path, leaf), off in zip(leaves((params, state)), lost, strict=True):
        entry, _, rest = path.removeprefix("[1].").replace("[0][", "params[").partition("[")
        index = int(rest[:-1]) if rest else -1
        at = {k: alike(v[index], leaf) if rest else np.zeros(()) for k, v in tensors.items()}
        found.append(Columns(path, entry, index, at | {"range_error": off}))
    return tuple(found)


def alike(x: Array, leaf: Array) -> Array:
    """x in the shape of the leaf: its largest number everywhere, if it has another."""
    wide = np.asarray(x, np.float64)
    if wide.shape == leaf.shape:
        return np.asarray(x)
    return np.full(leaf.shape, np.max(np.abs(wide), initial=0.0))


@functools.lru_cache(maxsize=256)
def columns(plan: StepPlan, dtype: str, *, flushes: bool) -> tuple[Columns, ...]:
    """What went into every leaf of the plan's step."""
    form, known = FORMATS[dtype], dict(plan.parameters)
    return columns_of(plan.technique, known, plan.inputs(form), form, flushes=flushes)


def elementwise(technique: Technique) -> bool:
    """Whether the technique states that every element moves alone."""
    return any(fact.law == "moves_every_element_alone" for fact in technique.facts)


def apart(technique: Technique) -> bool:
    """Whether the technique states that every tensor moves alone, if not every element."""
    facts = {fact.law for fact in technique.facts}
    return "moves_every_tensor_alone" in facts and not elementwise(technique)


def in_rows(technique: Technique) -> bool:
    """Whether all that moves an element is kept for each element (but for counts)."""
    kept = ((s.per, s.real) for s in entries(technique).values())
    apart = all(per == "element" or (per, real) == ("optimizer", False) for per, real in kept)
    return apart and elementwise(technique)


@functools.lru_cache(maxsize=64)
def _truth(plan: StepPlan, dtype: str) -> list[Truth]:
    form = FORMATS[dtype]
    return truth_of(plan.technique, dict(plan.parameters), plan.inputs(form), form)


def truth_of(
    technique: Technique, known: dict[str, Any], given: Given, form: Format
) -> list[Truth]:
    """The true step with the accepted error; around a parameter, around its update as well.

    Where a decision is so close that rounding may turn it, what it moves is accepted.
    """

    def step(given: Any) -> Any:
        return in_order(technique(*given, **known), given[1])

    if apart(technique) and len(given[2]) > 1:  # far fewer numbers move at a time
        alone = zip(given[0], each_alone(given[2], given[1]), strict=True)
        each = [truth_of(technique, known, ([g], s, w), form) for g, (w, s) in alone]
        return _together(each, [path for path, _ in leaves((given[2], given[1]))])
    with KERNELS.running(), np.errstate(all="ignore"):
        truths = accepted(technique, step, given, form, elementwise=elementwise(technique))
        new, _ = technique(*widened(given), **known)
        turns = turned(lambda: step(widened(given)), form.unit_roundoff)
    if turns is not None:
        pairs = zip(truths, turns, strict=True)
        truths = [replace(t, allowed=t.allowed + off) for t, off in pairs]
    around = technique.accuracy.ulps * form.unit_roundoff
    moves = [np.nan_to_num(abs(v - w)) for v, w in zip(new, widened(given[2]), strict=True)]
    return [
        replace(t, allowed=t.allowed + around * moves[i]) if i < len(moves) else t
        for i, t in enumerate(truths)
    ]


def _together(each: list[list[Truth]], order: list[str]) -> list[Truth]:
    """Truths of every tensor alone as those of all; what they share is the first's."""
    found: dict[str, Truth] = {}
    for i, truths in enumerate(each):
        for t in truths:
            path = among(t.path, i)
            found.setdefault(path, replace(t, path=path))
    return [found[path] for path in order]


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
        flushing = self.subject.flushing
        flushes = flushing.inputs or flushing.outputs
        return columns(self.plan, self.subject.form.name, flushes=flushes)

    @property
    def journey(self) -> Journey:
        """The run that the plan's seed, hyper-parameters and size of gradients give."""
        technique = self.subject.technique
        return journey(
            self.plan, self.subject.form.name,
            elementwise=elementwise(technique), apart=apart(technique),
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

    @property
    def beginning(self) -> dict[str, Any]:
        """The state before the first step."""
        return beginning(self.subject.technique, self.given[2], self.parameters)

    def truth_of(self, given: Given, known: dict[str, Any] | None = None) -> list[Truth]:
        """The true step from elsewhere, at other hyper-parameters where told."""
        s = self.subject
        return truth_of(s.technique, known or self.parameters, given, s.form)

    def columns_of(self, given: Given, known: dict[str, Any] | None = None) -> tuple[Columns, ...]:
        """What went into every leaf of a step from elsewhere."""
        s = self.subject
        flushes = s.flushing.inputs or s.flushing.outputs
        return columns_of(s.technique, known or self.parameters, given, s.form, flushes=flushes)

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
