"""Intermediate results that may leave the range of a format, and what that does to a result.

A square of 1e-4 is 0 in float16, one of 300 is infinite. A reference, which computes with room to
spare, marks such results with `ranged`, by their symbol in its formula. `lost_range` tells how far
its outputs move when every marked number that is subnormal in a format is rounded to a multiple of
the smallest one, and every one that is beyond the largest becomes infinite.
"""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from reference.trees import leaves

if TYPE_CHECKING:
    from collections.abc import Callable

    from reference.numerics import Array, Format


@dataclass
class _Probe:
    """A run: marks out of range are counted, or moved down (-1) or up (1) as `ways` says."""

    form: Format
    multiple: float
    ways: dict[str, int] | None = None
    out: set[str] = field(default_factory=set)

    def moved(self, symbol: str, x: Array, roundings: float) -> Array:
        size = abs(np.asarray(x))
        small = (size > 0) & (size < self.form.tiny)
        large = size > self.form.largest * (1 - 2 * roundings * self.form.unit_roundoff)
        if self.ways is None:
            if (small | large).any():
                self.out.add(symbol)
            return x
        way = self.ways.get(symbol)
        if way is None:
            return x
        off = np.maximum(size + way * roundings * self.multiple, 0.0)
        return np.where(
            small, np.copysign(off, x), np.where(large & (way > 0), np.copysign(np.inf, x), x)
        )


_PROBE: ContextVar[_Probe | None] = ContextVar("range", default=None)


def ranged(symbol: str, x: Array, roundings: float = 1.0) -> Array:
    """x itself: an intermediate result of so many roundings, which may leave the range."""
    probe = _PROBE.get()
    return x if probe is None else np.asarray(probe.moved(symbol, x, roundings))[()]


def probing() -> bool:
    """Whether marks are looked at: then numbers have room to leave a format's range as they are."""
    return _PROBE.get() is not None


def lost_range(
    function: Callable[[Any], Any], given: Any, form: Format, *, flushes: bool
) -> list[Array]:
    """How far every output may be off as marks leave the range of a format, leaf by leaf.

    A subnormal number moves by `roundings` times half the smallest number (or, where they are
    flushed, the smallest normal one). All marks of a symbol move at once, down or up, in every
    combination of symbols, and the furthest output counts: it is infinite where one is NaN or
    infinite and the truth is not.
    """
    multiple = form.tiny if flushes else form.smallest / 2
    first, truth = _run(function, given, _Probe(form, multiple))
    furthest = [np.zeros(np.shape(y)) for y in truth]
    out = sorted(first.out)
    for way in product((-1, 1), repeat=len(out)) if out else ():
        _, moved = _run(function, given, _Probe(form, multiple, dict(zip(out, way, strict=True))))
        for k, (y, z) in enumerate(zip(truth, moved, strict=True)):
            off = np.abs(np.asarray(z, np.float64) - y)
            both = (np.asarray(z) == y) | (np.isnan(y) & np.isnan(z))
            off = np.where(both, 0.0, np.where(np.isnan(off), np.inf, off))
            furthest[k] = np.maximum(furthest[k], off)
    return furthest


def _run(function: Callable[[Any], Any], given: Any, probe: _Probe) -> tuple[_Probe, list[Any]]:
    token = _PROBE.set(probe)
    try:
        with np.errstate(all="ignore"):
            return probe, [np.asarray(y, np.float64) for _, y in leaves(function(given))]
    finally:
        _PROBE.reset(token)
