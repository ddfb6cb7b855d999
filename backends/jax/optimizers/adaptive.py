"""Optimizers of optax that scale every element of the gradient by its own history."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
import optax

from backends.adaptive_bounds import (
    ADRIFT,
    LATE,
    LATE_FIRST,
    LATE_JOURNEY,
    LATE_STRIDES,
    NAN_TURN,
    NO_SPREAD,
    NO_STEP,
    flat,
    spread_cancels,
    squares_vanish,
)
from backends.backend import NotOfferedError, deviates
from backends.jax.optimizers import steps
from backends.nonsense import accepts
from backends.optimizer_bounds import CHECKS_NOTHING, loses_range, rounds_hyper_parameters
from reference.technique import OneOf

_STEP = "agrees_with_reference"
_BEGUN = {"square_average": 0.0, "gradient_average": 0.0, "momentum_buffer": 0.0}
_FIRST = "takes_a_first_step_of_known_length"
_LATE = "optax returns the update that it kept in the step before, not the one it has just made"
_STALE_UPDATE = "https://github.com/google-deepmind/optax/pull/1725"
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
    because="squares of small gradients are 0 in float16, and so is eps = 1e-8",
    witness={"gradient": 1e-4, "square_average": 0.0},
)
@loses_range(
    _STEP,
    _FIRST,
    because="squares of gradients from 256 on are infinite in float16: the parameter stands still",
    witness={"gradient": 300.0, "square_average": 0.0},
)
@loses_range(
    "rests_at_zero_gradient",
    because="eps = 1e-8 is 0 in float16: a zero gradient turns its parameter into NaN",
    witness={"gradient": 0.0},
)
@rounds_hyper_parameters(
    {
        "bfloat16": {"gradient": 1.0, "square_average": 0.0, "decay": 0.99},
        "float16": {"gradient": 1.0, "square_average": 0.0, "decay": 0.9985},
    }
)
@steps(square_average="nu")
def rmsprop(
    *,
    learning_rate: float = 1e-2,
    decay: float = 0.9,
    eps: float = 1e-8,
    weight_decay: float = 0.0,
    eps_in_root: bool = True,
) -> Any:
    scaled = optax.rmsprop(learning_rate, decay, eps, eps_in_sqrt=eps_in_root)
    return optax.chain(optax.add_decayed_weights(weight_decay), scaled)


@deviates(
    _STEP,
    where=spread_cancels,
    at_most=NO_SPREAD,
    because="v - m^2 is all rounding under a constant gradient: its root is anything, or NaN",
    witness={
        "float64": flat(1.7, eps=1e-20),
        "float32": flat(1.7),
        "bfloat16": flat(1.7),
        "float16": flat(1.7),
    },
)
@loses_range(
    _STEP,
    because="squares of small gradients are 0 in float16, and so is eps = 1e-8",
    witness=_BEGUN | {"gradient": 1e-4},
)
@loses_range(
    _STEP,
    because="squares overflow in float16: the parameter stands still, or turns into NaN",
    witness=_BEGUN | {"gradient": 1e4},
)
@loses_range(
    "rests_at_zero_gradient",
    because="eps = 1e-8 is 0 in float16: a zero gradient turns its parameter into NaN",
    witness={"gradient": 0.0},
)
@rounds_hyper_parameters(
    {name: _BEGUN | {"gradient": 1.0, "decay": 0.9985} for name in ("bfloat16", "float16")}
)
@accepts(
    "learning_rate=-0.5", "decay=1.0", "decay=-0.5", "momentum=1.0", "momentum=-0.5", "eps=-0.5",
    because=CHECKS_NOTHING,
)  # fmt: skip
@steps(square_average="nu", gradient_average="mu", momentum_buffer="trace")
def centered_rmsprop(
    *,
    learning_rate: float = 1e-2,
    decay: float = 0.9,
    momentum: float = 0.9,
    eps: float = 1e-8,
    eps_in_root: bool = True,
    rate: Annotated[str, OneOf(("inside",))] = "inside",
) -> Any:
    del rate  # optax has it inside
    return optax.rmsprop(
        learning_rate, decay, eps, eps_in_sqrt=eps_in_root, centered=True, momentum=momentum
    )


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
@deviates(
    "trajectories_agree",
    where=lambda entry: entry in ("params", "update_average"),
    at_most=ADRIFT,
    because="eps and the update average are multiples of 6e-8 in float16, or 0",
    witness={"eps": 1e-8},
    dtypes=("float16",),
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


@deviates(
    _STEP,
    where=lambda entry: entry == "params",
    at_most=LATE,
    because=_LATE,
    link=_STALE_UPDATE,
    witness={"gradient": 1.0, "previous": 0.0, "step_size": 0.01},
)
@deviates(
    _FIRST,
    where=lambda entry: entry == "params",
    at_most=LATE_FIRST,
    because=_LATE,
    link=_STALE_UPDATE,
    witness={"gradient": 1.0},
)
@deviates(
    "lengthens_its_stride_while_signs_stay",
    where=lambda entry: entry == "params",
    at_most=LATE_STRIDES,
    because=_LATE,
    link=_STALE_UPDATE,
    witness={"gradient": 1.0},
)
@deviates(
    "trajectories_agree",
    where=lambda entry: entry == "params",
    at_most=LATE_JOURNEY,
    because=_LATE,
    link=_STALE_UPDATE,
    witness={"learning_rate": 0.5},
)
@deviates(
    _STEP,
    where=lambda gradient, previous: np.isnan(gradient * previous),
    at_most=NAN_TURN,
    because="optax takes NaN for a turn: step sizes shrink, and the next steps are numbers again",
    witness={"gradient": np.nan, "previous": 1.0, "step_size": 0.01},
)
@loses_range(
    _STEP,
    because="the product of gradient and update is 0 in float16: step sizes neither grow nor fall",
    witness={"gradient": 1e-4, "previous": 1e-4, "step_size": 0.01},
)
@accepts("shrinkage=1.5", "shrinkage=-0.5", "growth=0.5", because=CHECKS_NOTHING)
@steps(step_size="step_sizes", previous="prev_updates")
def rprop(
    *,
    learning_rate: float = 1e-2,
    shrinkage: float = 0.5,
    growth: float = 1.2,
    smallest_step: float = 1e-6,
    largest_step: float = 50.0,
    keeps: Annotated[str, OneOf(("update",))] = "update",
) -> Any:
    del keeps  # optax keeps the update
    if callable(learning_rate):
        message = "optax.rprop takes no schedule: its rate is where step sizes begin"
        raise NotOfferedError(message)
    return optax.rprop(learning_rate, shrinkage, growth, smallest_step, largest_step)
