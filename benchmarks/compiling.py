"""Compile time: a fresh program each time, so that no cache answers."""

from __future__ import annotations

from time import perf_counter
from typing import Any

from benchmarks import grid, sampling

_REPEATS = 5


class Compile:
    """Seconds from a fresh wrapper to the first result: value and gradient of one activation."""

    params = (["activations.tanh", "activations.gelu", "activations.mish"], ["jax", "torch"])
    param_names = ("technique", "backend")
    unit = "s"
    version = "1"
    timeout = 900.0

    def setup(self, technique: str, backend: str) -> None:
        """Skip what a backend does not offer."""
        grid.binding(technique, backend)

    def track_compile(self, technique: str, backend: str) -> Any:
        """`jax.jit(...).lower().compile()`; `torch.compile` and its first call."""
        host, bound = grid.binding(technique, backend)
        found = []
        for _ in range(_REPEATS if backend == "jax" else 1):
            started = perf_counter()
            host.compiled_afresh(bound)
            found.append(perf_counter() - started)
        return sampling.samples(found)
