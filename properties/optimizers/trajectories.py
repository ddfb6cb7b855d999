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
from reference.decisions import turned
from reference.numerics import FORMATS, Array, Format, rounded, ulp, widened
from reference.optimizer_states import Tensors, beginning
from reference.stored import DIFFERENCES, stacked_conditioning
from reference.trees import leaves, mapped

if TYPE_CHECKING:
    from properties.optimizers.steps import StepPlan
    from reference.technique import Technique

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
    params = rounded(drawn_tensors(source, form, 0, 4, shapes=plan.shapes), form)
    start = (params, beginning(technique, params, chosen))
    grads = events(source, form, min(max(plan.middle, -40), 20), plan.shapes)

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
        growth = _Growth(steps, form.tiny, elementwise=elementwise, stacked=stacked)
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


def in_order(result: tuple[Tensors, Any], state: dict[str, Any]) -> tuple[Tensors, dict[str, Any]]:
    """New params and state, the entries of the state in the order of the old one's."""
    params, new = result
    if set(new) != set(state):
        message = f"state has {', '.join(sorted(new))}; due were {', '.join(sorted(state))}"
        raise WrongShapeError(message)
    return params, {name: new[name] for name in state}


def each_alone(params: Tensors, state: dict[str, Any]) -> list[tuple[Tensors, dict[str, Any]]]:
    """Params and state of every tensor as if there were no other."""
    return [
        ([w], {k: [v[i]] if isinstance(v, list) else v for k, v in state.items()})
        for i, w in enumerate(params)
    ]


def among(path: str, i: int) -> str:
    """The path of a tensor's own leaf as that of tensor i; a shared one's stays."""
    return path.removesuffix("[0]") + f"[{i}]" if path.endswith("[0]") else path


def _walk(steps: list[Any], grads: list[Tensors], params: Any, state: Any) -> list[tuple[Any, Any]]:
    path = [(params, state)]
    for step, g in zip(steps, grads, strict=True):
        path.append(in_order(step(g, path[-1][1], path[-1][0]), state))
    return path


@dataclass(frozen=True)
class _Growth:
    """How errors of every step grow until the end of a run.

    Numbers stand in rows that move at once: one for each entry where every element moves alone,
    else one for each number.
    """

    steps: list[Any]
    tiny: float
    elementwise: bool
    stacked: bool

    def over(self, grads: list[Tensors], path: Any) -> tuple[list[Array], dict[str, list[Array]]]:
        """Sum of |x dy/dx| over everything on the way, for every leaf y of the end.

        And of |z dy/dz| over everything stored, for every work.

        What is kept from step to step is as coarse as the format is, below its normal numbers.

        Backwards from the end: with P the derivative of the end by the numbers z after step t, that
        step adds |P x dz/dx| for its inputs x, and P goes on as P dz/dx.
        """
        width = sum(np.size(w) for w in path[0][0]) if self.elementwise else 1
        end = _rows(path[-1], width)
        if not end.size:
            return [np.zeros(np.shape(y)) for _, y in leaves(path[-1])], {}
        carried, total = np.eye(len(end))[:, :, None], np.zeros(end.shape)
        works: dict[str, Array] = {}
        for t in reversed(range(len(grads))):
            inputs = (*path[t], grads[t])
            x, moved = _rows(inputs, width), self._moved(t, inputs, width)
            parts = abs(np.einsum("oin,ijn->ojn", carried, moved))
            total += np.sum(parts * self._kept_coarsely(x, len(end)), axis=1)
            for work, errors in self._stored(t, inputs).items():
                off = np.einsum("oin,in->on", abs(carried), _rows(errors, width))
                works[work] = works.get(work, 0.0) + off
            slopes = np.divide(moved, x, out=np.zeros_like(moved), where=x != 0)[:, : len(end)]
            carried = np.einsum("oin,ijn->ojn", carried, slopes)

        def by_leaf(rows: Array) -> list[Array]:
            return [y for _, y in leaves(_shaped_like(rows, mapped(np.zeros_like, path[-1])))]

        return by_leaf(total), {work: by_leaf(rows) for work, rows in works.items()}

    def _kept_coarsely(self, x: Array, count: int) -> Array:
        """By how much the roundings of what is kept are larger, where it is subnormal.

        Below the smallest normal number they no longer shrink. Gradients are not kept.
        """
        size = abs(x)
        coarse = np.divide(self.tiny, size, out=np.ones_like(size), where=size > 0)
        coarse[count:] = 1
        return np.asarray(np.maximum(coarse, 1))

    def over_each(
        self, grads: list[Tensors], path: Any
    ) -> tuple[list[Array], dict[str, list[Array]]]:
        """The same where every tensor moves alone: that of each, put together."""
        found: dict[str, Array] = {}
        alone = list(zip(*(each_alone(*moment) for moment in path), strict=True))
        for i, one in enumerate(alone):
            moved, _ = self.over([[g[i]] for g in grads], one)
            for (at, _), y in zip(leaves(one[-1]), moved, strict=True):
                found.setdefault(among(at, i), y)
        return [found[at] for at, _ in leaves(path[-1])], {}

    def _after(self, t: int, inputs: Any) -> Any:
        params, state, grads = inputs
        return in_order(self.steps[t](grads, state, params), state)

    def _stored(self, t: int, inputs: Any) -> dict[str, Any]:
        """What the stored numbers of a step move in its results, by work."""
        if not self.stacked:
            return {}
        real = [np.issubdtype(y.dtype, np.floating) for _, y in leaves(self._after(t, inputs))]
        found = stacked_conditioning(functools.partial(self._after, t), inputs, self.tiny)
        return {
            work: [y for y, is_real in zip(errors, real, strict=True) if is_real]
            for work, errors in found.items()
        }

    def _moved(self, t: int, inputs: Any, width: int) -> Array:
        """x dz/dx by central differences: a row of results for every row of inputs."""
        x = _rows(inputs, width)
        if self.stacked:
            return self._moved_at_once(t, inputs, x)
        found = []
        for row in range(len(x)):
            ends = []
            for sign in (1, -1):
                nudged = x.copy()
                nudged[row] *= 1 + sign * _NUDGE
                ends.append(_rows(self._after(t, _shaped_like(nudged, inputs)), width))
            found.append((ends[0] - ends[1]) / (2 * _NUDGE))
        return np.stack(found, axis=1)

    def _moved_at_once(self, t: int, inputs: Any, x: Array) -> Array:
        """The same of a technique that takes stacks: copy k has number k moved up, or down."""
        count = len(x)
        stack = np.repeat(x.reshape(1, count), 2 * count, axis=0)
        stack[:count] += _NUDGE * np.diag(x[:, 0])
        stack[count:] -= _NUDGE * np.diag(x[:, 0])
        taken = 0

        def leaf(z: Any) -> Any:
            nonlocal taken
            if not np.issubdtype(z.dtype, np.floating):
                return np.broadcast_to(z, (2 * count, *np.shape(z)))
            taken += np.size(z)
            return stack[:, taken - np.size(z) : taken].reshape(2 * count, *np.shape(z))

        results = [
            np.reshape(y, (2 * count, -1))
            for _, y in leaves(self._after(t, mapped(leaf, inputs)))
            if np.issubdtype(y.dtype, np.floating)
        ]
        ends = np.concatenate(results, axis=1)
        return ((ends[:count] - ends[count:]) / (2 * _NUDGE)).T[:, :, None]


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
