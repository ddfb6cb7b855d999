"""Intermediate results: what an implementation keeps in the working precision on its way.

A reference of many stages (a recurrent cell, unrolled) marks them with `stored`. An implementation
may round each of them, so the accepted error grows by what that moves at the outputs.
"""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from reference.trees import leaves, mapped

if TYPE_CHECKING:
    from collections.abc import Callable

    from reference.numerics import Array

_STEP = 2.0**-17

DIFFERENCES = "differences"
"""The work of forming 1 - b^t by subtraction, which cancels: never among what is accepted."""


@dataclass
class _Probe:
    """A run in which one stored number, counted in the order of marks, moves by a part of it."""

    tiny: float
    place: int = -1
    part: float = 0.0
    roundings: list[float] = field(default_factory=list)

    def passed(self, x: Array, roundings: float, of: Array, work: str) -> Array:
        del work
        here = self.place - len(self.roundings)
        self.roundings += [roundings] * x.size
        if 0 <= here < x.size:
            x = np.array(x, copy=True, order="C")
            size = abs(np.asarray(of)).reshape(-1)[here]
            x.reshape(-1)[here] += self.part * max(size, self.tiny)
        return x


@dataclass
class _Stack:
    """One run on copies of the inputs, stacked: copy k moves the k-th stored number up.

    Copy `count` + k moves it down. Without a count, on the inputs themselves, it counts.
    """

    tiny: float
    count: int = 0
    place: int = 0
    roundings: list[float] = field(default_factory=list)
    works: list[str] = field(default_factory=list)

    def passed(self, x: Array, roundings: float, of: Array, work: str) -> Array:
        size = x[0].size if self.count else x.size
        self.roundings += [roundings] * size
        self.works += [work] * size
        if self.count:
            x = np.array(x, copy=True, order="C")
            flat, number = x.reshape(len(x), size), np.arange(size)
            part = _STEP * np.maximum(abs(np.broadcast_to(of, x.shape)), self.tiny)
            part = part.reshape(len(x), size)
            for start, sign in ((self.place, 1), (self.count + self.place, -1)):
                flat[start + number, number] += sign * part[start + number, number]
        self.place += size
        return x


_PROBE: ContextVar[_Probe | _Stack | None] = ContextVar("probe", default=None)


def stored(x: Array, roundings: float = 1.0, *, of: Array | None = None, work: str = "") -> Array:
    """x itself: an intermediate result that took so many roundings, in units of u, to get here.

    They are relative to x; or to `of`, where x is a sum that may cancel: to the sum of magnitudes.
    `work` names a stretch of the way that some implementation does in another precision.
    """
    probe = _PROBE.get()
    return x if probe is None else probe.passed(x, roundings, x if of is None else of, work)


def stored_conditioning(
    function: Callable[[tuple[Any, ...]], Any], inputs: tuple[Any, ...], tiny: float, unit: float
) -> list[Array]:
    """Sum over all stored z_k of unit roundings_k |z dF_j/dz_k|, for every output F_j, by leaf.

    `unit` is the unit roundoff; it comes first, as next to overflow many times F_j is infinite.
    z is z_k; or the smallest normal number `tiny`, as below it roundings no longer shrink. Central
    differences with the step 2^-17 z, one stored number at a time.
    """
    first, result = _run(function, inputs, _Probe(tiny))
    total = [np.zeros(np.shape(y), np.float64) for y in result]
    for place, roundings in enumerate(first.roundings):
        up, down = (_run(function, inputs, _Probe(tiny, place, s * _STEP))[1] for s in (1, -1))
        for k, (a, b) in enumerate(zip(up, down, strict=True)):
            total[k] += unit * roundings * np.abs(np.asarray(a, np.float64) - b) / (2 * _STEP)
    return total


def stacked_conditioning(
    function: Callable[[tuple[Any, ...]], Any], inputs: tuple[Any, ...], tiny: float
) -> dict[str, list[Array]]:
    """Sum over all stored z_k of roundings_k |z dF_j/dz_k|, for every work, by leaf.

    The same in one call, of a function that takes every array with more axes in front of its own
    as a stack of arrays.
    """
    first, result = _run(function, inputs, _Stack(tiny))
    many = 2 * first.place
    stack = mapped(lambda x: np.broadcast_to(x, (many, *np.shape(x))), inputs)
    _, moved = _run(function, stack, _Stack(tiny, first.place))
    weights = np.array(first.roundings) / (2 * _STEP)
    found: dict[str, list[Array]] = {}
    for work in sorted(set(first.works)):
        weight = np.where(np.array(first.works) == work, weights, 0.0)
        found[work] = [
            np.tensordot(
                weight, abs(np.asarray(y[: first.place] - y[first.place :], np.float64)), 1
            )
            if np.shape(y) == (many, *np.shape(x))
            else np.zeros(np.shape(x))
            for x, y in zip(result, moved, strict=True)
        ]
    return found


def _run(
    function: Callable[[tuple[Any, ...]], Any], inputs: tuple[Any, ...], probe: Any
) -> tuple[Any, list[Any]]:
    token = _PROBE.set(probe)
    try:
        return probe, [y for _, y in leaves(function(inputs))]
    finally:
        _PROBE.reset(token)
