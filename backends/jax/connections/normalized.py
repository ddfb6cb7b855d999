"""Residual connections normalized after the sum, by flax.linen.LayerNorm."""

from __future__ import annotations

from typing import Any

from flax import linen

from backends.binding import deviates
from backends.equations.connections.normalized import (
    BECAUSE,
    FAR,
    SUBTRACTED_SQUARES,
    SUBTRACTED_SQUARES_PULLED,
    mean_is_far,
)
from backends.jax.connections import branch


@deviates(
    "agrees_with_reference",
    where=mean_is_far,
    at_most=SUBTRACTED_SQUARES,
    because=BECAUSE,
    witness=FAR,
    dtypes=("float64", "float32"),
)
@deviates(
    "gradient_agrees",
    where=mean_is_far, at_most=SUBTRACTED_SQUARES_PULLED, because=BECAUSE,
    witness=FAR, dtypes=("float64", "float32"),
)  # fmt: skip
def deepnorm(
    x: Any, w1: Any, b1: Any, w2: Any, b2: Any, weight: Any, bias: Any, *,
    alpha: float = 1.0, eps: float = 1e-6,
) -> Any:  # fmt: skip
    z = alpha * x + branch(x, w1, b1, w2, b2)
    return linen.LayerNorm(epsilon=eps).apply({"params": {"scale": weight, "bias": bias}}, z)
