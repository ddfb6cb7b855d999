"""Sigmoids of jax.nn."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np

from backends.binding import Bound, deviates, each
from backends.equations import LOGISTIC_CURVATURE, LOGISTIC_SLOPE, UNBOUNDED, VANISHED

_GRADIENT = ("derivative_agrees", "keeps_gradient_alive")


def _k(u: float) -> int:
    """Ulps of XLA's tanh.

    It is a rational function of a clamped argument, 7 off next to 20 in float64 and 4 next to 8 in
    float32; the 16-bit formats round a float32 once.
    """
    return 1 if u > 2.0**-12 else 7


# The derivative is (1 - y) + (1 - y) y: y is off by k u, that is 2 k u in the sum; two roundings.
_TANH_SLOPE = Bound(
    "|error| <= (2 k + 2) u, y within k ulps: (1 - y)(1 + y) cancels", lambda u: (2 * _k(u) + 2) * u
)
# The second, y' (1 - y) - y' (1 + y), passes on 2 |y| times that, and rounds numbers up to 2.
_TANH_CURVATURE = Bound(
    "|error| <= u (4 (k + 1) |y| + 6), y within k ulps: y' (1 - y) - y' (1 + y) cancels",
    lambda x, u: u * (4 * (_k(u) + 1) * np.abs(np.tanh(x)) + 6),
)
# Besides, S x rounds once (|z s'(z)| < 1) and three products of at most 1 round.
_SCALED_SLOPE = Bound(
    "|error| <= (2 k + 6) u A S: as tanh, and 4 u of the scaling",
    lambda u, amplitude, slope: (2 * _k(u) + 6) * u * amplitude * slope,
)
_SCALED_CURVATURE = Bound(
    "|error| <= u A S^2 (4 (k + 1) |tanh(S x)| + 10): as tanh, and 4 u of the scaling",
    lambda x, u, amplitude, slope: (
        u * amplitude * slope**2 * (4 * (_k(u) + 1) * np.abs(np.tanh(slope * x)) + 10)
    ),
)


def _softsign_slope(x: Any, u: float, tiny: float, largest: float) -> Any:
    b = 1 + np.abs(x)
    return np.where(b * b < largest, 6 * u / b + b * 2 * u * tiny, (1 + 4 * u) / b)


_SOFTSIGN_SLOPE = Bound(
    "|error| <= 6 u / b + 2 u tiny b with b = 1 + |x|; once b^2 overflows, 1 / b", _softsign_slope
)
_TAKEN_APART = (
    "1 / b - |x| b^-2 cancels; b^-2 loses digits as a subnormal number and is 0 when b^2 "
    "overflows: then 1 / b is left, 1 + |x| times the truth"
)


def _softsign_curvature(x: Any, u: float, tiny: float, largest: float) -> Any:
    b = 1 + np.abs(x)
    return np.where(b**3 < largest, 20 * u / b**2 + 4 * b * 2 * u * tiny, (2 + 8 * u) / b**2)


@deviates(
    "agrees_with_reference",
    "derivative_agrees",
    "second_derivative_agrees",
    where=lambda x, largest: x < -np.log(largest),
    at_most=VANISHED,
    because="exp(-x) is formed in float16 and overflows, and 1 / inf is 0",
    witness={"x": -11.2},
    dtypes=("float16",),
)
@deviates(
    *_GRADIENT,
    where=lambda x: x > 0,
    at_most=LOGISTIC_SLOPE,
    because="the derivative is y (1 - y): 1 - y has lost what y had no digits for "
    "(jax.lax.logistic(x, accuracy=jax.lax.AccuracyMode.HIGHEST) keeps it)",
    witness=each(float64=40.0, float32=40.0, bfloat16=40.0, float16=8.5),
)
@deviates(
    "second_derivative_agrees",
    where=lambda x: x > -0.5,
    at_most=LOGISTIC_CURVATURE,
    because="y' (1 - y) - y y' cancels in the upper tail and around 0",
    witness={"x": 8.5},
)
def sigmoid(x: Any) -> Any:
    return jax.nn.sigmoid(x)


@deviates(
    "agrees_with_reference",
    where=lambda x: (np.abs(x) > 14) & (np.abs(x) < 20),
    at_most=Bound("|error| <= 7 u: from |x| = 17.75 to 20 y is 1 - 7 u", lambda u: 7 * u),
    because="XLA's tanh is a rational function of an argument clamped at 17.75, and 1 from 20 on",
    witness={"x": 18.64},
    dtypes=("float64",),
    devices=("cpu",),
)
@deviates(
    *_GRADIENT,
    where=lambda x: np.abs(x) > 0.5,
    at_most=_TANH_SLOPE,
    because="the derivative is (1 - y)(1 + y): y has no digits left for what it differs from 1",
    witness=each(float64=40.0, float32=40.0, bfloat16=40.0, float16=4.6),
)
@deviates(
    "second_derivative_agrees",
    where=lambda x: np.abs(x) < np.inf,
    at_most=_TANH_CURVATURE,
    because="y' (1 - y) - y' (1 + y) cancels around 0, and inherits the loss in the tails",
    witness={"x": 4.6},
)
def tanh(x: Any) -> Any:
    return jax.nn.tanh(x)


@deviates(
    *_GRADIENT,
    where=lambda x, slope: np.abs(slope * x) > 0.5,
    at_most=_SCALED_SLOPE,
    because="the derivative of tanh is (1 - y)(1 + y): y has no digits left for what it differs "
    "from 1",
    witness=each(float64=60.0, float32=60.0, bfloat16=9.0, float16=6.9),
)
@deviates(
    "second_derivative_agrees",
    where=lambda x: np.abs(x) < np.inf,
    at_most=_SCALED_CURVATURE,
    because="y' (1 - y) - y' (1 + y) cancels around 0, and inherits the loss in the tails",
    witness={"x": 6.9},
)
@deviates(
    "agrees_with_reference",
    where=lambda x, slope, tiny: np.abs(slope * x) < tiny,
    at_most=Bound("|error| <= A tiny", lambda tiny, amplitude: amplitude * tiny),
    because="S x is flushed to zero where it is subnormal, though A tanh(S x) may not be",
    witness={
        "float64": {"x": 3.2e-308, "amplitude": 4.0},
        "float32": {"x": 1.7e-38, "amplitude": 4.0},
        "bfloat16": {"x": 1.7e-38, "amplitude": 4.0},
    },
    devices=("cpu",),
)
def scaled_tanh(x: Any, *, amplitude: float = 1.7159, slope: float = 2 / 3) -> Any:
    return amplitude * jax.nn.tanh(slope * x)


@deviates(
    *_GRADIENT,
    where=lambda x: np.abs(x) > 0.5,
    at_most=_SOFTSIGN_SLOPE,
    because=_TAKEN_APART,
    witness=each(float64=-1.041539047543751e17, float32=7778123.0, bfloat16=117.5),
)
@deviates(
    "derivative_agrees",
    where=lambda x: np.abs(x) > 0.5,
    at_most=_SOFTSIGN_SLOPE,
    because=_TAKEN_APART,
    witness={"x": 300.0},
    dtypes=("float16",),
)
@deviates(
    "second_derivative_agrees",
    where=lambda x: np.abs(x) > 0.5,
    at_most=Bound(
        "|error| <= 20 u / b^2 + 8 u tiny b with b = 1 + |x|; once b^3 overflows, 2 / b^2",
        _softsign_curvature,
    ),
    because="-2 b^-2 + 2 |x| b^-3 cancels; b^-3 is 0 when b^3 overflows: then -2 b^-2 is left",
    witness=each(float64=929.3605, float32=17540067328.0, bfloat16=294.0, float16=60.0),
)
@deviates(
    "reaches_its_limits",
    where=lambda x: np.abs(x) == np.inf,
    at_most=UNBOUNDED,
    because="inf / (inf + 1) is NaN",
    witness={"x": float("inf")},
)
def softsign(x: Any) -> Any:
    return jax.nn.soft_sign(x)
