"""Exponential units of torch.nn.functional."""

from __future__ import annotations

from typing import Any

import numpy as np
from torch.nn import functional

from backends.binding import Bound, deviates, subgradient


def _single(alpha: float) -> float:
    """By what part rounding to float32 moves a."""
    return abs(float(np.float32(alpha)) / alpha - 1)


def _slid(x: Any, alpha: float, order: int) -> Any:
    """Where a moves by a part d, a^(1 - n) exp(x / a) moves by d (n + |x / a|); 1.01 for d^2."""
    z = np.minimum(x, 0) / alpha
    return 1.01 * _single(alpha) * (order + np.abs(z)) * np.exp(z) * alpha ** (1 - order)


@subgradient("left")
def elu(x: Any, *, alpha: float = 1.0) -> Any:
    return functional.elu(x, alpha)


@deviates(
    "derivative_agrees",
    where=lambda x: x <= 0,
    at_most=Bound(
        "|error| <= |fl32(a) / a - 1| (1 + |x / a|) exp(x / a)",
        lambda x, alpha, allowed: allowed + _slid(x, alpha, 1),
    ),
    because="the backward pass rounds alpha to single precision, also in float64",
    witness={"x": -1.0, "alpha": 0.3},
    dtypes=("float64",),
)
@deviates(
    "second_derivative_agrees",
    "has_a_continuous_second_derivative",
    where=lambda x: x <= 0,
    at_most=Bound(
        "|error| <= |fl32(a) / a - 1| (2 + |x / a|) exp(x / a) / a",
        lambda x, alpha, allowed: allowed + _slid(x, alpha, 2),
    ),
    because="the backward pass rounds alpha to single precision, also in float64",
    witness={"x": -1.0, "alpha": 0.3},
    dtypes=("float64",),
)
@deviates(
    "is_lipschitz",
    where=lambda x: x <= 0,
    at_most=Bound(
        "|error| <= |fl32(a) / a - 1| (1 + |x / a|) exp(x / a)",
        lambda x, alpha, allowed: allowed + _slid(x, alpha, 1),
    ),
    because="the backward pass rounds alpha to single precision: the slope at 0 is a / fl32(a)",
    witness={"x": 0.0, "alpha": 0.1552322265091855},
    dtypes=("float64",),
)
def celu(x: Any, *, alpha: float = 1.0) -> Any:
    return functional.celu(x, alpha)


@subgradient("left")
def selu(x: Any) -> Any:
    return functional.selu(x)
