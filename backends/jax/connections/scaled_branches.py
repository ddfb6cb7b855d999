"""Residual connections with a scaled branch: flax's users multiply by a parameter."""

from __future__ import annotations

from typing import Any

import jax

from backends.jax.connections import branch, linear


def rezero(x: Any, w1: Any, b1: Any, w2: Any, b2: Any, alpha: Any) -> Any:
    return x + alpha * branch(x, w1, b1, w2, b2)


def layer_scale(x: Any, w1: Any, b1: Any, w2: Any, b2: Any, scale: Any) -> Any:
    return x + scale * branch(x, w1, b1, w2, b2)


def fixup(x: Any, weights: Any, biases: Any, multiplier: Any) -> Any:
    a = x
    for w, before, after in zip(weights[:-1], biases[:-2:2], biases[1:-2:2], strict=True):
        a = jax.nn.relu(linear(a + before, w) + after)
    return x + (multiplier * linear(a + biases[-2], weights[-1]) + biases[-1])
