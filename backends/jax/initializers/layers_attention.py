"""Attention as flax.linen makes it."""

from __future__ import annotations

from typing import Any, Literal

from flax import linen
from jax import numpy as jnp

from backends.jax import made


def _attention(seed: Any, features: int, dtype: Any) -> Any:
    layer = linen.MultiHeadDotProductAttention(num_heads=1, param_dtype=dtype)
    return made(seed, layer, jnp.zeros((1, 1, features)))


def attention_kernel(
    seed: Any,
    weight: Any,
    *,
    rule: Literal["lecun_normal"] = "lecun_normal",
    layout: Literal["in_out"] = "in_out",
) -> Any:
    del rule, layout
    parts = _attention(seed, len(weight), weight.dtype)
    return jnp.concatenate([parts[n]["kernel"][:, 0] for n in ("query", "key", "value")], 1)


def attention_output_kernel(
    seed: Any,
    weight: Any,
    *,
    rule: Literal["lecun_normal"] = "lecun_normal",
    layout: Literal["in_out"] = "in_out",
) -> Any:
    del rule, layout
    return _attention(seed, len(weight), weight.dtype)["out"]["kernel"][0]
