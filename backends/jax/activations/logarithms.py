"""Logarithms of probabilities of jax.nn."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np

from backends.binding import Bound, deviates, each
from backends.equations import LOG_SUM_SLOPE, UNBOUNDED, VANISHED

_GRADIENT = ("derivative_agrees", "keeps_gradient_alive")
_FLUSHED = "a subnormal x is read as zero, where the function has its pole"
_HALVED = "XLA's expm1 halves its argument: of a subnormal x that loses the last digit"


@deviates(
    "derivative_agrees",
    where=lambda x: x < -8,
    at_most=LOG_SUM_SLOPE,
    because="the derivative is exp(-x - out): out is rounded to half an ulp of |x|",
    witness={"x": -20.782468731365444},
    dtypes=("float64",),
)
@deviates(
    "second_derivative_agrees",
    where=lambda x: x < -2,
    at_most=LOG_SUM_SLOPE,
    because="-y' (1 - y') with y' = exp(-x - out): 1 - y' keeps the rounding of out",
    witness={"x": -8.5},
)
def log_sigmoid(x: Any) -> Any:
    return jax.nn.log_sigmoid(x)


@deviates(
    "derivative_agrees",
    "second_derivative_agrees",
    where=lambda x: x <= 0,
    at_most=UNBOUNDED,
    because="the derivatives are formed from expm1(x) alone: numbers where the value is NaN",
    witness={"x": -1.0},
)
@deviates(
    "agrees_with_reference",
    *_GRADIENT,
    where=lambda x, tiny: (x != 0) & (np.abs(x) < tiny),
    at_most=UNBOUNDED,
    because=_FLUSHED,
    witness=each(float64=1e-308, float32=1e-38, bfloat16=1e-38),
    devices=("cpu",),
)
@deviates(
    "agrees_with_reference",
    where=lambda x, tiny: (x > 0) & (x < tiny),
    at_most=Bound(
        "|error| <= s / (x - s), s = 2 u tiny the smallest subnormal: log(x) of x off by s",
        lambda x, u, tiny: 2 * u * tiny / (x - 2 * u * tiny),
    ),
    because=_HALVED,
    witness={"x": 1.8e-07},
    dtypes=("float16",),
)
@deviates(
    "keeps_gradient_alive",
    where=lambda x, tiny: (x > 0) & (x < tiny),
    at_most=Bound(
        "|error| <= s / (x (x - s)), s = 2 u tiny the smallest subnormal: 1 / x of x off by s",
        lambda x, u, tiny: 2 * u * tiny / (x * (x - 2 * u * tiny)),
    ),
    because=_HALVED,
    witness={"x": 1.532e-05},
    dtypes=("float16",),
)
@deviates(
    "agrees_with_reference",
    where=lambda x: (x > 0.881) & (x < 1.228),
    at_most=Bound("|error| <= 129 u: measured upstream for log1p", lambda u: 129 * u),
    because="XLA's log1p(z) takes a rational function beyond its range: for 1 + z from 2 - sqrt(2) "
    "to sqrt(1/2)",
    witness={"x": 0.9237},
    dtypes=("float64",),
    link="https://github.com/jax-ml/jax/issues/39707",
    devices=("cpu",),
)
@deviates(
    "derivative_agrees",
    where=lambda x, largest: x > np.log(largest),
    at_most=VANISHED,
    because="expm1(x) overflows where 1 / expm1(x) is still a subnormal number",
    witness={"x": 11.5},
    dtypes=("float16",),
)
@deviates(
    "second_derivative_agrees",
    where=lambda x, tiny: x > -np.log(tiny) / 2,
    at_most=VANISHED,
    because="expm1(x)^-2 is formed first: it is subnormal, then 0, long before exp(x) expm1(x)^-2",
    witness=each(float64=400.0, float32=50.0, bfloat16=50.0, float16=6.0),
)
@deviates(
    "second_derivative_agrees",
    where=lambda x, largest: x > np.log(largest),
    at_most=UNBOUNDED,
    because="expm1(x) overflows, and inf^-2 * inf is NaN",
    witness={"x": 800.0},
)
@deviates(
    "second_derivative_agrees",
    where=lambda x, tiny: (x > 0) & (x < np.sqrt(tiny)),
    at_most=UNBOUNDED,
    because="expm1(x)^2 is subnormal and read as zero: 1 / 0 where 1 / x^2 is still finite",
    witness=each(float64=1e-154, float32=8e-20, bfloat16=8e-20),
    devices=("cpu",),
)
def log1mexp(x: Any) -> Any:
    return jax.nn.log1mexp(x)
