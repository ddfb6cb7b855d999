"""Soft rectifiers of jax.nn."""

from __future__ import annotations

from typing import Annotated, Any

import jax
import numpy as np

from backends.binding import Bound, deviates, each
from backends.equations import LOG_SUM_SLOPE, UNBOUNDED
from reference.technique import Between

_GRADIENT = ("derivative_agrees", "keeps_gradient_alive")
_SQUARED = "x * x overflows"


def _far(x: Any, largest: float) -> Any:
    return np.abs(x) >= np.sqrt(largest)


def _near(x: Any, largest: float) -> Any:
    return np.abs(x) < np.sqrt(largest)


def _root(x: Any, b: float) -> Any:
    return np.hypot(x, np.sqrt(b))


@deviates(
    "derivative_agrees",
    where=lambda x: x > 8,
    at_most=LOG_SUM_SLOPE,
    because="the derivative is exp(x - out): out is rounded to half an ulp of |x|",
    witness={"x": 33.379741083439946},
    dtypes=("float64",),
)
@deviates(
    "second_derivative_agrees",
    where=lambda x: x > 2,
    at_most=LOG_SUM_SLOPE,
    because="y' (1 - y') with y' = exp(x - out): 1 - y' keeps the rounding of out",
    witness={"x": 8.5},
)
def softplus(x: Any, *, beta: Annotated[float, Between(1.0, 1.0)] = 1.0) -> Any:
    del beta
    return jax.nn.softplus(x)


@deviates(
    "agrees_with_reference",
    where=lambda x, largest: (x < 0) & _near(x, largest),
    at_most=Bound(
        "|error| <= u r with r = sqrt(x^2 + b): x + r cancels, and keeps the 2 u of r",
        lambda x, u, b: u * _root(x, b),
    ),
    because="(x + r) / 2 cancels for x < 0",
    witness=each(float64=-2644.10564, float32=-133.971054, bfloat16=-34.25, float16=-50.0),
)
@deviates(
    *_GRADIENT,
    where=lambda x, largest: (x < 0) & _near(x, largest),
    at_most=Bound(
        "|error| <= 3 u: 1/2 + x / (2 r) cancels, and keeps the roundings of x / (2 r)",
        lambda u: 3 * u,
    ),
    because="1/2 + x / (2 r) cancels for x < 0",
    witness=each(float64=-(2.0**40), float32=-6624.88134765625, bfloat16=-22.75, float16=-71.3125),
)
@deviates(
    "second_derivative_agrees",
    where=_near,
    at_most=Bound(
        "|error| <= 7 u / r + 4 u tiny r: 1 / (2 r) - x^2 / (2 r^3) cancels; 2 r of subnormal r^-2",
        lambda x, u, tiny, b: 7 * u / _root(x, b) + 4 * u * tiny * _root(x, b),
    ),
    because="1 / (2 r) - x^2 / (2 r^3) cancels on both sides",
    witness=each(float64=-56.4546682, float32=-7444.62939, bfloat16=11.25, float16=50.0),
)
@deviates(
    "agrees_with_reference",
    where=_far,
    at_most=UNBOUNDED,
    because=_SQUARED,
    witness=each(float64=-1e200, float32=-1e20, bfloat16=-1e20, float16=-300.0),
)
@deviates(
    "is_nondecreasing",
    where=lambda before, largest: (before < 0) & _near(before, largest),
    at_most=Bound(
        "|step back| <= 2 u r with r = sqrt(x^2 + b), at x and at the number below",
        lambda before, u, b: 2 * u * _root(before, b),
    ),
    because="(x + r) / 2 cancels for x < 0",
    witness=each(
        float64=-129.82196439287858, float32=-133.24264526367188, bfloat16=-34.0, float16=-65.375
    ),
)
@deviates(
    "is_nondecreasing",
    where=lambda before, largest: before <= -np.sqrt(largest),
    at_most=UNBOUNDED,
    because=_SQUARED,
    witness=each(
        float64=-1.3407807929942596e154,
        float32=-1.8446742974197924e19,
        bfloat16=-1.8374686479671624e19,
        float16=-255.875,
    ),
)
@deviates(
    "derivative_agrees",
    where=lambda x, largest: _far(x, largest) & (np.abs(x) <= largest / 2),
    at_most=Bound("|error| = 1/2: x / r is 0 where r is inf", lambda: 0.5),
    because=_SQUARED,
    witness=each(float64=1e200, float32=1e20, bfloat16=1e20, float16=300.0),
)
@deviates(
    "keeps_gradient_alive",
    where=lambda x, largest: np.abs(x) > largest / 2,
    at_most=UNBOUNDED,
    because="2 x overflows beside x * x, and inf / inf is NaN",
    witness={"x": 60000.0},
    dtypes=("float16",),
)
@deviates(
    "derivative_agrees",
    "second_derivative_agrees",
    where=lambda x, largest: np.abs(x) > largest / 2,
    at_most=UNBOUNDED,
    because="2 x overflows beside x * x, and inf / inf is NaN",
    witness=each(float64=1.7e308, float32=3e38, bfloat16=3e38, float16=60000.0),
)
@deviates(
    "reaches_its_limits",
    where=lambda x: x == -np.inf,
    at_most=UNBOUNDED,
    because="-inf + inf is NaN",
    witness={"x": float("-inf")},
)
def squareplus(x: Any, *, b: float = 4.0) -> Any:
    return jax.nn.squareplus(x, b)
