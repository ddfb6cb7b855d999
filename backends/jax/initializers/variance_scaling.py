"""Variance scaling, by jax.nn.initializers."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import jax
from jax.nn import initializers

from backends.equations.initializers.coarse_numbers import (
    NORMAL,
    TRUNCATED,
    UNIFORM,
    coarse,
    divides_by_no_fan,
)
from reference.fans import AnyLayout, Layout
from reference.technique import Between, OneOf

NoGain = Annotated[float, Between(1.0, 1.0)]

_AXES: dict[str, dict[str, Any]] = {
    "out_in": {"in_axis": 1, "out_axis": 0},
    "in_out": {"in_axis": -2, "out_axis": -1},
    "in_out_kernel": {"in_axis": 0, "out_axis": 1},
    "batch_in_out": {"in_axis": -2, "out_axis": -1, "batch_axis": 0},
    "in_heads_out": {"in_axis": -3, "out_axis": (-2, -1)},
}


@divides_by_no_fan
@coarse(TRUNCATED)
def glorot_normal(
    seed: Any,
    weight: Any,
    *,
    gain: NoGain = 1.0,
    layout: Layout = "in_out",
    distribution: Literal["truncated_normal"] = "truncated_normal",
) -> Any:
    del gain, distribution
    draw = initializers.glorot_normal(**_AXES[layout])
    return draw(jax.random.key(seed), weight.shape, weight.dtype)


@divides_by_no_fan
@coarse(UNIFORM)
def glorot_uniform(seed: Any, weight: Any, *, gain: NoGain = 1.0, layout: Layout = "in_out") -> Any:
    del gain
    draw = initializers.glorot_uniform(**_AXES[layout])
    return draw(jax.random.key(seed), weight.shape, weight.dtype)


@divides_by_no_fan
@coarse(NORMAL, TRUNCATED, UNIFORM)
def variance_scaling(
    seed: Any,
    weight: Any,
    *,
    scale: float = 1.0,
    mode: Literal["fan_in", "fan_out", "fan_avg", "fan_geo_avg"] = "fan_in",
    distribution: Literal["truncated_normal", "normal", "uniform"] = "truncated_normal",
    layout: AnyLayout = "in_out",
    groups: Annotated[int, OneOf((1,))] = 1,
) -> Any:
    del groups
    draw = initializers.variance_scaling(scale, mode, distribution, **_AXES[layout])
    return draw(jax.random.key(seed), weight.shape, weight.dtype)
