"""Hard activations of torch.nn.functional."""

from __future__ import annotations

from typing import Any

import numpy as np
from torch.nn import functional

from backends.binding import Bound, absent, deviates, subgradient
from backends.equations import UNBOUNDED

_SINGLE_SIXTH = Bound(
    "|error| = |fl32(1/6) - 1/6| = 5.0e-9",
    lambda: abs(float(np.float32(1 / 6)) - 1 / 6) * (1 + 2.0**-20),
)


@subgradient("lower")
def relu6(x: Any) -> Any:
    return functional.relu6(x)


@subgradient("lower")
def hard_tanh(x: Any, *, low: float = -1.0, high: float = 1.0) -> Any:
    return functional.hardtanh(x, min_val=low, max_val=high)


@deviates(
    "derivative_agrees",
    "is_lipschitz",
    where=lambda x: np.abs(x) < 3,
    at_most=_SINGLE_SIXTH,
    because="the backward kernel's constant 1/6 is single precision, also in float64",
    witness={"x": 0.0},
    dtypes=("float64",),
)
@subgradient("lower")
def hard_sigmoid(x: Any) -> Any:
    return functional.hardsigmoid(x)


@deviates(
    "agrees_with_reference",
    where=lambda x, largest: x > largest / 6,
    at_most=UNBOUNDED,
    because="x * min(max(0, x + 3), 6) / 6 is divided last, and 6 x overflows",
    witness={"float64": {"x": 4e307}, "float32": {"x": 8e37}, "bfloat16": {"x": 8e37}},
)
@deviates(
    "reaches_its_limits",
    where=lambda x: x == -np.inf,
    at_most=UNBOUNDED,
    because="at -inf the gate is 0, and -inf * 0 is NaN",
    witness={"x": float("-inf")},
)
@subgradient("outer")
def hard_swish(x: Any) -> Any:
    return functional.hardswish(x)


sparse_plus = absent(
    "torch has no sparse plus; its users write "
    "torch.where(x >= 1, x, torch.square(torch.clamp(x + 1, 0, 2)) / 4)"
)
sparse_sigmoid = absent("torch has no sparse sigmoid; its users write torch.clamp(x + 1, 0, 2) / 2")
