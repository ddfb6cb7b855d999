"""Decisions that rounding may turn: the sign of a sum that cancels, a number next to another.

A step that follows the sign of a sum jumps where the sum passes 0, and an implementation whose sum
is off by its roundings may jump sooner or later. A reference marks such a number with `decided`;
`turned` tells how far its results jump where a decision is that close.
"""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from reference.trees import leaves

if TYPE_CHECKING:
    from collections.abc import Callable

    from reference.numerics import Array


@dataclass
class _Probe:
    """A run in which decisions within `unit` times roundings of 0 move up (1) or down (-1)."""

    unit: float
    way: int = 0
    close: bool = False

    def moved(self, x: Array, size: Array, roundings: float) -> Array:
        reach = self.unit * roundings * np.abs(size)
        close = np.abs(x) <= reach
        self.close |= bool(np.any(close & (reach > 0)))
        return np.where(close, x + 2 * self.way * reach, x)[()]


_PROBE: ContextVar[_Probe | None] = ContextVar("decisions", default=None)


def decided(x: Array, size: Array, roundings: float) -> Array:
    """x itself, whose sign decides; it is off by so many roundings of `size`, in units of u."""
    probe = _PROBE.get()
    return x if probe is None else np.asarray(probe.moved(x, size, roundings))[()]


def turned(function: Callable[[], Any], unit: float) -> list[Array] | None:
    """How far every output jumps as close decisions turn, leaf by leaf; None where none is close.

    All of them turn one way, and then the other: what the two move is added, since in a run some
    may turn this way and some that.
    """
    first, truth = _run(function, _Probe(unit))
    if not first.close:
        return None
    total = [np.zeros(np.shape(y)) for y in truth]
    for way in (-1, 1):
        _, moved = _run(function, _Probe(unit, way))
        for k, (y, z) in enumerate(zip(truth, moved, strict=True)):
            total[k] += np.nan_to_num(np.abs(z - y), nan=0.0)
    return total


def _run(function: Callable[[], Any], probe: _Probe) -> tuple[_Probe, list[Any]]:
    token = _PROBE.set(probe)
    try:
        with np.errstate(all="ignore"):
            return probe, [np.asarray(y, np.float64) for _, y in leaves(function())]
    finally:
        _PROBE.reset(token)
