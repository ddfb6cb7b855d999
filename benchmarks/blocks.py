"""A residual block forward and backward, as multiples of the products that it is made of.

Forward there are two products, of (N, D) by (D, H) and back; backward two more for each, of the
weights and of what enters. The floor is NumPy's products of these shapes, as many, taken in turn
with the block in one process: whatever a library adds for biases, relu, the sum and its graph is
what lies above 1; a library whose products are faster than NumPy's comes out below it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks import grid, sampling
from reference.catalogue import techniques

if TYPE_CHECKING:
    from collections.abc import Callable

TECHNIQUES = ("connections.residual", "connections.highway", "connections.deepnorm")
SHAPE = (256, 512, 512)
"""Rows, width and hidden width; a highway's two layers are as wide."""


class Blocks:
    """One block, float32, over its two products."""

    params = (TECHNIQUES, grid.BACKENDS)
    param_names = ("technique", "backend")
    unit = "x floor"
    version = "1"
    timeout = 300.0

    def setup(self, technique: str, backend: str) -> None:
        """Skip what a backend does not offer."""
        grid.binding(technique, backend)

    def track_block(self, technique: str, backend: str) -> Any:
        """Time of one call over the floor."""
        return sampling.samples(sampling.ratios(block(technique, backend, 0), products(0)))


class BlocksBackward(Blocks):
    """Forward and backward, all inputs' gradients, over six products."""

    def track_block_backward(self, technique: str, backend: str) -> Any:
        """Time of forward and backward over the floor."""
        return sampling.samples(sampling.ratios(block(technique, backend, 1), products(1)))

    track_block = None  # type: ignore[assignment] # asv walks inherited names too


def block(
    technique: str, host: str, order: int, shape: tuple[int, int, int] = SHAPE
) -> Callable[[], object]:
    """A block's call, or its call and pullback, ready to be timed."""
    found, bound = grid.binding(technique, host)
    rows, width, hidden = shape
    matrix = {"x": (rows, width), "w1": (hidden, width), "w2": (width, hidden)}
    matrix |= dict.fromkeys(("wh", "wt"), (width, width))
    source = np.random.default_rng(1)
    named = techniques()[technique]
    inputs = tuple(
        source.standard_normal(matrix.get(n, (hidden if n == "b1" else width,)), np.float32)
        / np.float32(1 if n == "x" else width**0.5)
        for n in named.inputs
    )
    known = {n: p.default for n, p in named.parameters.items()}
    return found.prepared(bound, inputs, known, order=order)


def products(order: int, shape: tuple[int, int, int] = SHAPE) -> Callable[[], object]:
    """The two products of a block; with order 1 the four of its way back as well."""
    rows, width, hidden = shape
    source = np.random.default_rng(2)
    x, w = (source.standard_normal(s, np.float32) for s in ((rows, width), (width, hidden)))
    h, y = x @ w, x.copy()

    def run() -> None:
        np.matmul(x, w, out=h)
        np.matmul(h, w.T, out=y)
        if order:
            for _ in range(2):
                np.matmul(y, w, out=h)
                np.matmul(h.T, y, out=moved)

    moved = np.empty((hidden, width), np.float32)
    return run
