"""Normal, uniform and truncated weights, by jax.nn.initializers."""

from __future__ import annotations

from typing import Any, Literal

import jax
from jax.nn import initializers

from backends.equations.initializers.coarse_numbers import NORMAL, TRUNCATED, UNIFORM, coarse


@coarse(NORMAL)
def normal(seed: Any, weight: Any, *, std: float = 0.01) -> Any:
    return initializers.normal(std)(jax.random.key(seed), weight.shape, weight.dtype)


@coarse(NORMAL)
def small_normal(seed: Any, weight: Any) -> Any:
    return initializers.normal()(jax.random.key(seed), weight.shape, weight.dtype)


@coarse(UNIFORM, bound=1.0)
def uniform(
    seed: Any,
    weight: Any,
    *,
    bound: float = 0.01,
    interval: Literal["from_zero"] = "from_zero",
) -> Any:
    del interval
    return initializers.uniform(bound)(jax.random.key(seed), weight.shape, weight.dtype)


@coarse(TRUNCATED)
def truncated_normal(
    seed: Any,
    weight: Any,
    *,
    std: float = 0.01,
    bound: float = 2.0,
    correction: Literal["none"] = "none",
) -> Any:
    del correction
    draw = initializers.truncated_normal(std, lower=-bound, upper=bound)
    return draw(jax.random.key(seed), weight.shape, weight.dtype)
