"""Exponential units of jax.nn."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np

from backends.binding import Bound, deviates, each, subgradient
from backends.equations import LOST

_GRADIENT = ("derivative_agrees", "keeps_gradient_alive")
_TAIL = each(float64=-50.0, float32=-50.0, bfloat16=-20.0, float16=-8.4)
_EXPM1 = "the derivative of expm1 is taken as expm1(x) + 1, which cancels in the tail"

# Next to -1 expm1(x) is off by an ulp at most, which is u there; a product of less rounds as well.
_ELU = Bound(
    "|error| <= 2 u a: expm1(x) + 1 keeps the ulp of expm1", lambda u, alpha: 2 * u * alpha
)
_CELU_SLOPE = Bound("|error| <= 2 u: expm1(x / a) + 1 keeps the ulp of expm1", lambda u: 2 * u)
_CELU_CURVATURE = Bound(
    "|error| <= 2 u / a: expm1(x / a) + 1 keeps the ulp of expm1", lambda u, alpha: 2 * u / alpha
)
_SELU = Bound("|error| <= 2 u l a = 3.52 u: as elu", lambda u: 2 * 1.7580993408473766 * u)


@deviates(
    *_GRADIENT,
    where=lambda x: x < -2,
    at_most=_ELU,
    because=_EXPM1,
    witness=_TAIL,
)
@deviates(
    "second_derivative_agrees",
    where=lambda x: x < -2,
    at_most=_ELU,
    because=_EXPM1,
    witness=_TAIL,
)
@deviates(
    "agrees_with_reference",
    where=lambda x, tiny: (x < 0) & (x > -tiny),
    at_most=Bound(
        "|error| <= (33/32 a + 1/2) s, s = 2 u tiny the smallest subnormal",
        lambda u, tiny, alpha: (33 / 32 * alpha + 0.5) * 2 * u * tiny,
    ),
    because="XLA's expm1 halves its argument, which costs s, and has no digits for "
    "x^2 / 2 < s / 32; the product with a rounds",
    witness={"x": -7.748603820800781e-07, "alpha": 3.541015625},
    dtypes=("float16",),
)
@subgradient("left")
def elu(x: Any, *, alpha: float = 1.0) -> Any:
    return jax.nn.elu(x, alpha)


@deviates(
    *_GRADIENT,
    where=lambda x, alpha: x < -2 * alpha,
    at_most=_CELU_SLOPE,
    because=_EXPM1,
    witness=_TAIL,
)
@deviates(
    "second_derivative_agrees",
    where=lambda x, alpha: x < -2 * alpha,
    at_most=_CELU_CURVATURE,
    because=_EXPM1,
    witness=_TAIL,
)
@deviates(
    "agrees_with_reference",
    where=lambda x, tiny, alpha: np.abs(x) < tiny * alpha,
    at_most=Bound("|error| <= a tiny", lambda tiny, alpha: alpha * tiny),
    because="x / a is flushed to zero where it is subnormal, though x may not be",
    witness={
        "float64": {"x": -8e-308, "alpha": 4.0},
        "float32": {"x": -4.5e-38, "alpha": 4.0},
        "bfloat16": {"x": -4.5e-38, "alpha": 4.0},
    },
    devices=("cpu",),
)
@deviates(
    "agrees_with_reference",
    where=lambda x, tiny, alpha: np.abs(x) < tiny * alpha,
    at_most=Bound(
        "|error| <= (65/32 a + 1/2) s, s = 2 u tiny the smallest subnormal",
        lambda u, tiny, alpha: (65 / 32 * alpha + 0.5) * 2 * u * tiny,
    ),
    because="x / a is formed as x (1 / a) and subnormal, off by s (u |x / a| and s / 2); expm1 "
    "halves it, which costs s, and has no digits for a square < s / 32; the product with a rounds",
    witness={"x": -6.5565e-07, "alpha": 4.0},
    dtypes=("float16",),
)
@deviates(
    "keeps_signed_zero",
    where=lambda x: (x == 0) & np.signbit(x),
    at_most=LOST,
    because="max(x, 0) + a expm1(min(x, 0) / a) is 0 + -0 = +0",
    witness={"x": -0.0},
)
def celu(x: Any, *, alpha: float = 1.0) -> Any:
    return jax.nn.celu(x, alpha)


@deviates(
    "derivative_agrees",
    "keeps_gradient_alive",
    "second_derivative_agrees",
    where=lambda x: x < -2,
    at_most=_SELU,
    because=_EXPM1,
    witness=_TAIL,
)
@subgradient("left")
def selu(x: Any) -> Any:
    return jax.nn.selu(x)
