"""Activations with learned slopes or pieces, of flax and composed of jax.nn's functions."""

from __future__ import annotations

from typing import Any, Literal

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen

from backends.binding import Bound, deviates, subgradient
from backends.equations.activations.products import NEITHER_SIDE


@subgradient("right")
def prelu(x: Any, weight: Any, *, slopes: Literal["shared"]) -> Any:
    del slopes
    return linen.PReLU().apply({"params": {"negative_slope": weight[0]}}, x)


@deviates(
    "takes_a_subgradient_at_kinks",
    where=lambda x: x == 0, at_most=NEITHER_SIDE,
    because="the chain rule adds the subgradients 0 of two rectifiers: the gradient dies at 0",
    witness={"x": (0.0,)},
)  # fmt: skip
def crelu(x: Any) -> Any:
    return jnp.concatenate([jax.nn.relu(x), jax.nn.relu(-x)], axis=-1)


@deviates(
    "gradient_agrees",
    where=lambda x, tiny: np.abs(x) < tiny,
    at_most=Bound(
        "|c|: a piece takes all of the gradient, half of it or none",
        lambda x, c: np.repeat(np.abs(c), x.shape[-1] // c.shape[-1], axis=-1),
    ),
    because="XLA on the CPU reads subnormal numbers as 0, and so finds them tied",
    witness={
        "float64": {"x": (1e-308, 1e-309)}, "float32": {"x": (1e-38, 1e-39)},
        "bfloat16": {"x": (1e-38, 1e-39)},
    },
    devices=("cpu",),
)  # fmt: skip
def maxout(x: Any, *, pieces: int, ties: Literal["split"]) -> Any:
    del ties
    return jnp.max(x.reshape(*x.shape[:-1], x.shape[-1] // pieces, pieces), axis=-1)
