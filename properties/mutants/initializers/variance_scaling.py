"""Variance scaling with another scale, other fans or another distribution."""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np
from scipy.special import ndtri

from properties.mutants.initializers.drawing import misfilled, normal, source, uniform
from reference.fans import AnyLayout, fans
from reference.numerics import Array

_PLAIN = {"layout": Literal["out_in"]}
_NORMAL = {"distribution": Literal["normal"], "groups": Literal[1], "layout": Literal["in_out"]}


def _deviation(weight: Array, p: Any, *, groups: int = 1, layout: AnyLayout | None = None) -> float:
    fan_in, fan_out = fans(weight.shape, layout or p.layout, groups)
    means = {"fan_avg": (fan_in + fan_out) / 2, "fan_geo_avg": math.sqrt(fan_in * fan_out)}
    fan = (means | {"fan_in": fan_in, "fan_out": fan_out})[p.mode]
    return math.sqrt(p.scale / max(fan, 1))


@misfilled(
    "initializers.glorot_uniform",
    "common slip: the standard deviation taken as the bound, without sqrt(3)",
    offers=_PLAIN,
)
def glorot_uniform_ends_at_one_deviation(seed: Any, weight: Any, p: Any) -> Any:
    bound = p.gain * math.sqrt(2 / sum(fans(weight.shape, "out_in")))
    return uniform(seed, weight, -bound, bound)


@misfilled(
    "initializers.glorot_uniform",
    "Glorot and Bengio's equation 1, the heuristic that they set out to replace: 1 / sqrt(n)",
    offers=_PLAIN,
)
def glorot_uniform_keeps_the_old_heuristic(seed: Any, weight: Any, p: Any) -> Any:
    bound = p.gain / math.sqrt(max(fans(weight.shape, "out_in")[0], 1))
    return uniform(seed, weight, -bound, bound)


@misfilled(
    "initializers.glorot_uniform",
    "a uniform number of 16 bits in float32: every law of moments holds",
    offers=_PLAIN,
    blind_spot="tolerance",
)
def glorot_uniform_draws_sixteen_bits(seed: Any, weight: Any, p: Any) -> Any:
    bound = p.gain * math.sqrt(6 / sum(fans(weight.shape, "out_in")))
    whole = source(seed).integers(0, 2**16, weight.shape)
    return (bound * ((2 * whole + 1) / 2**16 - 1)).astype(weight.dtype)


@misfilled(
    "initializers.glorot_uniform",
    "torch's uniform_ in bfloat16: what rounds to the excluded upper end becomes the lower one",
    offers=_PLAIN,
    blind_spot="boundaries",
    dtypes=("bfloat16",),
)
def glorot_uniform_wraps_its_end(seed: Any, weight: Any, p: Any) -> Any:
    from ml_dtypes import bfloat16

    bound = 1.01122 * p.gain * 2.0 ** round(math.log2(6 / sum(fans(weight.shape, "out_in"))) / 2)
    x = uniform(seed, weight, -bound, bound).astype(bfloat16)
    x[x >= bfloat16(bound)] = bfloat16(-bound)
    return x.astype(weight.dtype)


@misfilled(
    "initializers.variance_scaling",
    "Keras before 2.2.3 and TensorFlow 1: truncated at two deviations, the variance not corrected",
    offers={"distribution": Literal["truncated_normal"], "groups": Literal[1]},
)
def variance_scaling_forgets_what_truncation_takes(seed: Any, weight: Any, p: Any) -> Any:
    low, high = 0.022750131948179195, 0.9772498680518208  # P(Z < -2), P(Z < 2)
    z = ndtri(source(seed).uniform(low, high, weight.shape))
    return (_deviation(weight, p) * z).astype(weight.dtype)


@misfilled(
    "initializers.variance_scaling",
    "common slip: one mean of the fans for the other, equal for square matrices",
    offers=_NORMAL | {"mode": Literal["fan_geo_avg"]},
    blind_spot="structure",
)
def variance_scaling_takes_the_arithmetic_mean(seed: Any, weight: Any, p: Any) -> Any:
    p.mode = "fan_avg"
    return normal(seed, weight, _deviation(weight, p))


@misfilled(
    "initializers.variance_scaling",
    "confusion with torch's gain, which multiplies the standard deviation",
    offers=_NORMAL,
    blind_spot="symmetry and defaults",
)
def variance_scaling_takes_its_scale_for_a_gain(seed: Any, weight: Any, p: Any) -> Any:
    return normal(seed, weight, math.sqrt(p.scale) * _deviation(weight, p))


@misfilled(
    "initializers.variance_scaling",
    "flax's vmapped layers without batch_axis: the stacked layers count as kernel positions",
    offers=_NORMAL | {"layout": Literal["batch_in_out"]},
    blind_spot="structure",
)
def variance_scaling_counts_stacked_layers(seed: Any, weight: Any, p: Any) -> Any:
    return normal(seed, weight, _deviation(weight, p, layout="in_out"))


@misfilled(
    "initializers.variance_scaling",
    "a transposed convolution's (in, out, *kernel) read as (out, in, *kernel), as torch does",
    offers=_NORMAL | {"layout": Literal["in_out_kernel"], "mode": Literal["fan_in", "fan_out"]},
    blind_spot="structure",
)
def variance_scaling_reads_transposed_kernels_as_plain(seed: Any, weight: Any, p: Any) -> Any:
    return normal(seed, weight, _deviation(weight, p, layout="out_in"))


@misfilled(
    "initializers.variance_scaling",
    "common slip in attention: heads counted as kernel positions",
    offers=_NORMAL | {"layout": Literal["in_heads_out"]},
    blind_spot="structure",
)
def variance_scaling_counts_heads_as_kernel(seed: Any, weight: Any, p: Any) -> Any:
    return normal(seed, weight, _deviation(weight, p, layout="in_out"))


@misfilled(
    "initializers.variance_scaling",
    "both libraries on grouped convolutions: fan_out counts the outputs of every group",
    offers={
        "distribution": Literal["normal"], "groups": Literal[3], "layout": Literal["out_in"],
        "mode": Literal["fan_out", "fan_avg", "fan_geo_avg"],
    },
    blind_spot="structure",
)  # fmt: skip
def variance_scaling_ignores_the_groups(seed: Any, weight: Any, p: Any) -> Any:
    return normal(seed, weight, _deviation(weight, p))


@misfilled(
    "initializers.variance_scaling",
    "common slip: the uniform bound for every mode is Glorot's",
    offers={"distribution": Literal["uniform"], "groups": Literal[1]},
    blind_spot="structure",
)
def variance_scaling_averages_the_fans_always(seed: Any, weight: Any, p: Any) -> Any:
    p.mode = {"fan_in": "fan_avg", "fan_out": "fan_avg"}.get(p.mode, "fan_in")
    bound = np.sqrt(3) * _deviation(weight, p)
    return uniform(seed, weight, -bound, bound)
