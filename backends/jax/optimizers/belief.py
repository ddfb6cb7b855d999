"""Kin of Adam with another second moment: optax."""

from __future__ import annotations

from typing import Annotated, Any

import optax

from backends.equations.optimizers.moments import (
    OPTAX_CANCELS,
    SHOWS_ROUNDED_BETA1,
    checks_nothing,
    corrects_by_difference,
    divides_once,
)
from backends.equations.optimizers.ranges import overflows
from backends.equations.optimizers.steps import loses_range, rounds_hyper_parameters
from backends.jax.optimizers.bindings import steps
from reference.technique import OneOf

_STEP = "agrees_with_reference"
_FIRST = "takes_a_first_step_of_known_length"


@corrects_by_difference(OPTAX_CANCELS, "float64", "float32", second_moment=0.001)
@checks_nothing("learning_rate", "beta1", "beta2", "eps")
@rounds_hyper_parameters(SHOWS_ROUNDED_BETA1)
@loses_range(
    _STEP,
    _FIRST,
    because="float16 moments underflow below gradients of 1e-3, and both eps of 1e-16 are 0 in"
    " float16",
    witness={"gradient": 1e-4, "first_moment": 0.0, "second_moment": 0.0},
)
@overflows(
    "second_moment",
    gradient=400.0,
    because="(g - m)^2 or v / (1 - beta2^t) overflows in float16: the second moment is infinite"
    " for good, and the parameter stands still",
)
@divides_once("stands_still_at_zero_gradient")
@loses_range(
    "stands_still_at_zero_gradient",
    because="both eps of 1e-16 are 0 in float16: a zero gradient turns its parameter into NaN",
    witness={"gradient": 0.0},
)
@steps(step="count", first_moment="mu", second_moment="nu")
def adabelief(
    *,
    learning_rate: float = 1e-3,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-16,
    eps_root: float = 1e-16,
) -> Any:
    return optax.adabelief(learning_rate, beta1, beta2, eps, eps_root)


@corrects_by_difference(OPTAX_CANCELS, "float64", "float32", second_moment=0.001)
@checks_nothing("learning_rate", "beta1", "beta2", "eps")
@rounds_hyper_parameters(SHOWS_ROUNDED_BETA1)
@loses_range(
    because="float16 moments underflow below gradients of 1e-3",
    witness={"gradient": 1e-4, "first_moment": 0.0, "second_moment": 0.0},
)
@loses_range(
    because="g^2 or v / (1 - beta2^t) overflows in float16: the second moment is infinite or NaN"
    " for good",
    witness={"gradient": 300.0, "first_moment": 0.0, "second_moment": 1e-6},
)
@steps(step="count", first_moment="mu", second_moment="nu")
def yogi(
    *,
    learning_rate: float = 1e-2,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-3,
    initial_first_moment: Annotated[float, OneOf((1e-6,))] = 1e-6,
    initial_second_moment: Annotated[float, OneOf((1e-6,))] = 1e-6,
    correction: Annotated[str, OneOf(("both",))] = "both",
) -> Any:
    del initial_first_moment, initial_second_moment, correction  # as written in optax.yogi
    return optax.yogi(learning_rate, beta1, beta2, eps)
