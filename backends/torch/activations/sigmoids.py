"""Sigmoids of torch.nn.functional."""

from __future__ import annotations

from typing import Any

import numpy as np
from torch.nn import functional

from backends.binding import Bound, deviates, each
from backends.equations import LOGISTIC_CURVATURE, LOGISTIC_SLOPE, UNBOUNDED, VANISHED

_GRADIENT = ("derivative_agrees", "keeps_gradient_alive")

# y within an ulp is off by u (|y| >= 1/2 has ulp u): 2 u in y * y, which rounds once more.
_TANH_SLOPE = Bound("|error| <= 3 u: 1 - y y cancels, and keeps the ulp of y", lambda u: 3 * u)
_TANH_CURVATURE = Bound(
    "|error| <= 9 u: -2 y (1 - y y), with 4 u from the ulp of y, 2 u from y y, 3 u from products",
    lambda u: 9 * u,
)
# Besides, S x rounds once (|z s'(z)| < 1) and three products of at most 1 round.
_SCALED_SLOPE = Bound(
    "|error| <= 7 u A S: 3 u as tanh, and 4 u of the scaling",
    lambda u, amplitude, slope: 7 * u * amplitude * slope,
)
_SCALED_CURVATURE = Bound(
    "|error| <= 13 u A S^2: 9 u as tanh, and 4 u of the scaling",
    lambda u, amplitude, slope: 13 * u * amplitude * slope**2,
)
_SOFTSIGN_SLOPE = Bound(
    "|error| <= 5 u / (1 + |x|): five roundings of numbers of that size",
    lambda x, u: 5 * u / (1 + np.abs(x)),
)
_SOFTSIGN_CURVATURE = Bound(
    "|error| <= 20 u / (1 + |x|)^2: four terms of that size, five roundings each",
    lambda x, u: 20 * u / (1 + np.abs(x)) ** 2,
)


def _overflows(x: Any, largest: float) -> Any:
    return x < -np.log(largest)


@deviates(
    "agrees_with_reference",
    "derivative_agrees",
    where=_overflows,
    at_most=VANISHED,
    because="exp(-x) overflows where s(x) is still a subnormal number, and 1 / inf is 0",
    witness=each(float64=-720.0, float32=-90.0, bfloat16=-89.0),
)
@deviates(
    "second_derivative_agrees",
    where=_overflows,
    at_most=VANISHED,
    because="exp(-x) overflows where s(x) is still a subnormal number, and 1 / inf is 0",
    witness=each(float64=-720.0, float32=-90.0),
)
@deviates(
    *_GRADIENT,
    where=lambda x: x > 0,
    at_most=LOGISTIC_SLOPE,
    because="the derivative is y (1 - y): 1 - y has lost what y had no digits for",
    witness=each(float64=40.0, float32=40.0, bfloat16=40.0, float16=8.5),
)
@deviates(
    "second_derivative_agrees",
    where=lambda x: x > -0.5,
    at_most=LOGISTIC_CURVATURE,
    because="y (1 - y) (1 - 2 y) cancels in the upper tail and around 0",
    witness={"x": 8.5},
)
def sigmoid(x: Any) -> Any:
    return functional.sigmoid(x)


@deviates(
    *_GRADIENT,
    where=lambda x: np.abs(x) > 0.5,
    at_most=_TANH_SLOPE,
    because="the derivative is 1 - y y: y has no digits left for what it differs from 1",
    witness=each(float64=40.0, float32=40.0, bfloat16=40.0, float16=4.6),
)
@deviates(
    "second_derivative_agrees",
    where=lambda x: np.abs(x) > 0.5,
    at_most=_TANH_CURVATURE,
    because="-2 y (1 - y y) inherits the loss of the first derivative",
    witness={"x": 4.6},
)
def tanh(x: Any) -> Any:
    return functional.tanh(x)


@deviates(
    *_GRADIENT,
    where=lambda x, slope: np.abs(slope * x) > 0.5,
    at_most=_SCALED_SLOPE,
    because="the derivative of tanh is 1 - y y: y has no digits left for what it differs from 1",
    witness=each(float64=60.0, float32=60.0, bfloat16=9.0, float16=6.9),
)
@deviates(
    "second_derivative_agrees",
    where=lambda x, slope: np.abs(slope * x) > 0.5,
    at_most=_SCALED_CURVATURE,
    because="-2 y (1 - y y) inherits the loss of the first derivative",
    witness={"x": 6.9},
)
@deviates(
    "second_derivative_agrees",
    where=lambda x, slope, tiny: np.abs(slope * x) < tiny,
    at_most=Bound(
        "|error| <= allowed + (A + 1) S^2 s, s = 2 u tiny the smallest subnormal",
        lambda u, tiny, amplitude, slope, allowed: (
            allowed + (amplitude + 1) * slope**2 * 2 * u * tiny
        ),
    ),
    because="S x is subnormal and off by s / 2, and so are products: 2 A S^2 multiplies that",
    witness={
        "float64": {"x": 1.24e-322, "amplitude": 4.0, "slope": 3.9},
        "float32": {"x": 3.1529215447308384e-43, "amplitude": 4.0, "slope": 3.9},
        "float16": {"x": 2.0**-23, "amplitude": 3.96875, "slope": 3.7421875},
    },
)
def scaled_tanh(x: Any, *, amplitude: float = 1.7159, slope: float = 2 / 3) -> Any:
    return amplitude * functional.tanh(slope * x)


@deviates(
    *_GRADIENT,
    where=lambda x: np.abs(x) > 0.5,
    at_most=_SOFTSIGN_SLOPE,
    because="autograd takes the quotient x / (1 + |x|) apart: 1 / b - |x| / b^2 cancels",
    witness=each(float64=1.0906487245159256e17, float32=11596083.0, bfloat16=172.0),
)
@deviates(
    "derivative_agrees",
    where=lambda x: np.abs(x) > 0.5,
    at_most=_SOFTSIGN_SLOPE,
    because="autograd takes the quotient x / (1 + |x|) apart: 1 / b - |x| / b^2 cancels",
    witness={"x": 109.375},
    dtypes=("float16",),
)
@deviates(
    "second_derivative_agrees",
    where=lambda x: np.abs(x) > 0.5,
    at_most=_SOFTSIGN_CURVATURE,
    because="autograd takes the quotient x / (1 + |x|) apart: -2 / b^2 + 2 |x| / b^3 cancels",
    witness=each(float64=929.3605, float32=183760.609, bfloat16=28.375, float16=42.9375),
)
@deviates(
    "reaches_its_limits",
    where=lambda x: np.abs(x) == np.inf,
    at_most=UNBOUNDED,
    because="inf / (1 + inf) is NaN",
    witness={"x": float("inf")},
)
def softsign(x: Any) -> Any:
    return functional.softsign(x)
