"""Optimizers of torch.optim that remember how large gradients have been."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
import torch

from backends.binding import deviates
from backends.equations.optimizers.moments import (
    DROPPED_NAN,
    SMALL_BETA_GROWS_IN_ADAMAX,
    TORCH_CANCELS,
    averages_by_lerp,
    corrects_by_difference,
    counts_in_float32,
    differentiates_in_float32,
    divides_by_the_rate_first,
)
from backends.equations.optimizers.ranges import loses_eps, overflows, underflows
from backends.torch.optimizers.bindings import steps
from reference.technique import OneOf


@counts_in_float32(second_moment=1.0, largest_second_moment=1.0)
@averages_by_lerp(second_moment=1.0, largest_second_moment=1.0)
@corrects_by_difference(TORCH_CANCELS, "float64", second_moment=0.001, largest_second_moment=0.0)
@differentiates_in_float32(second_moment=0.001, largest_second_moment=0.0)
@deviates(
    "agrees_in_every_execution",
    where=lambda entry, execution, gradient, second_moment: (
        (entry == "largest_second_moment")
        & (execution == "fused")
        & (np.isnan(gradient) | np.isnan(second_moment))
    ),
    at_most=DROPPED_NAN,
    because="the fused kernel takes std::max where a vector of the CPU is not full: it returns the"
    " old maximum where the new moment is NaN",
    witness={
        "taken": 5,
        "gradient": np.nan,
        "first_moment": 1.0,
        "second_moment": 1.0,
        "largest_second_moment": 1.0,
    },
)
@divides_by_the_rate_first(second_moment=65504.0, largest_second_moment=255.0)
@underflows("second_moment", "largest_second_moment")
@overflows(
    "second_moment",
    "largest_second_moment",
    gradient=1e4,
    because="the second moment overflows in float16: its maximum stays infinite, and the parameter"
    " stands still for good",
)
@loses_eps()
@steps(
    torch.optim.Adam,
    step="step",
    first_moment="exp_avg",
    second_moment="exp_avg_sq",
    largest_second_moment="max_exp_avg_sq",
)
def amsgrad(
    *,
    learning_rate: float = 1e-3,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-8,
    eps_root: Annotated[float, OneOf((0.0,))] = 0.0,
    correction: Annotated[str, OneOf(("after",))] = "after",
) -> Any:
    del eps_root, correction  # torch has no eps under the root, and corrects after the maximum
    return {"lr": learning_rate, "betas": (beta1, beta2), "eps": eps, "amsgrad": True}


@counts_in_float32(infinity_norm=1.0)
@averages_by_lerp(grows=SMALL_BETA_GROWS_IN_ADAMAX, infinity_norm=1.0)
@underflows("infinity_norm", gradient=1e-6)
@loses_eps("stands_still_at_zero_gradient")
@steps(torch.optim.Adamax, step="step", first_moment="exp_avg", infinity_norm="exp_inf")
def adamax(
    *, learning_rate: float = 2e-3, beta1: float = 0.9, beta2: float = 0.999, eps: float = 1e-8
) -> Any:
    return {"lr": learning_rate, "betas": (beta1, beta2), "eps": eps}
