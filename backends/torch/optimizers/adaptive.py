"""Optimizers of torch.optim that scale every element of the gradient by its own history."""

from __future__ import annotations

from typing import Annotated, Any

import torch

from backends.equations.optimizers.steps import loses_range
from backends.nonsense import accepts
from backends.torch.optimizers.bindings import steps
from reference.technique import OneOf

_STEP = "agrees_with_reference"
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
