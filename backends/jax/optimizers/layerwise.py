"""Layer-wise optimizers of optax."""

from __future__ import annotations

from typing import Annotated, Any

import optax

from backends.binding import deviates
from backends.equations.optimizers.layerwise import LAYER_CORRECTION, TURNED, loses_range
from backends.equations.optimizers.moments import SHOWS_ROUNDED_BETA2
from backends.equations.optimizers.steps import CHECKS_NOTHING, rounds_hyper_parameters
from backends.jax.optimizers.bindings import steps
from backends.nonsense import accepts
from reference.technique import OneOf

_STEP = "agrees_with_reference"
_RESTS = "rests_at_zero_gradient"


@loses_range(
    _STEP,
    because="the squares of a small gradient are 0, and so is its norm: the ratio is then 1, and"
    " the tensor moves by the rate times its gradient",
    witness={
        "float32": {"gradient": 1e-22, "parameter": 1.0},
        "bfloat16": {"gradient": 1e-22, "parameter": 1.0},
        "float16": {"gradient": 1e-4, "parameter": 1.0},
    },
)
@loses_range(
    _STEP,
    because="squares overflow in float16, from numbers of 256 on: the norm is infinite, the ratio"
    " 0 or infinite",
    witness={"gradient": 1e4, "parameter": 1.0},
)
@accepts(
    "learning_rate=-0.5",
    "momentum=1.0",
    "momentum=-0.5",
    "weight_decay=-0.5",
    "trust_coefficient=-0.5",
    "eps=-0.5",
    because=CHECKS_NOTHING,
)
@steps(velocity="trace")
def lars(
    *,
    learning_rate: float = 0.1,
    momentum: float = 0.9,
    weight_decay: float = 0.0,
    trust_coefficient: float = 1e-3,
    eps: float = 0.0,
    nesterov: bool = False,
    trust_norm: Annotated[str, OneOf(("norm_of_sum",))] = "norm_of_sum",
) -> Any:
    del trust_norm  # optax takes the norm once decay is added
    return optax.lars(
        learning_rate,
        weight_decay=weight_decay,
        trust_coefficient=trust_coefficient,
        eps=eps,
        momentum=momentum,
        nesterov=nesterov,
    )


@deviates(
    _STEP,
    where=lambda entry: entry == "params",
    at_most=LAYER_CORRECTION,
    because="optax forms 1 - beta^t in float32 (float64 with x64): it cancels in the first steps,"
    " which the ratio hides only where parameters are not 0",
    witness={
        "float64": {"taken": 1, "gradient": 1.0, "first_moment": 0.1, "second_moment": 0.001},
        "float32": {
            "taken": 2,
            "gradient": 1.0,
            "first_moment": 0.1,
            "second_moment": 0.001,
            "beta2": 0.9998931884765625,
        },
    },
)
@loses_range(
    _STEP,
    because="float16 moments underflow below gradients of 1e-3, squares of weights below 1e-4",
    witness={"gradient": 1e-4, "first_moment": 0.0, "second_moment": 0.0},
    at_most=TURNED,
)
@loses_range(
    _STEP,
    because="squares overflow in float16, of gradients and of weights of 256 and more",
    witness={"gradient": 300.0, "first_moment": 0.0, "second_moment": 0.0, "parameter": 1.0},
)
@rounds_hyper_parameters(SHOWS_ROUNDED_BETA2)
@accepts(
    "learning_rate=-0.5",
    "beta1=1.0",
    "beta1=-0.5",
    "beta2=1.0",
    "beta2=-0.5",
    "eps=-0.5",
    "weight_decay=-0.5",
    because=CHECKS_NOTHING,
)
@steps(step="count", first_moment="mu", second_moment="nu")
def lamb(
    *,
    learning_rate: float = 1e-3,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-6,
    eps_root: float = 0.0,
    weight_decay: float = 0.0,
) -> Any:
    return optax.lamb(learning_rate, beta1, beta2, eps, eps_root, weight_decay)


@loses_range(
    _STEP,
    because="squares overflow in float16, from numbers of 256 on: the norm is infinite, the ratio"
    " 0 or infinite",
    witness={"gradient": 1e4, "parameter": 1.0, "learning_rate": 0.5},
)
@loses_range(
    _STEP,
    _RESTS,
    because="min_norm = 1e-6 is 0 in float16, and so are the squares of numbers below 1e-4: a"
    " gradient of zeros turns its tensor into NaN",
    witness={"gradient": 0.0, "parameter": 0.027},
)
@accepts("learning_rate=-0.5", "smallest_norm=-0.5", because=CHECKS_NOTHING)
@steps()
def fromage(*, learning_rate: float = 1e-2, smallest_norm: float = 1e-6) -> Any:
    return optax.fromage(learning_rate, smallest_norm)
