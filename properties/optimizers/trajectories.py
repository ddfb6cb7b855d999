"""Runs of many steps: gradients as events, the true end, and how far roundings may carry away."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from properties.optimizers.growth import Growth
from properties.optimizers.results import in_order
from properties.tensors import drawn_tensors
from properties.trial import KERNELS
from properties.truths import Truth
from reference.decisions import turned
from reference.numerics import FORMATS, Array, Format, rounded, ulp, widened
from reference.optimizer_states import Tensors, beginning
from reference.stored import DIFFERENCES
from reference.trees import leaves

if TYPE_CHECKING:
    from properties.optimizers.step_plans import StepPlan
    from reference.technique import Technique

LENGTH = 20
NARROW = 14


@dataclass(frozen=True)
class Journey:
    """A run: where it starts, its gradients, and its true end with the accepted error."""

    start: tuple[Tensors, dict[str, Any]]
    grads: list[Tensors]
    end: list[Truth]
    travelled: Tensors
    works: dict[str, list[Array]]

    def columns(self, leaf: int, index: int) -> dict[str, Array]:
        """What went into a leaf of the end, of this index among the tensors (-1: of none)."""
        far = self.travelled[index] if index >= 0 else np.zeros(())
        return {"travelled": far} | {work: errors[leaf] for work, errors in self.works.items()}


def events(
    source: np.random.Generator, form: Format, middle: int, shapes: tuple[tuple[int, ...], ...]
) -> list[Tensors]:
    """Gradients of a run: steady, of the other sign, spiking, shrinking from then on, or zero.

    float16 has no room for the last two, nor for zeros: there the second moment underflows, which
    the laws of one step look at.
    """
    narrow = -form.min_exponent <= NARROW
    shift, high = (2, 1) if narrow else (middle, 15)
    kinds = ("steady", "steady", "flip", "spike") + (() if narrow else ("shrink", "zero"))
    found, sign = [], 1.0
    for _ in range(LENGTH):
        kind = source.choice(kinds)
        sign = -sign if kind == "flip" else sign
        shift -= 3 * (kind == "shrink")
        size = shift + high * (kind == "spike")
        tensors = drawn_tensors(source, form, size, 1, zeros=not narrow, shapes=shapes)
        found.append([0 * g if kind == "zero" else sign * g for g in tensors])
    return [rounded(g, form) for g in found]


@functools.lru_cache(maxsize=64)
def journey(
    plan: StepPlan, dtype: str, *, elementwise: bool, stacked: bool = False, apart: bool = False
) -> Journey:
    """The run that a plan's seed, hyper-parameters and size of gradients give.

    To first order, an error of every step grows as the end depends on what it touched: allowed is
    a ulp(y) + (2 a + b) u sum |x dy/dx| over all gradients and all states and parameters on the
    way (2 a: a step's outputs are off by a ulps, at most 2 u each), and a u sum |update|; and what
    is moved by decisions that the roundings of so many steps may turn. Of a technique that takes
    stacks, what its stored numbers round on the way is added.
    """
    technique, form, chosen = plan.technique, FORMATS[dtype], dict(plan.parameters)
    source = np.random.default_rng(plan.seed)
    shapes = plan.shapes_in(form)
    params = rounded(drawn_tensors(source, form, 0, 4, shapes=shapes), form)
    start = (params, beginning(technique, params, chosen))
    grads = events(source, form, min(max(plan.middle, -40), 20), shapes)

    steps = [functools.partial(technique, **chosen)] * len(grads)
    return ended(
        technique, steps, start, grads, form, elementwise=elementwise, stacked=stacked, apart=apart
    )


def ended(
    technique: Technique,
    steps: list[Any],
    start: tuple[Tensors, dict[str, Any]],
    grads: list[Tensors],
    form: Format,
    *,
    elementwise: bool,
    stacked: bool = False,
    apart: bool = False,
) -> Journey:
    """A run of these steps: the technique's, with hyper-parameters that may change on the way."""
    with KERNELS.running(), np.errstate(all="ignore"):
        oracle = np.longdouble if form.bits == 64 else np.float64
        true_end = _walk(steps, widened(grads, oracle), *widened(start, oracle))[-1]
        rows = (start[0], _spread(start[1], start[0])) if elementwise else start
        # beside numbers of any size, what an iteration moves an update by is lost in float64
        wide = oracle if stacked else np.float64
        path = _walk(steps, widened(grads, wide), *widened(rows, wide))
        growth = Growth(steps, form.tiny, elementwise=elementwise, stacked=stacked)
        along = growth.over_each if apart else growth.over
        moved, works = along(widened(grads, wide), path)
        turns = turned(
            lambda: _walk(steps, widened(grads), *widened(start))[-1],
            len(steps) * form.unit_roundoff,
        )
    count = len(start[0])
    travelled = [sum(abs(b[0][i] - a[0][i]) for a, b in pairwise(path)) for i in range(count)]
    claim, u = technique.accuracy, form.unit_roundoff
    coming_in = claim.roundings((grads[0], start[1], start[0]))
    ends: list[Truth] = []
    for k, ((at, y), found) in enumerate(zip(leaves(true_end), moved, strict=True)):
        high = np.asarray(y, np.float64)
        total = found if np.shape(found) == np.shape(y) else np.max(found, initial=0.0)
        slack = claim.ulps * ulp(high, form) + (2 * claim.ulps + coming_in) * u * total
        slack = slack + u * sum(w[k] for name, w in works.items() if name != DIFFERENCES)
        if at.startswith("[0]"):
            slack = slack + claim.ulps * u * travelled[int(at[4:-1])]
        slack = slack if np.issubdtype(np.asarray(y).dtype, np.floating) else np.zeros_like(slack)
        slack = slack if turns is None else slack + turns[k]
        slack = np.nan_to_num(np.asarray(slack, np.float64))
        ends.append(Truth(at, high, np.asarray(y - high, np.float64), slack))
    return Journey(start, grads, ends, travelled, works)


def _spread(state: dict[str, Any], params: Tensors) -> dict[str, Any]:
    """A state whose entries of one number a tensor are given to each of its elements."""
    return {
        k: [np.array(np.broadcast_to(x, w.shape)) for x, w in zip(v, params, strict=True)]
        if isinstance(v, list)
        else v
        for k, v in state.items()
    }


def _walk(steps: list[Any], grads: list[Tensors], params: Any, state: Any) -> list[tuple[Any, Any]]:
    path = [(params, state)]
    for step, g in zip(steps, grads, strict=True):
        path.append(in_order(step(g, path[-1][1], path[-1][0]), state))
    return path
