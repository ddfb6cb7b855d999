"""Optimizers of optax with decoupled weight decay."""

from __future__ import annotations

from typing import Any

import optax

from backends.equations.optimizers.moments import (
    DECOUPLED_CORRECTION,
    OPTAX_CANCELS,
    SHOWS_ROUNDED_BETA2,
    checks_nothing,
    corrects_by_difference,
    divides_once,
)
from backends.equations.optimizers.ranges import loses_eps, overflows, underflows
from backends.equations.optimizers.steps import loses_range, rounds_hyper_parameters
from backends.jax.optimizers.bindings import steps

_STEP = "agrees_with_reference"
_FIRST = "takes_a_first_step_of_known_length"


@corrects_by_difference(
    OPTAX_CANCELS, "float64", "float32", bound=DECOUPLED_CORRECTION, second_moment=0.001
)
@checks_nothing("learning_rate", "beta1", "beta2", "eps", "weight_decay")
@rounds_hyper_parameters(SHOWS_ROUNDED_BETA2)
@underflows("second_moment")
@overflows(
    "second_moment",
    gradient=300.0,
    because="g^2 or v / (1 - beta2^t) overflows in float16: from gradients of 256 on the second"
    " moment is infinite for good, and but for decay the parameter stands still",
)
@divides_once("rests_at_zero_gradient")
@loses_eps()
@steps(step="count", first_moment="mu", second_moment="nu")
def adamw(
    *,
    learning_rate: float = 1e-3,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-8,
    eps_root: float = 0.0,
    weight_decay: float = 1e-4,
) -> Any:
    return optax.adamw(learning_rate, beta1, beta2, eps, eps_root, weight_decay=weight_decay)


@checks_nothing("learning_rate", "beta1", "beta2", "weight_decay")
@rounds_hyper_parameters({"taken": 2, "gradient": 1.0, "first_moment": 0.0, "beta2": 0.99})
@loses_range(
    _STEP,
    _FIRST,
    because="(1 - beta) g underflows in float16, and a parameter stands still or a moment is lost",
    witness={"gradient": 1e-7, "first_moment": 0.0},
)
@steps(step="count", first_moment="mu")
def lion(
    *,
    learning_rate: float = 1e-4,
    beta1: float = 0.9,
    beta2: float = 0.99,
    weight_decay: float = 1e-3,
) -> Any:
    return optax.lion(learning_rate, beta1, beta2, weight_decay=weight_decay)
