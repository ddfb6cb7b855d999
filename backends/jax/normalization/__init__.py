"""Normalization, by flax: linen, and nnx beside it. Features are last in both.

Where a binding's inputs have them second, they are moved there and back.
"""

from __future__ import annotations

from typing import Any

from flax import nnx
from jax import numpy as jnp


def with_features_last(layer: Any, x: Any) -> Any:
    """A layer's result, features second before and after."""
    return jnp.moveaxis(layer(jnp.moveaxis(x, 1, -1)), -1, 1)


def rngs() -> Any:
    """What nnx layers want for weights that are replaced at once."""
    return nnx.Rngs(0)


def filled(layer: Any, scale: Any, bias: Any = None) -> Any:
    """A layer of nnx with these weights."""
    layer.scale.set_value(scale)
    if bias is not None:
        layer.bias.set_value(bias)
    return layer
