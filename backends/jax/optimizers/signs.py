"""Optimizers that follow signs, of optax."""

from __future__ import annotations

from typing import Any

import optax

from backends.equations.optimizers.moments import checks_nothing
from backends.equations.optimizers.steps import loses_range, rounds_hyper_parameters
from backends.jax.optimizers.bindings import steps


@checks_nothing("learning_rate")
@steps()
def sign_sgd(*, learning_rate: float = 1e-3) -> Any:
    return optax.sign_sgd(learning_rate)


@checks_nothing("learning_rate", "beta")
@rounds_hyper_parameters({"gradient": 1.0, "first_moment": 0.0, "beta": 0.99})
@loses_range(
    "agrees_with_reference",
    "takes_a_first_step_of_known_length",
    because="(1 - beta) g underflows in float16, and a parameter stands still",
    witness={"gradient": 1e-7, "first_moment": 0.0},
)
@steps(first_moment="ema")
def signum(*, learning_rate: float = 1e-3, beta: float = 0.9) -> Any:
    return optax.signum(learning_rate, beta)
