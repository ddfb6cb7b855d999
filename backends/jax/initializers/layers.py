"""Layers as flax.linen makes them: kernels and tables."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from flax import linen
from jax import numpy as jnp

from backends.binding import Bound, absent, deviates
from backends.jax import made
from reference.initializers.layers import Groups

_EMPTY = deviates(
    "keeps_shape_and_dtype",
    where=lambda entries: np.equal(entries, 0),
    at_most=Bound("1: no layer at all", lambda: 1.0),
    because="lecun_normal divides by the fans: a layer of 0 outputs or inputs raises "
    "ZeroDivisionError",
    witness={"seed": 0}, link="https://github.com/jax-ml/jax/pull/35096",
)  # fmt: skip


@_EMPTY
def dense_kernel(
    seed: Any,
    weight: Any,
    *,
    rule: Literal["lecun_normal"] = "lecun_normal",
    layout: Literal["in_out"] = "in_out",
) -> Any:
    del rule, layout
    inputs, outputs = weight.shape
    layer = linen.Dense(outputs, param_dtype=weight.dtype)
    return made(seed, layer, jnp.zeros((1, inputs)))["kernel"]


def conv_kernel(
    seed: Any,
    weight: Any,
    *,
    rule: Literal["lecun_normal"] = "lecun_normal",
    layout: Literal["in_out"] = "in_out",
    groups: Groups = 1,
) -> Any:
    del rule, layout
    *kernel, inputs, outputs = weight.shape
    layer = linen.Conv(outputs, tuple(kernel), feature_group_count=groups, param_dtype=weight.dtype)
    return made(seed, layer, jnp.zeros((1, *kernel, groups * inputs)))["kernel"]


@_EMPTY
def transposed_conv_kernel(
    seed: Any,
    weight: Any,
    *,
    rule: Literal["lecun_normal"] = "lecun_normal",
    layout: Literal["in_out"] = "in_out",
) -> Any:
    del rule, layout
    *kernel, inputs, outputs = weight.shape
    layer = linen.ConvTranspose(outputs, tuple(kernel), param_dtype=weight.dtype)
    return made(seed, layer, jnp.zeros((1, *kernel, inputs)))["kernel"]


bilinear_kernel = absent(
    "flax.linen has no bilinear layer; users compose it of a parameter and jnp.einsum"
)


def embedding_table(
    seed: Any, weight: Any, *, rule: Literal["normal_over_features"] = "normal_over_features"
) -> Any:
    del rule
    entries, features = weight.shape
    layer = linen.Embed(entries, features, param_dtype=weight.dtype)
    return made(seed, layer, jnp.zeros(1, int))["embedding"]
