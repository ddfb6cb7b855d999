"""Plain and convolutional stacks of flax.linen's layers. Kernels are (taps, inputs, outputs)."""

from __future__ import annotations

from typing import Any

from flax import linen
from jax import numpy as jnp

from backends.jax.flow import ACTIVATIONS, carried, full, in_turn, normalized
from reference.flow.layers import Norm, Phi


def plain_stack(
    x: Any, v: Any, c: Any, w: Any, b: Any,
    *, activation: Phi = "tanh", normalization: Norm = "none",
) -> Any:  # fmt: skip
    def layer(h: Any, w: Any, b: Any) -> Any:
        return full(h, w, b, activation, normalization)

    return carried(in_turn(layer), x, v, c, (w, b))


def conv_stack(
    x: Any, v: Any, c: Any, w: Any, b: Any,
    *, activation: Phi = "tanh", normalization: Norm = "none",
) -> Any:  # fmt: skip
    def layer(h: Any, w: Any, b: Any) -> Any:
        weights = {"params": {"kernel": w.transpose(2, 1, 0), "bias": b}}
        z: Any = linen.Conv(len(w), w.shape[2:], padding="CIRCULAR").apply(weights, h)
        return ACTIVATIONS[activation](normalized(z, normalization))

    x, v, c = (jnp.swapaxes(a, -1, -2) for a in (x, v, c))
    states, tangents, gradients, own = carried(in_turn(layer), x, v, c, (w, b))
    return *(jnp.swapaxes(a, -1, -2) for a in (states, tangents, gradients)), own
