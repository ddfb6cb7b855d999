"""Optimistic optimizers of optax."""

from __future__ import annotations

from typing import Any

import optax

from backends.binding import deviates
from backends.equations.optimizers.moments import OPTAX_CANCELS, SHOWS_ROUNDED_BETA1, checks_nothing
from backends.equations.optimizers.optimism import OPTIMISTIC_CORRECTION
from backends.equations.optimizers.ranges import loses_eps, overflows, underflows
from backends.equations.optimizers.steps import rounds_hyper_parameters
from backends.jax.optimizers.bindings import steps

_STEP = "agrees_with_reference"


@checks_nothing("learning_rate")
@steps(step="is_initial_step", previous="previous_gradient")
def optimistic_gradient_descent(
    *, learning_rate: float = 1e-3, alpha: float = 1.0, beta: float = 1.0
) -> Any:
    return optax.optimistic_gradient_descent(learning_rate, alpha, beta)


@deviates(
    _STEP,
    where=lambda entry: entry in ("params", "previous"),
    at_most=OPTIMISTIC_CORRECTION,
    because=OPTAX_CANCELS,
    witness={
        "taken": 1,
        "gradient": 1.0,
        "first_moment": 0.1,
        "second_moment": 0.001,
        "previous": 0.0,
    },
    dtypes=("float64", "float32"),
)
@checks_nothing("learning_rate", "beta1", "beta2", "eps")
@rounds_hyper_parameters(SHOWS_ROUNDED_BETA1)
@underflows("second_moment", "previous")
@overflows(
    "second_moment",
    "previous",
    gradient=300.0,
    because="g^2 or v / (1 - beta2^t) overflows in float16: the second moment is infinite for good,"
    " and the parameter stands still",
)
@loses_eps()
@steps(step="count", first_moment="mu", second_moment="nu", previous="previous_gradient")
def optimistic_adam(
    *,
    learning_rate: float = 1e-3,
    alpha: float = 1.0,
    beta: float = 1.0,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-8,
    eps_root: float = 0.0,
) -> Any:
    return optax.optimistic_adam_v2(
        learning_rate,
        alpha=alpha,
        beta=beta,
        b1=beta1,
        b2=beta2,
        eps=eps,
        eps_root=eps_root,
        nesterov=False,
    )
