"""Optimizers of optax that average gradients and their squares."""

from __future__ import annotations

from typing import Any

import optax

from backends.binding import deviates
from backends.equations.optimizers.moments import SHOWS_ROUNDED_BETA2
from backends.equations.optimizers.ranges import overflows, underflows
from backends.equations.optimizers.steps import (
    BIAS_CORRECTION,
    CHECKS_NOTHING,
    loses_range,
    rounds_hyper_parameters,
)
from backends.jax.optimizers.bindings import steps
from backends.nonsense import accepts

_STEP = "agrees_with_reference"


@deviates(
    _STEP,
    where=lambda entry: entry == "params",
    at_most=BIAS_CORRECTION,
    because="optax forms 1 - beta^t in float32 (float64 with x64): it cancels in the first steps",
    witness={"taken": 1, "gradient": 1.0, "first_moment": 0.1, "second_moment": 0.001},
    dtypes=("float64", "float32"),
)
@underflows("second_moment")
@overflows(
    "second_moment",
    gradient=300.0,
    because="g^2 or v / (1 - beta2^t) overflows in float16: from gradients of 256 on the second"
    " moment is infinite for good, and the parameter stands still",
)
@accepts(
    "learning_rate=-0.5",
    "beta1=1.0",
    "beta1=-0.5",
    "beta2=1.0",
    "beta2=-0.5",
    "eps=-0.5",
    because=CHECKS_NOTHING,
)
@rounds_hyper_parameters(SHOWS_ROUNDED_BETA2)
@loses_range(
    "rests_at_zero_gradient",
    because="eps = 1e-8 is 0 in float16, and for a tensor of one number so is 1e-7, which XLA"
    " multiplies by 1 - beta1: a zero gradient turns its parameter into NaN",
    witness={"gradient": 0.0},
)
@steps(step="count", first_moment="mu", second_moment="nu")
def adam(
    *,
    learning_rate: float = 1e-3,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-8,
    eps_root: float = 0.0,
) -> Any:
    return optax.adam(learning_rate, beta1, beta2, eps, eps_root)
