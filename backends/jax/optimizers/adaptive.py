"""Optimizers of optax that scale every element of the gradient by its own history."""

from __future__ import annotations

from typing import Annotated, Any

import optax

from backends.binding import deviates
from backends.equations.optimizers.adaptive import NO_STEP, squares_vanish
from backends.equations.optimizers.steps import CHECKS_NOTHING, loses_range, rounds_hyper_parameters
from backends.jax.optimizers.bindings import steps
from backends.nonsense import accepts
from reference.technique import OneOf

_STEP = "agrees_with_reference"
_FIRST = "takes_a_first_step_of_known_length"
_STILL = "optax does not move where the sum is 0, as it is after the square of a small gradient"


@deviates(
    _STEP,
    where=squares_vanish,
    at_most=NO_STEP,
    because=_STILL,
    witness={
        "float32": {"gradient": 1e-25, "square_sum": 0.0},
        "bfloat16": {"gradient": 1e-25, "square_sum": 0.0},
        "float16": {"gradient": 1e-4, "square_sum": 0.0},
    },
)
@deviates(
    _FIRST,
    where=squares_vanish,
    at_most=NO_STEP,
    because=_STILL,
    witness={"gradient": 1e-4, "initial_accumulator": 0.0},
    dtypes=("float16",),
)
@loses_range(
    _STEP,
    _FIRST,
    because="squares of small gradients, and eps, are multiples of 6e-8 in float16",
    witness={"gradient": 3.8e-4, "square_sum": 0.0, "initial_accumulator": 0.0, "eps": 1e-10},
)
@loses_range(
    _STEP,
    _FIRST,
    because="squares of gradients from 256 on are infinite in float16: the parameter stands still",
    witness={"gradient": 300.0, "square_sum": 0.0},
)
@accepts("learning_rate=-0.5", "eps=-0.5", "weight_decay=-0.5", because=CHECKS_NOTHING)
@steps(square_sum="sum_of_squares")
def adagrad(
    *,
    learning_rate: float = 1e-2,
    initial_accumulator: float = 0.1,
    eps: float = 1e-7,
    weight_decay: float = 0.0,
    eps_in_root: Annotated[bool, OneOf((True,))] = True,
) -> Any:
    del eps_in_root  # optax adds eps under the root
    scaled = optax.adagrad(learning_rate, initial_accumulator, eps)
    return optax.chain(optax.add_decayed_weights(weight_decay), scaled)


@accepts(
    "learning_rate=-0.5", "decay=1.0", "decay=-0.5", "eps=-0.5", "weight_decay=-0.5",
    because=CHECKS_NOTHING,
)  # fmt: skip
@loses_range(
    _STEP,
    _FIRST,
    because="eps and the update average are multiples of 6e-8 in float16, or 0",
    witness={"gradient": 1.0, "square_average": 0.0, "update_average": 0.0, "eps": 1e-8},
)
@loses_range(
    _STEP,
    _FIRST,
    because="squares of gradients from 256 on are infinite in float16: the parameter stands still",
    witness={"gradient": 300.0, "square_average": 0.0, "update_average": 0.0},
)
@loses_range(
    "rests_at_zero_gradient",
    because="an eps of 1e-8 is 0 in float16: a zero gradient turns its parameter into NaN",
    witness={"gradient": 0.0, "eps": 1e-8},
)
@rounds_hyper_parameters(
    {
        name: {"gradient": 1.0, "square_average": 0.0, "update_average": 0.0, "decay": 0.9985}
        for name in ("bfloat16", "float16")
    }
)
@steps(square_average="e_g", update_average="e_x")
def adadelta(
    *,
    learning_rate: float = 1.0,
    decay: float = 0.9,
    eps: float = 1e-6,
    weight_decay: float = 0.0,
) -> Any:
    return optax.adadelta(learning_rate, decay, eps, weight_decay)
