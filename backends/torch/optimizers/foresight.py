"""Adaptive optimizers that look ahead: torch.optim."""

from __future__ import annotations

from typing import Annotated, Any

import torch

from backends.binding import absent, deviates
from backends.equations.optimizers.foresight import (
    EARLY_RATE,
    LOADED,
    MOMENTA,
    SINGLE_PRODUCT,
    SMALL_BETA_AHEAD,
)
from backends.equations.optimizers.moments import (
    averages_by_lerp,
    corrects_by_difference,
    counts_in_float32,
)
from backends.equations.optimizers.ranges import loses_eps, overflows, underflows
from backends.torch.optimizers.bindings import steps
from reference.technique import OneOf


@counts_in_float32(second_moment=1.0)
@averages_by_lerp(SMALL_BETA_AHEAD, second_moment=1.0, momentum_product=0.5)
@corrects_by_difference(
    "torch forms 1 - beta^t, and 1 - momentum, in float64, where they cancel",
    "float64",
    bound=MOMENTA,
    second_moment=0.001,
    momentum_product=0.5,
)
@deviates(
    "agrees_in_every_execution",
    where=lambda entry, execution: entry == "params" and execution == "differentiable",
    at_most=EARLY_RATE,
    because="differentiable=True multiplies by the rate first, by the root's inverse then: in"
    " float16 the product is subnormal, or 0",
    witness={
        "taken": 100,
        "gradient": 0.0,
        "first_moment": -0.0103,
        "second_moment": 1e-4,
        "momentum_product": 0.0086,
        "learning_rate": 1e-4,
        "beta1": 0.4,
        "beta2": 0.93,
    },
    dtypes=("float16",),
)
@deviates(
    "restores_what_it_saved",
    where=lambda entry: "momentum_product" in entry,
    at_most=LOADED,
    because="load_state_dict casts the product of momenta, which was float32, to 16 bits",
    witness={"seed": 1},
    dtypes=("bfloat16", "float16"),
)
@deviates(
    "stays_in_step",
    where=lambda entry: entry in ("params", "momentum_product"),
    at_most=SINGLE_PRODUCT,
    because="torch keeps the product of momenta in float32, until a state is loaded",
    witness={"seed": 1},
    dtypes=("float64",),
)
@underflows("second_moment")
@overflows(
    "second_moment",
    gradient=1e4,
    because="the second moment overflows in float16, and the parameter stands still",
)
@loses_eps("stands_still_at_zero_gradient")
@steps(
    torch.optim.NAdam,
    step="step",
    first_moment="exp_avg",
    second_moment="exp_avg_sq",
    momentum_product="mu_product",
)
def nadam(
    *,
    learning_rate: float = 2e-3,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-8,
    eps_root: Annotated[float, OneOf((0.0,))] = 0.0,
    momentum_decay: float = 4e-3,
    momentum: Annotated[str, OneOf(("warming",))] = "warming",
) -> Any:
    del eps_root, momentum  # torch has no eps under the root, and its momentum warms
    return {
        "lr": learning_rate,
        "betas": (beta1, beta2),
        "eps": eps,
        "momentum_decay": momentum_decay,
    }


adan = absent("torch has no Adan; its authors' package subclasses torch.optim.Optimizer.")
