"""Dense connections: jax.numpy.concatenate of flax.linen's layers."""

from __future__ import annotations

from typing import Any, Literal

import jax
from jax import numpy as jnp

from backends.jax.connections import linear


def dense_block(x: Any, weights: Any, biases: Any) -> Any:
    for w, b in zip(weights, biases, strict=True):
        x = jnp.concatenate((x, linear(jax.nn.relu(x), w, b)), axis=-1)
    return x


def skip_concatenation(
    x: Any, w1: Any, b1: Any, w2: Any, b2: Any, w3: Any, b3: Any, *,
    order: Literal["skip first", "skip last"] = "skip first",
) -> Any:  # fmt: skip
    e = jax.nn.relu(linear(x, w1, b1))
    d = jax.nn.relu(linear(e, w2, b2))
    return linear(jnp.concatenate((e, d) if order == "skip first" else (d, e), axis=-1), w3, b3)
