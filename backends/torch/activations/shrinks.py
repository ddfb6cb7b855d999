"""Shrinkage of torch.nn.functional."""

from __future__ import annotations

from typing import Any

import numpy as np
from torch.nn import functional

from backends.binding import Bound, deviates, subgradient
from backends.equations import DEAD, LOST

# In all three, t = tanh(x) is one ulp off, at most 2 u |t| or, where 1/2 <= |t| < 1, u.
_DIFFERENCE = Bound(
    "|error| <= 2 u |tanh(x)|: the difference keeps the one ulp of tanh(x)",
    lambda x, u: 2 * u * np.abs(np.tanh(x)),
)
_STEP = Bound(
    "|step back| <= 4 u |tanh(x)|: two such differences",
    lambda x, u: 4 * u * np.abs(np.tanh(x)),
)
_SLOPE = Bound(
    "|error| <= u/2 + 5 u tanh(x)^2: 1 - t^2 rounds next to 1; t^2 has twice t's 2 u and its own u",
    lambda x, u: u / 2 + 5 * u * np.tanh(x) ** 2,
)
_CURVATURE = Bound(
    "|error| <= 5 u: in 2 t (1 - t^2), t^2 has twice t's u and its own u/2, and 1 - t^2 cancels",
    lambda u: 5 * u,
)


@subgradient("left")
def threshold(x: Any, *, threshold: float, value: float) -> Any:
    return functional.threshold(x, threshold, value)


@deviates(
    "keeps_signed_zero",
    where=lambda x: (x == 0) & np.signbit(x),
    at_most=LOST,
    because="the vectorized kernel makes its zero by masks, +0; its scalar tail keeps -0 as x * 0",
    witness={"x": -0.0},
    devices=("cpu",),
)
@subgradient("lower")
def soft_shrink(x: Any, *, threshold: float = 0.5) -> Any:
    return functional.softshrink(x, threshold)


@deviates(
    "keeps_signed_zero",
    where=lambda x: (x == 0) & np.signbit(x),
    at_most=LOST,
    because="small inputs are replaced by the constant +0, and not multiplied by 0",
    witness={"x": -0.0},
)
@subgradient("lower")
def hard_shrink(x: Any, *, threshold: float = 0.5) -> Any:
    return functional.hardshrink(x, threshold)


@deviates(
    "agrees_with_reference",
    where=lambda x: np.abs(x) < 1,
    at_most=_DIFFERENCE,
    because="x - tanh(x) cancels near 0, where it is x^3 / 3",
    witness={"x": 0.0625},
)
@deviates(
    "derivative_agrees",
    where=lambda x: np.abs(x) < 0.5,
    at_most=_SLOPE,
    because="the derivative is formed as 1 - (1 - tanh(x)^2), which cancels near 0",
    witness={"x": 0.0078125},
)
@deviates(
    "second_derivative_agrees",
    where=lambda x: np.abs(x) > 1,
    at_most=_CURVATURE,
    because="the second derivative is formed as 2 t (1 - t^2), which cancels where t nears 1",
    witness={"x": 6.0},
)
@deviates(
    "keeps_gradient_alive",
    where=lambda x, u: x * x <= u,
    at_most=DEAD,
    because="1 - tanh(x)^2 rounds to 1 up to tanh(x)^2 = u / 2, and the derivative to 0",
    witness={
        "float64": {"x": 2.0**-30},
        "float32": {"x": 2.0**-30},
        "bfloat16": {"x": 0.0125},
        "float16": {"x": 0.0125},
    },
)
@deviates(
    "is_nondecreasing",
    where=lambda x: np.abs(x) < 1,
    at_most=_STEP,
    because="where tanh(x) steps up by an ulp and x by less, the difference steps down",
    witness={"x": -0.06256103515625},
    dtypes=("float16",),
)
@deviates(
    "keeps_signed_zero",
    where=lambda x: (x == 0) & np.signbit(x),
    at_most=LOST,
    because="the difference -0 - (-0) is +0",
    witness={"x": -0.0},
)
def tanh_shrink(x: Any) -> Any:
    return functional.tanhshrink(x)
