"""Biases as flax.linen's layers make them."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from flax import linen
from jax import numpy as jnp

from backends.binding import Bound, deviates
from backends.jax import made
from reference.initializers.layers_biases import Inputs, Positions

_EMPTY = deviates(
    "keeps_shape_and_dtype",
    where=lambda entries: np.equal(entries, 0),
    at_most=Bound("1: no layer at all", lambda: 1.0),
    because="the kernel is made with the bias, and lecun_normal divides by its fans: a layer of 0 "
    "outputs raises ZeroDivisionError",
    witness={"seed": 0}, link="https://github.com/jax-ml/jax/pull/35096",
)  # fmt: skip


@_EMPTY
def dense_bias(
    seed: Any, weight: Any, *, rule: Literal["zeros"] = "zeros", inputs: Inputs = 3
) -> Any:
    del rule
    layer = linen.Dense(len(weight), param_dtype=weight.dtype)
    return made(seed, layer, jnp.zeros((1, inputs)))["bias"]


@_EMPTY
def conv_bias(
    seed: Any,
    weight: Any,
    *,
    rule: Literal["zeros"] = "zeros",
    inputs: Inputs = 3,
    positions: Positions = 5,
) -> Any:
    del rule
    layer = linen.Conv(len(weight), (positions,), param_dtype=weight.dtype)
    return made(seed, layer, jnp.zeros((1, positions, inputs)))["bias"]


def transposed_conv_bias(
    seed: Any, weight: Any, *, rule: Literal["zeros"] = "zeros", positions: Positions = 5
) -> Any:
    del rule
    layer = linen.ConvTranspose(len(weight), (positions,), param_dtype=weight.dtype)
    return made(seed, layer, jnp.zeros((1, positions, 2)))["bias"]


def attention_bias(seed: Any, weight: Any) -> Any:
    layer = linen.MultiHeadDotProductAttention(num_heads=1, param_dtype=weight.dtype)
    parts = made(seed, layer, jnp.zeros((1, 1, len(weight) // 3)))
    return jnp.concatenate([parts[n]["bias"][0] for n in ("query", "key", "value")])
