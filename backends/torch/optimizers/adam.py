"""Optimizers of torch.optim that average gradients and their squares."""

from __future__ import annotations

from typing import Annotated, Any

import torch

from backends.equations.optimizers.moments import (
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


@counts_in_float32(second_moment=1.0)
@averages_by_lerp(second_moment=1.0)
@corrects_by_difference(TORCH_CANCELS, "float64", second_moment=0.001)
@differentiates_in_float32(second_moment=0.001)
@underflows("second_moment")
@overflows(
    "second_moment",
    gradient=1e4,
    because="the second moment overflows in float16, and the parameter stands still",
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
