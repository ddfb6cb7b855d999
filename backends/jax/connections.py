"""Connections composed of flax.linen's layers. Kernels are (inputs, outputs)."""

from __future__ import annotations

from typing import Any, Literal

import jax
from flax import linen


def residual(
    x: Any, w1: Any, b1: Any, w2: Any, b2: Any, *, activation: Literal["post", "pre"] = "post"
) -> Any:
    entering = jax.nn.relu(x) if activation == "pre" else x
    first = {"params": {"kernel": w1.T, "bias": b1}}
    hidden: Any = linen.Dense(len(b1)).apply(first, entering)
    last = {"params": {"kernel": w2.T, "bias": b2}}
    return x + linen.Dense(len(b2)).apply(last, jax.nn.relu(hidden))
