"""Resilient propagation, of torch.optim."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
import torch

from backends.binding import deviates
from backends.equations.optimizers.adaptive import CLIPPED, NAN_TURN
from backends.equations.optimizers.steps import loses_range
from backends.torch.optimizers.bindings import steps
from reference.technique import OneOf

_STEP = "agrees_with_reference"


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
