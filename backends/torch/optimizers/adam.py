"""Optimizers of torch.optim that average gradients and their squares."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
import torch

from backends.binding import deviates
from backends.equations.optimizers.moments import divides_by_the_rate_first
from backends.equations.optimizers.ranges import loses_eps, overflows, underflows
from backends.equations.optimizers.steps import (
    BIAS_CORRECTION,
    INFINITE_LERP,
    SINGLE_CORRECTION,
    SMALL_BETA,
    SMALL_BETA_FORGETS,
    SMALL_BETA_GROWS,
    STEP_COUNTER,
)
from backends.torch.optimizers.bindings import steps
from reference.technique import OneOf

_STEP = "agrees_with_reference"


@deviates(
    _STEP,
    where=lambda entry, taken: entry == "step" and taken >= 2**24,
    at_most=STEP_COUNTER,
    because="torch counts steps in float32, which ends at 2^24",
    witness={"taken": 2**24, "gradient": 1.0, "first_moment": 1.0, "second_moment": 1.0},
)
@deviates(
    _STEP,
    where=lambda entry, gradient, beta1: (
        (entry == "first_moment") & np.isinf(gradient) & (beta1 <= 0.5)
    ),
    at_most=INFINITE_LERP,
    because="lerp with a weight of 1/2 or more turns an infinite gradient into NaN",
    witness={"gradient": np.inf, "first_moment": 0.0, "second_moment": 0.0, "beta1": 0.5},
)
@deviates(
    _STEP,
    where=lambda entry, beta1: entry in ("params", "first_moment") and 0 < beta1 <= 0.5,
    at_most=SMALL_BETA,
    because="lerp with a weight of 1/2 or more keeps beta1 to the ulp of 1, not to its own",
    witness={
        "taken": 5,
        "gradient": 0.0,
        "first_moment": 1.0,
        "second_moment": 1.0,
        "beta1": 0.0037,
    },
    dtypes=("float64", "float32"),
)
@deviates(
    "forgets_at_its_decay",
    where=lambda entry, beta1: entry == "first_moment" and 0 < beta1 <= 0.5,
    at_most=SMALL_BETA_FORGETS,
    because="lerp with a weight of 1/2 or more keeps beta1 to the ulp of 1, not to its own",
    witness={"float64": {"beta1": 0.0037}, "float32": {"beta1": 0.09281250089406967}},
)
@deviates(
    "trajectories_agree",
    where=lambda entry, beta1: entry in ("params", "first_moment") and 0 < beta1 <= 0.5,
    at_most=SMALL_BETA_GROWS,
    because="lerp with a weight of 1/2 or more keeps beta1 to the ulp of 1, not to its own",
    witness={"beta1": 0.0037, "seed": 28},
    dtypes=("float64", "float32"),
)
@deviates(
    _STEP,
    where=lambda entry: entry == "params",
    at_most=BIAS_CORRECTION,
    because="torch forms 1 - beta^t in float64, which cancels in the first steps",
    witness={"taken": 1, "gradient": 1.0, "first_moment": 0.1, "second_moment": 0.001},
    dtypes=("float64",),
)
@underflows("second_moment")
@overflows(
    "second_moment",
    gradient=1e4,
    because="the second moment overflows in float16, and the parameter stands still",
)
@deviates(
    "agrees_in_every_execution",
    where=lambda entry, execution: entry == "params" and execution == "differentiable",
    at_most=SINGLE_CORRECTION,
    because="differentiable=True forms 1 - beta^t of its float32 counter, in float32",
    witness={"taken": 1, "gradient": 1.0, "first_moment": 0.1, "second_moment": 0.001},
    dtypes=("float64",),
)
@divides_by_the_rate_first(second_moment=65504.0)
@loses_eps()
@steps(torch.optim.Adam, step="step", first_moment="exp_avg", second_moment="exp_avg_sq")
def adam(
    *,
    learning_rate: float = 1e-3,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-8,
    eps_root: Annotated[float, OneOf((0.0,))] = 0.0,
) -> Any:
    del eps_root  # torch has no eps under the root
    return {"lr": learning_rate, "betas": (beta1, beta2), "eps": eps}
