"""Dual averaging of optax."""

from __future__ import annotations

from typing import Annotated, Any

import optax.contrib

from backends.binding import deviates
from backends.equations.optimizers.dual_averaging import SINGLE_WEIGHT
from backends.equations.optimizers.ranges import loses_eps
from backends.equations.optimizers.steps import CHECKS_NOTHING, loses_range
from backends.jax.optimizers.bindings import steps
from backends.nonsense import accepts
from reference.technique import OneOf


@accepts(
    "learning_rate=-0.5", "momentum=1.0", "momentum=-0.5", "eps=-0.5", "weight_decay=-0.5",
    because=CHECKS_NOTHING,
)  # fmt: skip
@deviates(
    "agrees_with_reference",
    "trajectories_agree",
    where=lambda entry: entry in ("params", "gradient_sum", "square_sum"),
    at_most=SINGLE_WEIGHT,
    because="the root of the count is one of an int32: JAX takes it in float32",
    witness={"taken": 2, "gradient": 1.0, "seed": 0},
    dtypes=("float64",),
)
@loses_range(
    because="weighted squares underflow in float16 below gradients of 1e-3 and overflow from 256"
    " on, and eps = 1e-6 is subnormal",
    witness={"gradient": 1e-4, "gradient_sum": 0.0, "square_sum": 0.0},
)
@loses_eps(eps=1e-8)
@steps(step="count", gradient_sum="s", square_sum="grad_sum_sq", start="x0")
def madgrad(
    *,
    learning_rate: float = 1e-2,
    momentum: float = 0.9,
    eps: float = 1e-6,
    weight_decay: float = 0.0,
    eps_in: Annotated[str, OneOf(("root_and_rate",))] = "root_and_rate",
) -> Any:
    del eps_in  # as written in optax
    return optax.contrib.madgrad(learning_rate, momentum, weight_decay, eps)
