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
    """A run: marks out of range are counted, or moved down (-1) or up (1) as `ways` says.

    Of a column of ways, each gives a row of results.
    """

    form: Format
    multiple: float
    ways: dict[str, Any] | None = None
    out: set[str] = field(default_factory=set)

    def moved(self, symbol: str, x: Array, roundings: float) -> Array:
        way = None if self.ways is None else self.ways.get(symbol)
        if self.ways is not None and way is None:
            return x
        size = abs(np.asarray(x))
        small = (size > 0) & (size < self.form.tiny)
        large = size > self.form.largest * (1 - 2 * roundings * self.form.unit_roundoff)
        if way is None:
            if (small | large).any():
                self.out.add(symbol)
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
    function: Callable[[Any], Any], given: Any, form: Format, *, flushes: bool, rows: bool = False
) -> list[Array]:
    """How far every output may be off as marks leave the range of a format, leaf by leaf.

    A subnormal number moves by `roundings` times half the smallest number (or, where they are
    flushed, the smallest normal one). All marks of a symbol move at once, down or up, in every
    combination of symbols, and the furthest output counts: it is infinite where one is NaN or
    infinite and the truth is not. With `rows`, of a function of vectors that treats every number
    alone, all combinations are tried in one run.
    """
    multiple = form.tiny if flushes else form.smallest / 2
    first, truth = _run(function, given, _Probe(form, multiple))
    furthest = [np.zeros(np.shape(y)) for y in truth]
    out = sorted(first.out)
    combinations = np.array(list(product((-1, 1), repeat=len(out)))) if out else np.empty((0, 0))
    for ways in [combinations.T[:, :, None]] if rows and out else combinations:
        _, moved = _run(function, given, _Probe(form, multiple, dict(zip(out, ways, strict=True))))
        for k, (y, z) in enumerate(zip(truth, moved, strict=True)):
            off = _apart(z, y)
            off = off.max(axis=0).reshape(y.shape) if off.ndim > y.ndim else off
            furthest[k] = np.maximum(furthest[k], off)
    return furthest


def _apart(z: Array, y: Array) -> Array:
    """|z - y|: 0 where both are NaN or the same infinity, infinite where one of them is."""
    off = np.abs(z - y)
    off = np.where((z == y) | (np.isnan(y) & np.isnan(z)), 0.0, off)
    return np.where(np.isnan(off), np.inf, off)


def _run(function: Callable[[Any], Any], given: Any, probe: _Probe) -> tuple[_Probe, list[Any]]:
    token = _PROBE.set(probe)
    try:
        with np.errstate(all="ignore"):
            return probe, [np.asarray(y, np.float64) for _, y in leaves(function(given))]
    finally:
        _PROBE.reset(token)
