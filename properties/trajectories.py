"""Runs of many steps: gradients as events, the true end, and how far roundings may carry away."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from properties.arrays import Truth
from properties.tensors import drawn_tensors
from properties.trial import KERNELS, WrongShapeError
from reference.numerics import FORMATS, Array, Format, rounded, ulp, widened
from reference.optimizer_states import Tensors, beginning
from reference.trees import leaves, mapped

if TYPE_CHECKING:
    from properties.steps import StepPlan

LENGTH = 20
_NUDGE = 2.0**-17
NARROW = 14


@dataclass(frozen=True)
class Journey:
    """A run: where it starts, its gradients, and its true end with the accepted error."""

    start: tuple[Tensors, dict[str, Any]]
    grads: list[Tensors]
    end: list[Truth]
    travelled: Tensors


def events(source: np.random.Generator, form: Format, middle: int) -> list[Tensors]:
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
        tensors = drawn_tensors(source, form, shift + high * (kind == "spike"), 1, zeros=not narrow)
        found.append([0 * g if kind == "zero" else sign * g for g in tensors])
    return [rounded(g, form) for g in found]


@functools.lru_cache(maxsize=64)
def journey(plan: StepPlan, dtype: str, *, elementwise: bool, apart: bool = False) -> Journey:
    """The run that a plan's seed, hyper-parameters and size of gradients give.

    To first order, an error of every step grows as the end depends on what it touched: allowed is
    a ulp(y) + (2 a + b) u sum |x dy/dx| over all gradients and all states and parameters on the
    way (2 a: a step's outputs are off by a ulps, at most 2 u each), and a u sum |update|.
    """
    technique, form, chosen = plan.technique, FORMATS[dtype], dict(plan.parameters)
    source = np.random.default_rng(plan.seed)
    params = rounded(drawn_tensors(source, form, 0, 4), form)
    start = (params, beginning(technique, params, chosen))
    grads = events(source, form, min(max(plan.middle, -40), 20))

    with KERNELS.running(), np.errstate(all="ignore"):
        oracle = np.longdouble if form.bits == 64 else np.float64
        step = functools.partial(technique, **chosen)
        true_end = _walk(step, widened(grads, oracle), *widened(start, oracle))[-1]
        path = _walk(step, widened(grads), *widened(start))
        grown = functools.partial(_growth, step, elementwise=elementwise)
        tree = _growth_apart(grown, widened(grads), path) if apart else grown(widened(grads), path)
        moved = [y for _, y in leaves(tree)]
    travelled = [sum(abs(b[0][i] - a[0][i]) for a, b in pairwise(path)) for i in range(len(params))]
    claim, u = technique.accuracy, form.unit_roundoff
    coming_in = claim.roundings((grads[0], start[1], params))
    ends = []
    for (at, y), total in zip(leaves(true_end), moved, strict=True):
        high = np.asarray(y, np.float64)
        slack = claim.ulps * ulp(high, form) + (2 * claim.ulps + coming_in) * u * total
        if at.startswith("[0]"):
            slack = slack + claim.ulps * u * travelled[int(at[4:-1])]
        slack = slack if np.issubdtype(np.asarray(y).dtype, np.floating) else np.zeros_like(slack)
        ends.append(Truth(at, high, np.asarray(y - high, np.float64), np.nan_to_num(slack)))
    return Journey(start, grads, ends, travelled)


def in_order(result: tuple[Tensors, Any], state: dict[str, Any]) -> tuple[Tensors, dict[str, Any]]:
    """New params and state, the entries of the state in the order of the old one's."""
    params, new = result
    if set(new) != set(state):
        message = f"state has {', '.join(sorted(new))}; due were {', '.join(sorted(state))}"
        raise WrongShapeError(message)
    return params, {name: new[name] for name in state}


def _walk(step: Any, grads: list[Tensors], params: Any, state: Any) -> list[tuple[Any, Any]]:
    path = [(params, state)]
    for g in grads:
        path.append(in_order(step(g, path[-1][1], path[-1][0]), state))
    return path


def each_alone(params: Tensors, state: dict[str, Any]) -> list[tuple[Tensors, dict[str, Any]]]:
    """Params and state of every tensor as if there were no other."""
    return [
        ([w], {k: [v[i]] if isinstance(v, list) else v for k, v in state.items()})
        for i, w in enumerate(params)
    ]


def _growth_apart(grown: Any, grads: list[Tensors], path: Any) -> Any:
    """The growth where every tensor moves alone: that of each, put together."""
    alone = list(zip(*(each_alone(*moment) for moment in path), strict=True))
    each = [grown([[g[i]] for g in grads], one) for i, one in enumerate(alone)]
    state = {
        k: [own[1][k][0] for own in each] if isinstance(v, list) else each[0][1][k]
        for k, v in path[-1][1].items()
    }
    return [own[0][0] for own in each], state


def _growth(step: Any, grads: list[Tensors], path: Any, *, elementwise: bool) -> Any:
    """Sum of |x dy/dx| over everything on the way, for every leaf y of the end: a tree of them.

    Backwards from the end: with P the derivative of the end by the numbers z after step t, that
    step adds |P x dz/dx| for its inputs x, and P goes on as P dz/dx. Numbers stand in rows that
    move at once: one for each entry where every element moves alone, else one for each number.
    """
    width = sum(np.size(w) for w in path[0][0]) if elementwise else 1
    end = _rows(path[-1], width)
    if not end.size:
        return path[-1]
    carried, total = np.eye(len(end))[:, :, None], np.zeros(end.shape)
    for t in reversed(range(len(grads))):
        inputs = (*path[t], grads[t])
        x, moved = _rows(inputs, width), _moved(step, inputs, width)
        total += np.sum(abs(np.einsum("oin,ijn->ojn", carried, moved)), axis=1)
        slopes = np.divide(moved, x, out=np.zeros_like(moved), where=x != 0)[:, : len(end)]
        carried = np.einsum("oin,ijn->ojn", carried, slopes)
    return _shaped_like(total, mapped(np.zeros_like, path[-1]))


def _moved(step: Any, inputs: Any, width: int) -> Array:
    """x dz/dx by central differences: a row of results for every row of inputs."""
    x = _rows(inputs, width)
    found = []
    for row in range(len(x)):
        ends = []
        for sign in (1, -1):
            nudged = x.copy()
            nudged[row] *= 1 + sign * _NUDGE
            params, state, grads = _shaped_like(nudged, inputs)
            ends.append(_rows(in_order(step(grads, state, params), state), width))
        found.append((ends[0] - ends[1]) / (2 * _NUDGE))
    return np.stack(found, axis=1)


def _rows(tree: Any, width: int) -> Array:
    """All real numbers of a tree, in rows of this width."""
    real = [np.reshape(x, -1) for _, x in leaves(tree) if np.issubdtype(x.dtype, np.floating)]
    return np.concatenate(real).reshape(-1, width)


def _shaped_like(rows: Array, tree: Any) -> Any:
    """A tree with these real numbers in it; its integers stay."""
    rest = rows.reshape(-1)

    def leaf(x: Any) -> Any:
        nonlocal rest
        if not np.issubdtype(x.dtype, np.floating):
            return x
        taken, rest = rest[: np.size(x)], rest[np.size(x) :]
        return taken.reshape(np.shape(x))

    return mapped(leaf, tree)
