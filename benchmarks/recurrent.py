"""Recurrent layers and cells, forward and backward, as multiples of the matrix products they need.

A cell with G gates multiplies (T B, I) by (I, G H) for all times at once, and (B, H) by (H, G H) T
times over, one after the other; the way back does each product twice more, all but the state's own
gradient for all times at once. The floor is the time that NumPy takes for these products and
nothing else, taken in turn with the layer in one process: what lies above it is gates, slopes,
copies, and the loop over time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from backends.binding import entries
from benchmarks import grid, sampling
from properties.recurrent.sequences import gates
from reference.catalogue import techniques
from reference.technique import parameters

if TYPE_CHECKING:
    from collections.abc import Callable

    from backends.backend import Backend

TECHNIQUES = [f"recurrent.{name}" for name in ("rnn", "lstm", "gru")]
WAYS = ("torch layer", "torch cell", "jax linen", "jax nnx")
DOORS = {"torch cell": "torch.nn.{}Cell", "jax nnx": "flax.nnx."}
SIZES = ((64, 16, 128, 128), (8, 16, 512, 512))
"""Times, batch, inputs, hidden units: many small steps, and few large ones."""


class Recurrent:
    """One call over a sequence, over the time of its matrix products."""

    params = (TECHNIQUES, WAYS, ["x".join(map(str, size)) for size in SIZES])
    param_names = ("technique", "way", "size")
    unit = "x floor"
    version = "1"
    timeout = 300.0

    def setup(self, technique: str, way: str, size: str) -> None:
        """Skip what a library does not offer."""
        del size
        door(technique, way)

    def track_forward(self, technique: str, way: str, size: str) -> Any:
        """Outputs and last state."""
        return self._tracked(technique, way, size, 0)

    def track_backward(self, technique: str, way: str, size: str) -> Any:
        """The gradients of x, the first state and every weight."""
        return self._tracked(technique, way, size, 1)

    def _tracked(self, technique: str, way: str, size: str, order: int) -> Any:
        sizes = tuple(int(n) for n in size.split("x"))
        kernel, floor = call(technique, way, sizes, order), products(technique, sizes, order)
        return sampling.samples(sampling.ratios(kernel, floor))


def door(technique: str, way: str) -> tuple[Backend, Any]:
    """Backend and binding of a way; raises NotImplementedError where the library has no such."""
    host, binding = grid.binding(technique, way.partition(" ")[0])
    if way not in DOORS:
        return host, binding
    begins = DOORS[way].format(technique.rpartition(".")[2].upper())
    found = [entry.call for name, entry in entries(binding).items() if name.startswith(begins)]
    if not found:
        message = f"{technique} has no entry point {begins}"
        raise NotImplementedError(message)
    return host, found[0]


def arrays(technique: str, sizes: tuple[int, ...]) -> tuple[Any, ...]:
    """x, first states and weights in float32."""
    times, batch, inputs, hidden = sizes
    source, rows = np.random.default_rng(1), gates(techniques()[technique]) * hidden
    shapes = {
        "x": (times, batch, inputs), "h0": (batch, hidden), "c0": (batch, hidden),
        "w_ih": (rows, inputs), "w_hh": (rows, hidden), "b_ih": (rows,), "b_hh": (rows,),
    }  # fmt: skip
    scale = np.float32(hidden**-0.5)
    names = techniques()[technique].inputs
    return tuple(scale * source.standard_normal(shapes[name], np.float32) for name in names)


def call(technique: str, way: str, sizes: tuple[int, ...], order: int) -> Callable[[], object]:
    """A call, or with order 1 its gradients, ready to be called again and again."""
    host, binding = door(technique, way)
    known = {n: p.default for n, p in parameters(binding).items()}
    return host.prepared(binding, arrays(technique, sizes), known, order=order)


def products(technique: str, sizes: tuple[int, ...], order: int) -> Callable[[], object]:
    """The matrix products of a call alone, or with order 1 those of the way back as well."""
    times, batch, inputs, hidden = sizes
    rows = gates(techniques()[technique]) * hidden
    source, every = np.random.default_rng(1), times * batch
    x, h = (source.standard_normal((every, n), np.float32) for n in (inputs, hidden))
    w, u = (source.standard_normal((rows, n), np.float32) for n in (inputs, hidden))
    a = source.standard_normal((every, rows), np.float32)

    def run() -> None:
        x @ w.T
        for t in range(times):
            h[t * batch : (t + 1) * batch] @ u.T
        if order:
            a @ w, a.T @ x, a.T @ h
            for t in range(times):
                a[t * batch : (t + 1) * batch] @ u

    return run
