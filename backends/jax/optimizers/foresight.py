"""Adaptive optimizers that look ahead: optax."""

from __future__ import annotations

from typing import Annotated, Any

import optax

from backends.equations.optimizers.foresight import POWERS, THREE_POWERS
from backends.equations.optimizers.moments import (
    OPTAX_CANCELS,
    SHOWS_ROUNDED_BETA2,
    checks_nothing,
    corrects_by_difference,
)
from backends.equations.optimizers.ranges import loses_eps, overflows, underflows
from backends.equations.optimizers.steps import rounds_hyper_parameters
from backends.jax.optimizers.bindings import steps
from reference.technique import OneOf


@corrects_by_difference(OPTAX_CANCELS, "float64", "float32", bound=POWERS, second_moment=0.001)
@checks_nothing("learning_rate", "beta1", "beta2", "eps")
@rounds_hyper_parameters(SHOWS_ROUNDED_BETA2)
@underflows("second_moment")
@overflows(
    "second_moment",
    gradient=300.0,
    because="g^2 or v / (1 - beta2^t) overflows in float16: from gradients of 256 on the second"
    " moment is infinite for good, and the parameter stands still",
)
@loses_eps("stands_still_at_zero_gradient")
@steps(step="count", first_moment="mu", second_moment="nu")
def nadam(
    *,
    learning_rate: float = 2e-3,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-8,
    eps_root: float = 0.0,
    momentum_decay: Annotated[float, OneOf((4e-3,))] = 4e-3,
    momentum: Annotated[str, OneOf(("constant",))] = "constant",
) -> Any:
    del momentum_decay, momentum  # optax's momentum is beta1 from the beginning
    return optax.nadam(learning_rate, beta1, beta2, eps, eps_root)


@corrects_by_difference(
    OPTAX_CANCELS,
    "float64",
    "float32",
    bound=THREE_POWERS,
    difference_moment=0.1,
    second_moment=0.01,
    previous_gradient=1.0,
    beta3=0.9999,
)
@checks_nothing("learning_rate", "beta1", "beta2", "beta3", "eps", "weight_decay")
@rounds_hyper_parameters(
    {
        "taken": 2,
        "gradient": 1.0,
        "first_moment": 1.0,
        "difference_moment": 0.0,
        "second_moment": 1.0,
        "previous_gradient": 1.0,
        "beta3": 0.9999,
    }
)
@underflows("difference_moment", "second_moment", "previous_gradient")
@overflows(
    "difference_moment",
    "second_moment",
    "previous_gradient",
    gradient=300.0,
    because="squares overflow in float16: from gradients of 256 on the second moment is infinite"
    " for good, and but for decay the parameter stands still",
)
@loses_eps()
@steps(
    step="t",
    first_moment="m",
    difference_moment="v",
    second_moment="n",
    previous_gradient="g",
)
def adan(
    *,
    learning_rate: float = 1e-3,
    beta1: float = 0.98,
    beta2: float = 0.92,
    beta3: float = 0.99,
    eps: float = 1e-8,
    eps_root: float = 1e-8,
    weight_decay: float = 0.0,
    difference_weight: Annotated[str, OneOf(("1 - beta2",))] = "1 - beta2",
    decay: Annotated[str, OneOf(("linear",))] = "linear",
) -> Any:
    del difference_weight, decay  # optax carries on 1 - beta2 of a change, and decays linearly
    return optax.adan(learning_rate, beta1, beta2, beta3, eps, eps_root, weight_decay)
