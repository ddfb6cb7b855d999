"""Sampling: a kernel and its floor, interleaved in one process.

A raw time moves by a quarter between runs on a shared machine; the ratio to a reference kernel that
is timed in turn with it moves by two hundredths. So every speed here is such a ratio: "times the
floor", where the floor moves the same bytes and computes nothing.
"""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

ELEMENTS = 1 << 20
ROUNDS = 15
_SHORTEST = 1e-3


def ratios(kernel: Callable[[], object], floor: Callable[[], object]) -> list[float]:
    """Time of the kernel over time of the floor, once for every round, after warming both up."""
    repeats = [_repeats(call) for call in (kernel, floor)]
    found = []
    for _ in range(ROUNDS):
        spent = [
            _timed(call, count) / count
            for call, count in zip((kernel, floor), repeats, strict=True)
        ]
        found.append(spent[0] / spent[1])
    return found


def samples(values: list[float]) -> dict[str, object]:
    """Give asv the samples: it keeps median, quartiles and confidence interval."""
    return {"samples": values, "number": 1}


def _repeats(call: Callable[[], object]) -> int:
    """How many calls make at least a millisecond."""
    call()
    count = 1
    while _timed(call, count) < _SHORTEST and count < 1 << 16:
        count *= 2
    return count


def _timed(call: Callable[[], object], count: int) -> float:
    started = perf_counter()
    for _ in range(count):
        call()
    return perf_counter() - started


def floor(reads: int) -> Callable[[], object]:
    """Read `reads` float32 arrays and write one: 4 (reads + 1) bytes an element."""
    source = np.random.default_rng(0)
    arrays = [source.standard_normal(ELEMENTS, np.float32) for _ in range(reads)]
    out = np.empty(ELEMENTS, np.float32)
    if reads == 1:
        return lambda: np.copyto(out, arrays[0])
    return lambda: np.add(arrays[0], arrays[1], out=out)
