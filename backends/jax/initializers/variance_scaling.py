"""Variance scaling, by jax.nn.initializers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Any, Literal

import jax
import numpy as np
from jax.nn import initializers

from backends.backend import Bound, deviates
from reference.fans import Layout
from reference.technique import Between

if TYPE_CHECKING:
    from collections.abc import Callable

NoGain = Annotated[float, Between(1.0, 1.0)]

_AXES = {"out_in": {"in_axis": 1, "out_axis": 0}, "in_out": {"in_axis": -2, "out_axis": -1}}
_WITNESS = {"shape": (97, 31, 3, 3), "seed": 0}
_COARSE = "https://github.com/jax-ml/jax/pull/26974"
_CDF = "2 u a cell, 0.8 u v, 0.3 u its end, 1.2 u the rounding of Z and s (z f(z) <= 0.26)"

# jax.random.truncated_normal in the weight's dtype, u its unit roundoff: t = k 2u with k uniform
# from 0 to 1/(2u) - 1; v = -b + 2b t with b = erf(sqrt 2) = 0.954, v off by 1.5 u after two
# roundings, b by u/2; Z = sqrt(2) erfinv(v), dZ/dv being 2.1 in the mean; x = Z s / c, c = 0.8796.
_TRUNCATED_NORMAL = (
    deviates(
        "has_zero_mean",
        where=lambda: True,
        at_most=Bound(
            "|mean| <= 8.2 u s: 4.6 = 4 / c for left ends, 3.6 = 1.5 * 2.1 / c for v",
            lambda u, deviation, allowed: allowed + 8.2 * u * deviation,
        ),
        because="the uniform number is the left end of one of 1 / (2u) cells, never the right one: "
        "the mean is -4 u s / c = -0.018 s",
        witness=_WITNESS, dtypes=("bfloat16",), link=_COARSE,
    ),
    deviates(
        "keeps_the_variance_of_sums",
        where=lambda: True,
        at_most=Bound(
            "n (10 u)^2: the mean, 8.2 u with 1.6 u of luck, squared, adds up coherently",
            lambda u, summed, allowed: allowed + summed * (10 * u) ** 2,
        ),
        because="the mean of -0.018 s adds up: a sum of n weights has the variance "
        "n s^2 (1 + 0.0003 n)",
        witness=_WITNESS, dtypes=("bfloat16",), link=_COARSE,
    ),
    deviates(
        "follows_its_distribution",
        where=lambda: True,
        at_most=Bound(f"4.3 u: {_CDF}", lambda u, allowed: allowed + 4.3 * u),
        because="there are 1 / (2u) = 128 uniform numbers, so the distribution climbs in steps of "
        "1 / 128; and erf(sqrt 2) rounds down, which ends it at 1.99 instead of 2",
        witness=_WITNESS, dtypes=("bfloat16",), link=_COARSE,
    ),
    deviates(
        "fills_its_tails",
        where=lambda: True,
        at_most=Bound(
            f"5.3 u: {_CDF}, 1 u the luck of a share that large",
            lambda u, allowed: allowed + 5.3 * u,
        ),
        because="every value has the probability 2u: the upper tail ends at the quantile 1 - 2u, "
        "the lower one piles 2u up at its end",
        witness=_WITNESS, dtypes=("bfloat16", "float16"), link=_COARSE,
    ),
    deviates(
        "has_distinct_values",
        where=lambda: True,
        at_most=Bound(
            "E - m (1 - exp(-n / m)), m = 1 / (2u): n draws of m equally probable values",
            lambda u, y, numbers, allowed: allowed + y + math.expm1(-numbers * 2 * u) / (2 * u),
        ),
        because="the uniform number has the fraction's bits and no more: 128 values in bfloat16, "
        "1024 in float16, 2^23 in float32",
        witness=_WITNESS, dtypes=("float32", "bfloat16", "float16"), link=_COARSE,
    ),
    deviates(
        "keeps_shape_and_dtype",
        where=lambda entries: np.equal(entries, 0),
        at_most=Bound("1: no weight at all", lambda: 1.0),
        because="the receptive field is size / fan_in / fan_out: 0 / 0 for an empty weight, and a "
        "ZeroDivisionError",
        witness=_WITNESS, link="https://github.com/jax-ml/jax/pull/35096",
    ),
)  # fmt: skip


def _in_the_weights_dtype(binding: Callable[..., Any]) -> Callable[..., Any]:
    """Register what drawing from a truncated normal in the weight's own dtype costs."""
    for noted in _TRUNCATED_NORMAL:
        binding = noted(binding)
    return binding


@_in_the_weights_dtype
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
