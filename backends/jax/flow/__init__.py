"""Stacks of layers in JAX: what every one of them does with a layer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jax
from flax import linen
from jax import numpy as jnp

from reference.flow.layers import EPS

if TYPE_CHECKING:
    from collections.abc import Callable

ACTIVATIONS = {
    "tanh": jnp.tanh,
    "relu": jax.nn.relu,
    "sigmoid": jax.nn.sigmoid,
    "linear": jax.nn.identity,
}


def normalized(z: Any, kind: str) -> Any:
    """Flax's own normalization of (rows, ..., features), without scale and shift."""
    inner = tuple(range(1, z.ndim))
    plain: dict[str, Any] = {"epsilon": EPS, "use_scale": False, "dtype": z.dtype}
    if kind == "layer":
        return linen.LayerNorm(use_bias=False, reduction_axes=inner, **plain).apply({}, z)
    if kind == "rms":
        return linen.RMSNorm(reduction_axes=inner, **plain).apply({}, z)
    if kind == "batch":
        layer = linen.BatchNorm(use_running_average=False, use_bias=False, **plain)
        y, _ = layer.apply({}, z, mutable=["batch_stats"])
        return y
    return z


def full(h: Any, w: Any, b: Any, activation: str, normalization: str) -> Any:
    """A fully connected layer: sum, normalization, activation."""
    return ACTIVATIONS[activation](normalized(linear(h, w, b), normalization))


def linear(h: Any, w: Any, b: Any) -> Any:
    """flax.linen.Dense with given weights (outputs, inputs)."""
    return linen.Dense(len(w)).apply({"params": {"kernel": w.T, "bias": b}}, h)


def in_turn(layer: Callable[..., Any]) -> Callable[[Any], Any]:
    """Layers that take the entries of their parameters along axis 0."""
    return lambda parameters: (layer, parameters)


def carried(
    stack: Callable[[Any], Any], x: Any, v: Any, c: Any, parameters: Any
) -> tuple[Any, ...]:
    """States, and gradients of zeros added to them, by `jax.vjp`; tangents by `jax.jvp`.

    `stack` makes of the parameters a layer and what it takes in turn. `lax.scan` runs over that:
    one layer is compiled, whatever the depth.
    """

    def run(x: Any, parameters: Any, zeros: Any) -> Any:
        layer, given = stack(parameters)

        def step(h: Any, own: Any) -> Any:
            parts, zero = own
            h = layer(h, *parts) + zero
            return h, h

        first = x + zeros[0]
        _, states = jax.lax.scan(step, first, (given, zeros[1:]))
        return jnp.concatenate([first[None], states])

    depth = len(jax.tree.leaves(stack(parameters)[1])[0])
    zeros = jnp.zeros((depth + 1, *x.shape), x.dtype)
    states, back = jax.vjp(run, x, parameters, zeros)
    _, own, gradients = back(jnp.zeros_like(states).at[-1].set(c))
    _, tangents = jax.jvp(lambda x: run(x, parameters, zeros), (x,), (v,))
    return states, tangents, gradients, tuple(own)
