"""The true step of an optimizer from a given state, and what went into each of its results."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from properties.optimizers.results import among, divided, each_alone, in_order, joined
from properties.trial import KERNELS
from properties.truths import Truth, accepted
from reference.decisions import turned
from reference.numerics import FORMATS, Array, Format, widened
from reference.optimizer_states import Tensors, entries
from reference.ranged import lost_range
from reference.trees import leaves

if TYPE_CHECKING:
    from properties.optimizers.step_plans import StepPlan
    from reference.technique import Technique

Given = tuple[Tensors, dict[str, Any], Tensors]


@dataclass(frozen=True)
class Columns:
    """One leaf of a step's results: which entry it is, and the numbers that went into it."""

    path: str
    entry: str
    index: int
    numbers: dict[str, Array]


def columns_of(
    technique: Technique, known: dict[str, Any], given: Given, form: Format, *, flushes: bool | None
) -> tuple[Columns, ...]:
    """What went into every leaf of (params, state) of a step, for the equations of deviations.

    Gradient, parameter, every entry of the state, the true `update`, and `range_error`: how far the
    leaf moves as intermediate results leave the range of the format, whose subnormal numbers the
    backend `flushes` or not; it is left out where that is None. Of what has another shape than the
    leaf (one number a row, say) the largest counts.
    """
    grads, state, params = given
    with KERNELS.running(), np.errstate(all="ignore"):
        new, _ = technique(*widened(given), **known)
        lost = None if flushes is None else _lost(technique, known, given, form, flushes=flushes)
    updates = [np.asarray(v - w, np.float64) for v, w in zip(new, widened(params), strict=True)]
    tensors = {"gradient": grads, "parameter": params, "update": updates} | {
        name: entry for name, entry in state.items() if isinstance(entry, list)
    }
    found = []
    for place, (path, leaf) in enumerate(leaves((params, state))):
        entry, _, rest = path.removeprefix("[1].").replace("[0][", "params[").partition("[")
        index = int(rest[:-1]) if rest else -1
        at = {k: alike(v[index], leaf) if rest else np.zeros(()) for k, v in tensors.items()}
        at |= {} if lost is None else {"range_error": lost[place]}
        found.append(Columns(path, entry, index, at))
    return tuple(found)


def _lost(
    technique: Technique, known: dict[str, Any], given: Given, form: Format, *, flushes: bool
) -> list[Array]:
    """How far each leaf moves as marks leave the range; of elements that move alone, at once."""
    kinds = {entries(technique)[name].per for name in given[1]}
    rows = elementwise(technique) and kinds <= {"element", "optimizer"}
    wide = widened(joined(given) if rows else given)
    run = lambda given: in_order(technique(*given, **known), given[1])  # noqa: E731
    lost = lost_range(run, wide, form, flushes=flushes, rows=rows)
    return divided(lost, (given[2], given[1])) if rows else lost


def alike(x: Array, leaf: Array) -> Array:
    """x in the shape of the leaf: its largest number everywhere, if it has another."""
    wide = np.asarray(x, np.float64)
    if wide.shape == leaf.shape:
        return np.asarray(x)
    return np.full(leaf.shape, np.max(np.abs(wide), initial=0.0))


@functools.lru_cache(maxsize=256)
def columns(plan: StepPlan, dtype: str, *, flushes: bool | None) -> tuple[Columns, ...]:
    """What went into every leaf of the plan's step."""
    form, known = FORMATS[dtype], dict(plan.parameters)
    return columns_of(plan.technique, known, plan.inputs(form), form, flushes=flushes)


def elementwise(technique: Technique) -> bool:
    """Whether the technique states that every element moves alone."""
    return any(fact.law == "moves_every_element_alone" for fact in technique.facts)


def rowwise(technique: Technique) -> bool:
    """Whether every element moves alone, and what all share is a count at most."""
    shared = (starts for starts in entries(technique).values() if starts.per == "optimizer")
    return elementwise(technique) and not any(starts.real for starts in shared)


def apart(technique: Technique) -> bool:
    """Whether the technique states that every tensor moves alone, and numbers cannot be rows."""
    facts = {fact.law for fact in technique.facts}
    return "moves_every_tensor_alone" in facts and not rowwise(technique)


def in_rows(technique: Technique) -> bool:
    """Whether every element moves alone, by what is kept for it or for the whole optimizer."""
    kept = {s.per for s in entries(technique).values()}
    return kept <= {"element", "optimizer"} and elementwise(technique)


@functools.lru_cache(maxsize=64)
def truth(plan: StepPlan, dtype: str) -> list[Truth]:
    """The true step of the plan."""
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
