"""Logarithms of probabilities of torch.nn.functional."""

from __future__ import annotations

from typing import Any

import numpy as np
from torch.nn import functional

from backends.binding import absent, deviates, each
from backends.equations import LOGISTIC_SLOPE, VANISHED


@deviates(
    "second_derivative_agrees",
    where=lambda x, largest: x < -np.log(largest),
    at_most=VANISHED,
    because="exp(-x) overflows where s(x) is still a subnormal number, and 1 / inf is 0",
    witness=each(float64=-720.0, float32=-90.0),
)
@deviates(
    "second_derivative_agrees",
    where=lambda x: x > 0,
    at_most=LOGISTIC_SLOPE,
    because="the second derivative is (y - 1) y: y has no digits left for what it differs from 1",
    witness={"x": 8.5},
)
def log_sigmoid(x: Any) -> Any:
    return functional.logsigmoid(x)


log1mexp = absent(
    "torch has no log1mexp; users compose it from log(-expm1(-x)) for x < log 2 and "
    "log1p(-exp(-x)) beyond"
)
