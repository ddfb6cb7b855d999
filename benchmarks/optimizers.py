"""Steps of optimizers, in every way that they can be run, as multiples of the bytes they move.

A step reads gradient, parameter and state, and writes parameter and state: 4 (3 + 2 s) bytes for
each float32 parameter with s entries of state, 28 for Adam. The floor is the time to copy arrays of
as many bytes, taken in turn with the step in one process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks import grid, sampling
from reference.catalogue import techniques
from reference.optimizer_states import beginning, entries

if TYPE_CHECKING:
    from collections.abc import Callable

NAMES = ("sgd", "rmsprop", "adagrad", "adam", "adamw", "lion")
TECHNIQUES = [f"optimizers.{name}" for name in NAMES if f"optimizers.{name}" in techniques()]
WAYS = ("numpy", "torch loop", "torch foreach", "torch fused", "jax", "jax donated")
SIZES = (10_000, 100_000, 1_000_000, 10_000_000)
TENSORS = 4
"""The parameters come in so many tensors of one size."""


class Steps:
    """One step, over the time to copy as many bytes as it moves at least."""

    params = (TECHNIQUES, WAYS, SIZES)
    param_names = ("technique", "way", "parameters")
    unit = "x floor"
    version = "1"
    timeout = 300.0

    def setup(self, technique: str, way: str, parameters: int) -> None:
        """Skip what a library does not offer."""
        del parameters
        step(technique, way, TENSORS)

    def track_step(self, technique: str, way: str, parameters: int) -> Any:
        """Time of one step over the floor."""
        found = sampling.ratios(step(technique, way, parameters), copied(parameters))
        share = moved(technique) / COPIED
        return sampling.samples([ratio / share for ratio in found])


COPIED = 8
"""Bytes that a copy moves for each float32 number."""


def moved(technique: str) -> int:
    """Bytes for each float32 parameter that a step must move."""
    kept = sum(starts.per == "element" for starts in entries(techniques()[technique]).values())
    return 4 * (3 + 2 * kept)


def copied(count: int) -> Callable[[], object]:
    """A copy of so many float32 numbers."""
    source, out = np.ones(count, np.float32), np.empty(count, np.float32)
    return lambda: np.copyto(out, source)


def step(technique: str, way: str, count: int) -> Callable[[], object]:
    """A step over so many parameters, ready to be called again and again.

    Raises NotImplementedError where a library has no such optimizer or no such way to run it.
    """
    library, _, how = way.partition(" ")
    host, binding = grid.binding(technique, library)
    source = np.random.default_rng(1)
    arrays = [source.standard_normal(count // TENSORS, np.float32) for _ in range(2 * TENSORS)]
    params, grads = arrays[:TENSORS], arrays[TENSORS:]
    if library == "numpy":
        known = {n: p.default for n, p in techniques()[technique].parameters.items()}
        state = beginning(techniques()[technique], params)
        return lambda: techniques()[technique](grads, state, params, **known)
    if not hasattr(binding, "built"):
        message = f"{library} composes {technique}"
        raise NotImplementedError(message)
    if how not in ("", "loop", "donated") and how not in host.executions(binding, "cpu"):
        message = f"{library} has no {how} {technique}"
        raise NotImplementedError(message)
    ready: Callable[[], object] = host.stepped(binding, params, grads, how)
    return ready
