"""Intermediate results: what an implementation keeps in the working precision on its way.

A reference of many stages (a recurrent cell, unrolled) marks them with `stored`. An implementation
may round each of them, so the accepted error grows by what that moves at the outputs.
"""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from reference.conditioning import STEP, apart, few
from reference.copies import Copies, NotStackableError
from reference.trees import leaves, mapped

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from reference.numerics import Array

DIFFERENCES = "differences"
"""The work of forming 1 - b^t by subtraction, which cancels: never among what is accepted."""


@dataclass
class _Probe:
    """A run that counts stored numbers in the order of marks; one of them moves by `part` of it."""

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
class _Several:
    """A run in which several stored numbers move, each in two copies of its own: up, and down."""

    tiny: float
    places: Array
    passing: int = 0

    def passed(self, x: Array | Copies, roundings: float, of: Any, work: str) -> Any:
        del roundings, work
        begins, self.passing = self.passing, self.passing + x.size
        mine = (self.places >= begins) & (self.places < self.passing)
        number, at = np.flatnonzero(mine), self.places[mine] - begins
        if not len(number):
            return x
        count = len(self.places)
        moved, size = (self._every(y, x.shape).reshape(2 * count, -1) for y in (x, of))
        for row, part in ((number, STEP), (count + number, -STEP)):
            moved[row, at] += part * np.maximum(abs(size[row, at]), self.tiny)
        return Copies(moved.reshape(2 * count, *x.shape))

    def _every(self, x: Any, shape: tuple[int, ...]) -> Array:
        every = x.every if isinstance(x, Copies) else np.asarray(x)[None]
        return np.array(np.broadcast_to(every, (2 * len(self.places), *shape)), order="C")


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
            part = STEP * np.maximum(abs(np.broadcast_to(of, x.shape)), self.tiny)
            part = part.reshape(len(x), size)
            for start, sign in ((self.place, 1), (self.count + self.place, -1)):
                flat[start + number, number] += sign * part[start + number, number]
        self.place += size
        return x


_PROBE: ContextVar[_Probe | _Several | _Stack | None] = ContextVar("probe", default=None)


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
    differences with the step 2^-17 z, of one stored number at a time.
    """
    first, result = _run(function, inputs, _Probe(tiny))
    total = [np.zeros(np.shape(y), np.float64) for y in result]
    weights = unit * np.array(first.roundings)
    for places in few(np.arange(len(weights))):
        try:
            moved = _moved_at_once(function, inputs, _Several(tiny, places))
        except NotStackableError:
            moved = _moved_one_by_one(function, inputs, tiny, places)
        for k, each in enumerate(moved):
            if each is not None:
                weight = weights[places].reshape(-1, *(1,) * (each.ndim - 1))
                total[k] += np.sum(weight * np.abs(each), axis=0)
    return total


def _moved_at_once(function: Any, inputs: Any, probe: _Several) -> Sequence[Array | None]:
    _, moved = _run(function, inputs, probe)
    return [apart(y, len(probe.places)) for y in moved]


def _moved_one_by_one(
    function: Any, inputs: Any, tiny: float, places: Array
) -> Sequence[Array | None]:
    every = []
    for place in places:
        up, down = (_run(function, inputs, _Probe(tiny, place, s * STEP))[1] for s in (1, -1))
        pairs = zip(up, down, strict=True)
        every.append([(np.asarray(a, np.float64) - b) / (2 * STEP) for a, b in pairs])
    return [np.stack(each) for each in zip(*every, strict=True)]


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
    weights = np.array(first.roundings) / (2 * STEP)
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
