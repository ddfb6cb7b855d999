"""Schedule-free optimizers of optax."""

from __future__ import annotations

from typing import Annotated, Any

import optax.contrib

from backends.equations.optimizers.steps import CHECKS_NOTHING
from backends.jax.optimizers.bindings import steps
from backends.nonsense import accepts
from reference.technique import OneOf


@accepts(
    "learning_rate=-0.5", "beta1=0.0", "beta1=-0.5", "weight_decay=-0.5", because=CHECKS_NOTHING
)
@steps(iterate="z", largest_rate="max_lr", weight_sum="weight_sum")
def schedule_free_sgd(
    *,
    learning_rate: float = 1.0,
    beta1: float = 0.9,
    power: float = 2.0,
    weight_decay: float = 0.0,
) -> Any:
    return optax.contrib.schedule_free_sgd(
        learning_rate, b1=beta1, weight_decay=weight_decay, weight_lr_power=power
    )


@accepts(
    "learning_rate=-0.5", "beta1=0.0", "beta1=-0.5", "beta2=1.0", "beta2=-0.5", "eps=-0.5",
    "weight_decay=-0.5", because=CHECKS_NOTHING,
)  # fmt: skip
@steps(
    iterate="z", largest_rate="max_lr", weight_sum="weight_sum", step="count", second_moment="nu"
)
def schedule_free_adamw(
    *,
    learning_rate: float = 2.5e-3,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-8,
    power: float = 2.0,
    weight_decay: float = 0.0,
    correction: Annotated[str, OneOf(("moment",))] = "moment",
) -> Any:
    del correction  # as written in optax
    return optax.contrib.schedule_free_adamw(
        learning_rate, b1=beta1, b2=beta2, eps=eps, weight_decay=weight_decay,
        weight_lr_power=power,
    )  # fmt: skip
