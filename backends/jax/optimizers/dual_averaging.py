"""Dual averaging of optax."""

from __future__ import annotations

from typing import Annotated, Any

import optax.contrib

from backends.equations.optimizers.steps import CHECKS_NOTHING
from backends.jax.optimizers.bindings import steps
from backends.nonsense import accepts
from reference.technique import OneOf


@accepts(
    "learning_rate=-0.5", "momentum=1.0", "momentum=-0.5", "eps=-0.5", "weight_decay=-0.5",
    because=CHECKS_NOTHING,
)  # fmt: skip
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
