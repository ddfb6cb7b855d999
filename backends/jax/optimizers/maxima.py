"""Optimizers of optax that remember how large gradients have been."""

from __future__ import annotations

from typing import Annotated, Any

import optax

from backends.binding import deviates
from backends.equations.optimizers.moments import (
    LARGEST_CORRECTED,
    LARGEST_CORRECTED_IN_A_RUN,
    OPTAX_CANCELS,
    checks_nothing,
    corrects_by_difference,
    divides_once,
)
from backends.equations.optimizers.ranges import loses_eps, overflows, underflows
from backends.equations.optimizers.steps import rounds_hyper_parameters
from backends.jax.optimizers.bindings import steps
from reference.technique import OneOf

_STEP = "agrees_with_reference"


@corrects_by_difference(
    OPTAX_CANCELS, "float64", "float32", second_moment=0.001, largest_second_moment=0.0
)
@deviates(
    _STEP,
    where=lambda entry, correction: entry == "largest_second_moment" and correction == "before",
    at_most=LARGEST_CORRECTED,
    because=OPTAX_CANCELS,
    witness={
        "taken": 1,
        "gradient": 1.0,
        "first_moment": 0.1,
        "second_moment": 0.001,
        "largest_second_moment": 0.0,
    },
    dtypes=("float64", "float32"),
)
@deviates(
    "trajectories_agree",
    where=lambda entry, correction: (
        entry in ("params", "largest_second_moment") and correction == "before"
    ),
    at_most=LARGEST_CORRECTED_IN_A_RUN,
    because=OPTAX_CANCELS,
    witness={"seed": 0, "beta2": 0.9998999834060669},
    dtypes=("float64", "float32"),
)
@checks_nothing("learning_rate", "beta1", "beta2", "eps")
@rounds_hyper_parameters(
    {
        "bfloat16": {"taken": 2, "gradient": 1.0, "first_moment": 0.1, "second_moment": 0.1},
        "float16": {
            "taken": 256,
            "gradient": 3.57,
            "first_moment": -0.154,
            "second_moment": 0.00239,
            "largest_second_moment": 0.0,
        },
    }
)
@underflows("second_moment", "largest_second_moment")
@overflows(
    "second_moment",
    "largest_second_moment",
    gradient=300.0,
    because="g^2 or v / (1 - beta2^t) overflows in float16: its maximum is infinite for good, and"
    " the parameter stands still",
)
@divides_once("rests_at_zero_gradient")
@loses_eps()
@steps(step="count", first_moment="mu", second_moment="nu", largest_second_moment="nu_max")
def amsgrad(
    *,
    learning_rate: float = 1e-3,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-8,
    eps_root: float = 0.0,
    correction: Annotated[str, OneOf(("before", "never"))] = "before",
) -> Any:
    corrected = correction == "before"
    return optax.amsgrad(
        learning_rate,
        beta1,
        beta2,
        eps,
        eps_root,
        bias_correction_mu=corrected,
        bias_correction_nu=corrected,
    )


@checks_nothing("learning_rate", "beta1", "beta2", "eps")
@rounds_hyper_parameters(
    {"taken": 2, "gradient": 1.0, "first_moment": 0.0, "infinity_norm": 1.0, "beta1": 0.99}
)
@underflows("infinity_norm", gradient=1e-6)
@divides_once("stands_still_at_zero_gradient")
@loses_eps("stands_still_at_zero_gradient")
@steps(step="count", first_moment="mu", infinity_norm="nu")
def adamax(
    *, learning_rate: float = 2e-3, beta1: float = 0.9, beta2: float = 0.999, eps: float = 1e-8
) -> Any:
    return optax.adamax(learning_rate, beta1, beta2, eps)
