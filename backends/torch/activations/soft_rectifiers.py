"""Soft rectifiers of torch.nn.functional."""

from __future__ import annotations

from typing import Any

import numpy as np
from torch.nn import functional

from backends.binding import Bound, absent, deviates
from backends.equations import VANISHED

_THRESHOLD = 20.0  # of functional.softplus, which the binding leaves at its default
_DOCUMENTED = "https://docs.pytorch.org/docs/stable/generated/torch.nn.Softplus.html"


def _logistic(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


# b y (1 - y) with y = s(b x): as the slope of the sigmoid, and three products of at most b s(-b x).
_SOFTPLUS_CURVATURE = Bound(
    "|error| <= u b s(b x) (2 + 12 s(-b x)): 1 - y cancels, and keeps the rounding of y",
    lambda x, u, beta: u * beta * _logistic(beta * x) * (2 + 12 * _logistic(-beta * x)),
)


@deviates(
    "agrees_with_reference",
    where=lambda x, beta: beta * x > _THRESHOLD,
    at_most=Bound(
        "|error| = log(1 + exp(-b x)) / b",
        lambda x, beta, allowed: allowed + np.log1p(np.exp(-beta * x)) / beta,
    ),
    because="beyond b x = threshold (20 by default) softplus is x itself",
    witness={"x": 20.5},
    dtypes=("float64",),
    link=_DOCUMENTED,
)
@deviates(
    "agrees_with_reference",
    where=lambda x, beta, tiny: beta * x < np.log(tiny),
    at_most=Bound(
        "|error| <= 2 s / b, s = 2 u tiny the smallest subnormal",
        lambda u, tiny, beta: 2 * (2 * u * tiny) / beta,
    ),
    because="exp(b x) is subnormal, off by s / 2; the vectorized log1p loses s more; b divides",
    witness={
        "float64": {"x": -5795.72, "beta": 0.125},
        "float32": {"x": -788.5913, "beta": 0.125},
    },
    devices=("cpu",),
)
@deviates(
    "derivative_agrees",
    where=lambda x, beta: beta * x > _THRESHOLD,
    at_most=Bound("|error| = s(-b x)", lambda x, beta, allowed: allowed + _logistic(-beta * x)),
    because="beyond b x = threshold (20 by default) the derivative is 1",
    witness={"x": 20.5},
    dtypes=("float64",),
    link=_DOCUMENTED,
)
@deviates(
    "second_derivative_agrees",
    where=lambda x, u, beta: beta * x >= _THRESHOLD * (1 - u),
    at_most=VANISHED,
    because="beyond b x = threshold (20 by default) the second derivative is 0",
    witness={"x": 21.0},
    dtypes=("float64", "float32", "bfloat16"),
    link=_DOCUMENTED,
)
@deviates(
    "has_a_continuous_second_derivative",
    where=lambda x, u, beta: np.abs(beta * x - _THRESHOLD) < _THRESHOLD * 8 * u,
    at_most=Bound(
        "|jump| <= b (exp(-b x) + 2 u)", lambda x, u, beta: beta * (np.exp(-beta * x) + 2 * u)
    ),
    because="at b x = threshold (20 by default) the second derivative falls to 0",
    witness={"x": 20.0},
    dtypes=("float64",),
    link=_DOCUMENTED,
)
@deviates(
    "second_derivative_agrees",
    where=lambda x, beta, largest: beta * x < -np.log(largest),
    at_most=VANISHED,
    because="exp(-b x) overflows where s(b x) is still a subnormal number, and 1 / inf is 0",
    witness={
        "float64": {"x": -720.0},
        "float32": {"x": -90.0},
        "bfloat16": {"x": -11.125, "beta": 8.0},
    },
)
@deviates(
    "second_derivative_agrees",
    where=lambda x: x > 0,
    at_most=_SOFTPLUS_CURVATURE,
    because="the second derivative is b y (1 - y): 1 - y has lost what y had no digits for",
    witness={"x": 8.5},
)
def softplus(x: Any, *, beta: float = 1.0) -> Any:
    return functional.softplus(x, beta)


squareplus = absent("torch has no squareplus; users compose it as (x + sqrt(x * x + b)) / 2")
