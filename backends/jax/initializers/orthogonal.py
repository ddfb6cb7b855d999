"""Orthogonal weights, by jax.nn.initializers."""

from __future__ import annotations

from typing import Any, Literal

import jax
from jax.nn import initializers

from backends.binding import offers
from reference.fans import Layout

_NO_QR = "jax.numpy.linalg.qr has no 16-bit kernels: a NotImplementedError"
_COLUMNS = {"out_in": 0, "in_out": -1}


@offers("float64", "float32", because=_NO_QR)
def orthogonal(seed: Any, weight: Any, *, gain: float = 1.0, layout: Layout = "in_out") -> Any:
    draw = initializers.orthogonal(gain, column_axis=_COLUMNS[layout])
    return draw(jax.random.key(seed), weight.shape, weight.dtype)


@offers("float64", "float32", because=_NO_QR)
def delta_orthogonal(
    seed: Any,
    weight: Any,
    *,
    gain: float = 1.0,
    layout: Literal["in_out"] = "in_out",
    centre: Literal["lower"] = "lower",
) -> Any:
    del layout, centre
    draw = initializers.delta_orthogonal(gain)
    return draw(jax.random.key(seed), weight.shape, weight.dtype)
