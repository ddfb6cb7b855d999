"""Optimizers of torch.optim with decoupled weight decay."""

from __future__ import annotations

from typing import Annotated, Any

import torch

from backends.binding import absent
from backends.equations.optimizers.moments import (
    DECOUPLED_CORRECTION,
    DECOUPLED_SINGLE_CORRECTION,
    DECOUPLED_SMALL_BETA,
    LOST_UPDATE_BESIDE_DECAY,
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
@averages_by_lerp(DECOUPLED_SMALL_BETA, second_moment=1.0)
@corrects_by_difference(TORCH_CANCELS, "float64", bound=DECOUPLED_CORRECTION, second_moment=0.001)
@differentiates_in_float32(DECOUPLED_SINGLE_CORRECTION, second_moment=0.001)
@divides_by_the_rate_first(LOST_UPDATE_BESIDE_DECAY, second_moment=65504.0)
@underflows("second_moment")
@overflows(
    "second_moment",
    gradient=1e4,
    because="the second moment overflows in float16, and the parameter stands still",
)
@loses_eps()
@steps(torch.optim.AdamW, step="step", first_moment="exp_avg", second_moment="exp_avg_sq")
def adamw(
    *,
    learning_rate: float = 1e-3,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-8,
    eps_root: Annotated[float, OneOf((0.0,))] = 0.0,
    weight_decay: float = 1e-2,
) -> Any:
    del eps_root  # torch has no eps under the root
    return {
        "lr": learning_rate,
        "betas": (beta1, beta2),
        "eps": eps,
        "weight_decay": weight_decay,
    }


lion = absent("torch has no Lion; packages subclass torch.optim.Optimizer for it.")
