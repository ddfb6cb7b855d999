"""Normalization layers of flax.linen. Features are last, and running statistics are float32."""

from __future__ import annotations

from typing import Any, Literal

from flax import linen
from jax import lax
from jax import numpy as jnp

from backends.fast_variance import subtracts_squares

FAR = ((1000.1, 3.0, -7.2), (1000.7, 3.5, -7.1), (999.2, 3.1, -7.9),
       (1000.4, 3.7, -7.4), (999.6, 3.3, -7.5), (1000.9, 3.2, -7.7))  # fmt: skip


@subtracts_squares({"x": FAR}, dtypes=("float64", "float32"))
def batch_norm(
    x: Any,
    weight: Any,
    bias: Any,
    running_mean: Any,
    running_var: Any,
    *,
    eps: float = 1e-5,
    momentum: float = 0.99,
    mode: Literal["train", "eval"] = "train",
    momentum_of: Literal["old"] = "old",
    running_variance: Literal["biased"] = "biased",
) -> Any:
    del momentum_of, running_variance
    layer = linen.BatchNorm(momentum=momentum, epsilon=eps, use_running_average=mode == "eval")
    kept = jnp.promote_types(x.dtype, jnp.float32)
    state = {"mean": running_mean.astype(kept), "var": running_var.astype(kept)}
    variables = {"params": {"scale": weight, "bias": bias}, "batch_stats": lax.stop_gradient(state)}
    y, after = layer.apply(variables, jnp.moveaxis(x, 1, -1), mutable=["batch_stats"])
    moved = lax.stop_gradient(after["batch_stats"])
    return jnp.moveaxis(y, -1, 1), moved["mean"].astype(x.dtype), moved["var"].astype(x.dtype)
