"""Intermediate results: what an implementation keeps in the working precision on its way.

A reference of many stages (a recurrent cell, unrolled) marks them with `stored`. An implementation
may round each of them, so the accepted error grows by what that moves at the outputs.
"""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from reference.trees import leaves

if TYPE_CHECKING:
    from collections.abc import Callable

    from reference.numerics import Array

_STEP = 2.0**-17


@dataclass
class _Probe:
    """A run in which one stored number, counted in the order of marks, moves by a part of it."""

    tiny: float
    place: int = -1
    part: float = 0.0
    roundings: list[float] = field(default_factory=list)

    def passed(self, x: Array, roundings: float) -> Array:
        here = self.place - len(self.roundings)
        self.roundings += [roundings] * x.size
        if 0 <= here < x.size:
            x = np.array(x, copy=True)
            flat = x.reshape(-1)
            flat[here] += self.part * max(abs(flat[here]), self.tiny)
        return x


_PROBE: ContextVar[_Probe | None] = ContextVar("probe", default=None)


def stored(x: Array, roundings: float = 1.0) -> Array:
    """x itself: an intermediate result that took so many roundings, in units of u, to get here."""
    probe = _PROBE.get()
    return x if probe is None else probe.passed(x, roundings)


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


def _run(
    function: Callable[[tuple[Any, ...]], Any], inputs: tuple[Any, ...], probe: _Probe
) -> tuple[_Probe, list[Any]]:
    token = _PROBE.set(probe)
    try:
        return probe, [y for _, y in leaves(function(inputs))]
    finally:
        _PROBE.reset(token)
