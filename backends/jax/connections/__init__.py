"""Connections composed of flax.linen's layers. Kernels are (inputs, outputs)."""

from __future__ import annotations

from typing import Any

import jax
from flax import linen


def linear(x: Any, w: Any, b: Any = None) -> Any:
    """linen.Dense with torch's weight (outputs, inputs) and bias, or none."""
    weights = {"kernel": w.T} if b is None else {"kernel": w.T, "bias": b}
    return linen.Dense(len(w), use_bias=b is not None).apply({"params": weights}, x)


def branch(x: Any, w1: Any, b1: Any, w2: Any, b2: Any, activation: str = "post") -> Any:
    """F(x): two layers with a relu between them, and before them where it precedes."""
    entering = jax.nn.relu(x) if activation == "pre" else x
    return linear(jax.nn.relu(linear(entering, w1, b1)), w2, b2)
