"""Optimizers of torch.optim that follow the gradient, or a decaying sum of gradients."""

from __future__ import annotations

from typing import Annotated, Any

import torch

from backends.binding import deviates
from backends.equations.optimizers.descent import (
    UNDAMPENED,
    looks_too_far_ahead,
    multiplies_complex_numbers,
)
from backends.nonsense import accepts
from backends.torch.optimizers.bindings import steps
from reference.technique import OneOf


@multiplies_complex_numbers()
@steps(torch.optim.SGD)
def sgd(*, learning_rate: float = 1e-3, weight_decay: float = 0.0) -> Any:
    return {"lr": learning_rate, "weight_decay": weight_decay}


@deviates(
    "stays_in_step",
    where=lambda momentum_buffer, dampening: (momentum_buffer == 0) & (dampening > 0),
    at_most=UNDAMPENED,
    because="torch has no buffer before the first step, and begins it with the gradient undampened",
    witness={"dampening": 0.5},
)
@accepts("momentum=1.0", because="torch refuses what is negative only")
@multiplies_complex_numbers()
@steps(torch.optim.SGD, momentum_buffer="momentum_buffer")
def momentum(
    *,
    learning_rate: float = 1e-3,
    momentum: float = 0.9,
    dampening: float = 0.0,
    weight_decay: float = 0.0,
    rate: Annotated[str, OneOf(("outside",))] = "outside",
) -> Any:
    del rate  # torch has it outside
    options = {"momentum": momentum, "dampening": dampening, "weight_decay": weight_decay}
    return options | {"lr": learning_rate}


@looks_too_far_ahead()
@accepts("momentum=1.0", because="torch refuses what is negative only")
@multiplies_complex_numbers()
@steps(torch.optim.SGD, momentum_buffer="momentum_buffer")
def nesterov(
    *, learning_rate: float = 1e-3, momentum: float = 0.9, weight_decay: float = 0.0
) -> Any:
    options = {"momentum": momentum, "weight_decay": weight_decay, "nesterov": True}
    return options | {"lr": learning_rate}
