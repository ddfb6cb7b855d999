"""Residual, dense and highway stacks composed of flax.linen's layers."""

from __future__ import annotations

from typing import Any

import jax
from jax import numpy as jnp

from backends.jax.flow import carried, full, in_turn, linear
from reference.flow.layers import Norm, Phi


def residual_stack(
    x: Any, v: Any, c: Any, w: Any, b: Any, u: Any,
    *, activation: Phi = "tanh", normalization: Norm = "none",
) -> Any:  # fmt: skip
    def layer(h: Any, w: Any, b: Any, u: Any) -> Any:
        return h + linear(full(h, w, b, activation, normalization), u, jnp.zeros_like(b))

    return carried(in_turn(layer), x, v, c, (w, b, u))


def dense_stack(
    x: Any, v: Any, c: Any, w: Any, b: Any,
    *, activation: Phi = "tanh", normalization: Norm = "none",
) -> Any:  # fmt: skip
    (depth, growth), width = b.shape, x.shape[-1]

    def layer(h: Any, w: Any, b: Any, place: Any) -> Any:
        read = jnp.where(jnp.arange(h.shape[-1]) < place, w, 0)
        new = full(h, read, b, activation, normalization)
        return jax.lax.dynamic_update_slice(h, new, (0, place))

    places = width + growth * jnp.arange(depth)
    x, v = (jnp.pad(a, ((0, 0), (0, c.shape[-1] - width))) for a in (x, v))
    return carried(lambda own: (layer, (*own, places)), x, v, c, (w, b))


def highway_stack(
    x: Any, v: Any, c: Any, w: Any, b: Any, w_gate: Any, b_gate: Any,
    *, activation: Phi = "tanh", normalization: Norm = "none",
) -> Any:  # fmt: skip
    def layer(h: Any, w: Any, b: Any, w_gate: Any, b_gate: Any) -> Any:
        gate = jax.nn.sigmoid(linear(h, w_gate, b_gate))
        return gate * full(h, w, b, activation, normalization) + (1 - gate) * h

    return carried(in_turn(layer), x, v, c, (w, b, w_gate, b_gate))
