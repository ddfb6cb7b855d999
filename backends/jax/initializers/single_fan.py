"""He's and LeCun's initializers, by jax.nn.initializers."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import jax
from jax.nn import initializers

from backends.equations.initializers.coarse_numbers import (
    TRUNCATED,
    UNIFORM,
    coarse,
    divides_by_no_fan,
)
from reference.fans import Layout
from reference.technique import Between

NoSlope = Annotated[float, Between(0.0, 0.0)]

_AXES = {"out_in": {"in_axis": 1, "out_axis": 0}, "in_out": {"in_axis": -2, "out_axis": -1}}


@divides_by_no_fan
@coarse(TRUNCATED)
def he_normal(
    seed: Any,
    weight: Any,
    *,
    negative_slope: NoSlope = 0.0,
    mode: Literal["fan_in"] = "fan_in",
    layout: Layout = "in_out",
    distribution: Literal["truncated_normal"] = "truncated_normal",
) -> Any:
    del negative_slope, mode, distribution
    draw = initializers.he_normal(**_AXES[layout])
    return draw(jax.random.key(seed), weight.shape, weight.dtype)


@divides_by_no_fan
@coarse(UNIFORM)
def he_uniform(
    seed: Any,
    weight: Any,
    *,
    negative_slope: NoSlope = 0.0,
    mode: Literal["fan_in"] = "fan_in",
    layout: Layout = "in_out",
) -> Any:
    del negative_slope, mode
    draw = initializers.he_uniform(**_AXES[layout])
    return draw(jax.random.key(seed), weight.shape, weight.dtype)


@divides_by_no_fan
@coarse(TRUNCATED)
def lecun_normal(
    seed: Any,
    weight: Any,
    *,
    layout: Layout = "in_out",
    distribution: Literal["truncated_normal"] = "truncated_normal",
) -> Any:
    del distribution
    draw = initializers.lecun_normal(**_AXES[layout])
    return draw(jax.random.key(seed), weight.shape, weight.dtype)


@divides_by_no_fan
@coarse(UNIFORM)
def lecun_uniform(seed: Any, weight: Any, *, layout: Layout = "in_out") -> Any:
    draw = initializers.lecun_uniform(**_AXES[layout])
    return draw(jax.random.key(seed), weight.shape, weight.dtype)
