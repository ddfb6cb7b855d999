"""Normalization forward and backward, as multiples of the bytes that one pass over x moves.

Forward reads x and writes y: 8 bytes for each float32 number, which is a copy. Backward reads x and
the cotangent and writes the gradient: 12 bytes, which is a sum of two arrays. A layer that takes
its statistics first and then reads x again cannot come down to 1, where x is larger than the cache.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks import grid, sampling
from reference.catalogue import techniques
from reference.technique import OneOf, parameters

if TYPE_CHECKING:
    from collections.abc import Callable

IMAGE, ROWS = (32, 64, 16, 32), (1024, 1024)
"""2^20 numbers: images of 64 channels, or rows of 1024 features."""

SHAPES: dict[str, tuple[tuple[int, ...], int]] = {
    "batch_norm": (IMAGE, 64),
    "layer_norm": (ROWS, 1024),
    "rms_norm": (ROWS, 1024),
    "group_norm": (IMAGE, 64),
    "instance_norm": (IMAGE, 64),
    "local_response_norm": (IMAGE, 64),
    "weight_norm": (ROWS, 1024),
    "spectral_norm": (ROWS, 1024),
}
TECHNIQUES = [f"normalization.{name}" for name in SHAPES]
LARGE = ("x", "direction", "matrix")


class Normalization:
    """Forward, float32, 2^20 numbers, over the time to copy them."""

    params = (TECHNIQUES, grid.BACKENDS)
    param_names = ("technique", "backend")
    unit = "x floor"
    version = "1"
    timeout = 300.0

    def setup(self, technique: str, backend: str) -> None:
        """Skip what a backend does not offer."""
        grid.binding(technique, backend)

    def track_normalization(self, technique: str, backend: str) -> Any:
        """Time of one call over the floor."""
        return sampling.samples(sampling.ratios(layer(technique, backend, 0), sampling.floor(1)))


class NormalizationBackward(Normalization):
    """Forward and backward, all inputs' gradients, over the time to add two such arrays."""

    def track_normalization_backward(self, technique: str, backend: str) -> Any:
        """Time of forward and backward over the floor."""
        return sampling.samples(sampling.ratios(layer(technique, backend, 1), sampling.floor(2)))

    track_normalization = None  # type: ignore[assignment] # asv walks inherited names too


def layer(technique: str, host: str, order: int, scale: int = 1) -> Callable[[], object]:
    """A layer's call, or its call and pullback, ready to be timed; on a part of the numbers."""
    found, bound = grid.binding(technique, host)
    named = techniques()[technique]
    shape, width = SHAPES[named.name]
    shape = (shape[0] // scale, *shape[1:])
    width = width if width == shape[1] and named.inputs[0] == "x" else shape[0]
    offered = parameters(bound)
    known = {}
    for name, p in named.parameters.items():
        stated = offered.get(name, p)
        domain = stated.domain if isinstance(stated.domain, OneOf) else p.domain
        fallback = domain.values[0] if isinstance(domain, OneOf) else p.default
        known[name] = fallback if stated.default is None else stated.default
    source = np.random.default_rng(1)
    inputs = tuple(
        source.standard_normal(
            shape if name in LARGE else (shape[1] if name == "v" else width,), np.float32
        )
        for name in named.inputs
    )
    inputs = tuple(
        np.abs(x) + 1 if name == "running_var" else x
        for name, x in zip(named.inputs, inputs, strict=True)
    )
    return found.prepared(bound, inputs, known, order=order)
