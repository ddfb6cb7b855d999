"""Optimizers of optax without a rate to tune."""

from __future__ import annotations

from typing import Any

import optax.contrib

from backends.equations.optimizers.moments import checks_nothing
from backends.equations.optimizers.ranges import loses_eps
from backends.equations.optimizers.steps import loses_range
from backends.jax.optimizers.bindings import steps


@checks_nothing("learning_rate", "initial_distance", "eps")
@loses_range(
    because="squares underflow in float16 below gradients of 1e-3, and their sum overflows from"
    " |g| = 256 on: descent ends; eps = 1e-8 is 0",
    witness={"gradient": 300.0, "square_sum": 0.0},
)
@loses_eps()
@steps(start="init_params", largest_distance="max_dist", square_sum="sum_sq_norm_grads")
def dog(*, learning_rate: float = 1.0, initial_distance: float = 1e-2, eps: float = 1e-8) -> Any:
    return optax.contrib.dog(learning_rate, ("distance", initial_distance), eps)


@checks_nothing("learning_rate", "initial_square", "eps")
@loses_range(
    because="squares underflow in float16 below gradients of 1e-3, and their sum overflows from"
    " |g| = 256 on: descent ends",
    witness={"gradient": 300.0, "weighted_sum": 0.0},
)
@loses_eps(eps=1e-8)
@steps(start="init_params", largest_square="estim_sq_dist", weighted_sum="weighted_sq_norm_grads")
def dowg(*, learning_rate: float = 1.0, initial_square: float = 1e-4, eps: float = 1e-4) -> Any:
    return optax.contrib.dowg(learning_rate, initial_square, eps)
