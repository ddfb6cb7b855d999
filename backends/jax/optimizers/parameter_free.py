"""Optimizers of optax without a rate to tune."""

from __future__ import annotations

from typing import Any

import optax.contrib

from backends.equations.optimizers.moments import checks_nothing
from backends.jax.optimizers.bindings import steps


@checks_nothing("learning_rate", "initial_distance", "eps")
@steps(start="init_params", largest_distance="max_dist", square_sum="sum_sq_norm_grads")
def dog(*, learning_rate: float = 1.0, initial_distance: float = 1e-2, eps: float = 1e-8) -> Any:
    return optax.contrib.dog(learning_rate, ("distance", initial_distance), eps)


@checks_nothing("learning_rate", "initial_square", "eps")
@steps(start="init_params", largest_square="estim_sq_dist", weighted_sum="weighted_sq_norm_grads")
def dowg(*, learning_rate: float = 1.0, initial_square: float = 1e-4, eps: float = 1e-4) -> Any:
    return optax.contrib.dowg(learning_rate, initial_square, eps)
