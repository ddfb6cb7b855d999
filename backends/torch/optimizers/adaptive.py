"""Optimizers of torch.optim that scale every element of the gradient by its own history."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
import torch

from backends.adaptive_bounds import (
    ADRIFT,
    CLIPPED,
    NAN_TURN,
    NO_SPREAD,
    flat,
    spread_cancels,
)
from backends.backend import deviates
from backends.nonsense import accepts
from backends.optimizer_bounds import loses_range
from backends.torch.optimizers import steps
from reference.technique import OneOf

_STEP = "agrees_with_reference"
_BEGUN = {"square_average": 0.0, "gradient_average": 0.0, "momentum_buffer": 0.0}
_FIRST = "takes_a_first_step_of_known_length"


@loses_range(
    _STEP,
    _FIRST,
    because="squares of gradients below 2e-4 are 0 in float16, and so is eps = 1e-10",
    witness={"gradient": 1e-4, "square_sum": 0.0},
)
@loses_range(
    _STEP,
    _FIRST,
    because="squares of gradients from 256 on are infinite in float16: the parameter stands still",
    witness={"gradient": 300.0, "square_sum": 0.0},
)
@loses_range(
    "rests_at_zero_gradient",
    because="eps = 1e-10 is 0 in float16: a zero gradient turns its parameter into NaN",
    witness={"gradient": 0.0},
)
@steps(torch.optim.Adagrad, "step", square_sum="sum")
def adagrad(
    *,
    learning_rate: float = 1e-2,
    initial_accumulator: float = 0.0,
    eps: float = 1e-10,
    weight_decay: float = 0.0,
    eps_in_root: Annotated[bool, OneOf((False,))] = False,
) -> Any:
    del eps_in_root  # torch adds eps to the root
    options = {"initial_accumulator_value": initial_accumulator, "weight_decay": weight_decay}
    return options | {"lr": learning_rate, "eps": eps}


@loses_range(
    _STEP,
    _FIRST,
    because="squares of small gradients are 0 in float16, and so is eps = 1e-8",
    witness={"gradient": 1e-4, "square_average": 0.0},
)
@loses_range(
    _STEP,
    _FIRST,
    because="the square average overflows in float16, and the parameter stands still",
    witness={"gradient": 1e4, "square_average": 0.0},
)
@loses_range(
    "rests_at_zero_gradient",
    because="eps = 1e-8 is 0 in float16: a zero gradient turns its parameter into NaN",
    witness={"gradient": 0.0},
)
@accepts("decay=1.0", because="torch refuses what is negative only")
@steps(torch.optim.RMSprop, "step", square_average="square_avg")
def rmsprop(
    *,
    learning_rate: float = 1e-2,
    decay: float = 0.99,
    eps: float = 1e-8,
    weight_decay: float = 0.0,
    eps_in_root: Annotated[bool, OneOf((False,))] = False,
) -> Any:
    del eps_in_root  # torch adds eps to the root
    return {"lr": learning_rate, "alpha": decay, "eps": eps, "weight_decay": weight_decay}


@deviates(
    _STEP,
    where=spread_cancels,
    at_most=NO_SPREAD,
    because="v - m^2 is all rounding under a constant gradient: its root is anything, or NaN",
    witness={
        "float64": flat(1.7),
        "float32": flat(1.7),
        "bfloat16": flat(1.2),
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
@accepts("decay=1.0", "momentum=1.0", because="torch refuses what is negative only")
@steps(
    torch.optim.RMSprop,
    "step",
    square_average="square_avg",
    gradient_average="grad_avg",
    momentum_buffer="momentum_buffer",
)
def centered_rmsprop(
    *,
    learning_rate: float = 1e-2,
    decay: float = 0.99,
    momentum: float = 0.9,
    eps: float = 1e-8,
    eps_in_root: Annotated[bool, OneOf((False,))] = False,
    rate: Annotated[str, OneOf(("outside",))] = "outside",
) -> Any:
    del eps_in_root, rate  # torch has both outside
    options = {"alpha": decay, "momentum": momentum, "eps": eps}
    return options | {"lr": learning_rate, "centered": True}


@loses_range(
    _STEP,
    _FIRST,
    because="eps and the update average are multiples of 6e-8 in float16, or 0",
    witness={"gradient": 1.0, "square_average": 0.0, "update_average": 0.0, "eps": 1e-8},
)
@loses_range(
    _STEP,
    _FIRST,
    because="the square average overflows in float16, and the parameter stands still",
    witness={"gradient": 1e4, "square_average": 0.0, "update_average": 0.0},
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
@accepts("decay=1.0", because="torch takes a decay of 1, by which averages stay 0")
@steps(torch.optim.Adadelta, "step", square_average="square_avg", update_average="acc_delta")
def adadelta(
    *,
    learning_rate: float = 1.0,
    decay: float = 0.9,
    eps: float = 1e-6,
    weight_decay: float = 0.0,
) -> Any:
    return {"lr": learning_rate, "rho": decay, "eps": eps, "weight_decay": weight_decay}


@deviates(
    _STEP,
    where=lambda gradient, previous, step_size, smallest_step, largest_step: (
        (gradient * previous == 0) & ((step_size < smallest_step) | (step_size > largest_step))
    ),
    at_most=CLIPPED,
    because="torch clips step sizes in every step, the paper where they change",
    witness={"gradient": 1.0, "previous": 0.0, "step_size": 1e-3, "smallest_step": 1e-2},
)
@deviates(
    _STEP,
    where=lambda entry, gradient: (entry == "params") & np.isnan(gradient),
    at_most=NAN_TURN,
    because="torch.sign(NaN) is 0: a NaN gradient moves nothing, and nobody is told",
    witness={"gradient": np.nan, "previous": 1.0, "step_size": 0.01},
)
@loses_range(
    _STEP,
    because="the product of two small gradients is 0 in float16: step sizes neither grow nor fall",
    witness={"gradient": 1e-4, "previous": 1e-4, "step_size": 0.01},
)
@steps(torch.optim.Rprop, "step", step_size="step_size", previous="prev")
def rprop(
    *,
    learning_rate: float = 1e-2,
    shrinkage: float = 0.5,
    growth: float = 1.2,
    smallest_step: float = 1e-6,
    largest_step: float = 50.0,
    keeps: Annotated[str, OneOf(("gradient",))] = "gradient",
) -> Any:
    del keeps  # torch keeps the gradient
    options = {"etas": (shrinkage, growth), "step_sizes": (smallest_step, largest_step)}
    return options | {"lr": learning_rate}
