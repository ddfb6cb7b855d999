"""RMSprop and its centered form, of torch.optim."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
import torch

from backends.binding import deviates
from backends.equations.optimizers.adaptive import NO_SPREAD, flat, spread_cancels
from backends.equations.optimizers.ranges import loses_eps
from backends.equations.optimizers.steps import INFINITE_LERP, loses_range
from backends.nonsense import accepts
from backends.torch.optimizers.bindings import steps
from reference.technique import OneOf

_STEP = "agrees_with_reference"
_BEGUN = {"square_average": 0.0, "gradient_average": 0.0, "momentum_buffer": 0.0}
_FIRST = "takes_a_first_step_of_known_length"


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
@loses_eps()
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
@deviates(
    _STEP,
    where=lambda entry, gradient, decay: (
        (entry == "gradient_average") & np.isinf(gradient) & (decay <= 0.5)
    ),
    at_most=INFINITE_LERP,
    because="lerp with a weight of 1/2 or more turns an infinite gradient into NaN",
    witness={
        "gradient": np.inf,
        "square_average": 1.0,
        "gradient_average": 0.0,
        "momentum_buffer": 0.0,
        "decay": 0.5,
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
@loses_eps()
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
