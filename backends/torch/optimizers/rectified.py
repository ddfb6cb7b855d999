"""Rectified optimizers of torch.optim."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
import torch

from backends.binding import deviates
from backends.equations.optimizers.moments import averages_by_lerp, counts_in_float32
from backends.equations.optimizers.rectified import (
    FOREACH,
    LENGTH,
    STANDS_STILL,
    ZERO_BY_ZERO,
    overflows_upside_down,
)
from backends.equations.optimizers.steps import loses_range
from backends.torch.optimizers.bindings import steps
from reference.optimizers.rectified import averaged_length
from reference.technique import OneOf


@counts_in_float32(second_moment=1.0)
@averages_by_lerp(spoiled=("first_moment", "params"), second_moment=1.0)
@deviates(
    "agrees_with_reference",
    where=lambda entry: entry == "params",
    at_most=LENGTH,
    because="torch forms the length of the average, and 1 - beta^t, in float64: both cancel",
    witness={"taken": 5, "gradient": 1.0, "first_moment": 0.1, "second_moment": 0.001},
    dtypes=("float64",),
)
@deviates(
    "agrees_in_every_execution",
    where=lambda entry, execution, gradient, second_moment, beta2, eps, taken: (
        (entry == "params")
        & (execution in FOREACH)
        & (eps < 2.0**-24)
        & (averaged_length(beta2, taken + 1) <= 5)
        & (beta2 * second_moment + (1 - beta2) * np.square(gradient) < 2.0**-24)
    ),
    at_most=ZERO_BY_ZERO,
    because="foreach divides the root by 0 to leave it out before the threshold: in float16, where"
    " the second moment underflows and eps is 0, parameters are NaN",
    witness={"gradient": 0.0, "first_moment": 0.0, "second_moment": 0.0},
    dtypes=("float16",),
)
@deviates(
    "agrees_in_every_execution",
    where=overflows_upside_down,
    at_most=STANDS_STILL,
    because="foreach divides the root by the learning rate, and then 1 by that: in float16 it is"
    " infinite where the root is 65 and the rate 1e-3, and the parameter stands still",
    witness={"gradient": 150.0, "first_moment": 1.0, "second_moment": 60000.0, "taken": 256},
    dtypes=("float16",),
)
@loses_range(
    because="float16 moments underflow below gradients of 1e-3, and eps = 1e-8 is 0 in float16",
    witness={"taken": 9, "gradient": 1e-4, "first_moment": 0.0, "second_moment": 0.0},
)
@loses_range(
    because="the second moment overflows in float16, and the parameter stands still",
    witness={"taken": 9, "gradient": 1e4, "first_moment": 0.0, "second_moment": 0.0},
)
@steps(torch.optim.RAdam, step="step", first_moment="exp_avg", second_moment="exp_avg_sq")
def radam(
    *,
    learning_rate: float = 1e-3,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-8,
    eps_root: Annotated[float, OneOf((0.0,))] = 0.0,
    threshold: Annotated[float, OneOf((5.0,))] = 5.0,
    eps_joins: Annotated[str, OneOf(("raw root",))] = "raw root",
) -> Any:
    del eps_root, threshold, eps_joins  # as written in torch's step
    return {"lr": learning_rate, "betas": (beta1, beta2), "eps": eps}
