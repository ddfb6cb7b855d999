"""Optimizers of optax that follow the gradient, or a decaying sum of gradients."""

from __future__ import annotations

from typing import Annotated, Any

import optax

from backends.equations.optimizers.descent import looks_too_far_ahead
from backends.equations.optimizers.steps import CHECKS_NOTHING
from backends.jax.optimizers.bindings import steps
from backends.nonsense import accepts
from reference.technique import OneOf


@accepts("learning_rate=-0.5", "weight_decay=-0.5", because=CHECKS_NOTHING)
@steps()
def sgd(*, learning_rate: float = 1e-3, weight_decay: float = 0.0) -> Any:
    return optax.chain(optax.add_decayed_weights(weight_decay), optax.sgd(learning_rate))


@accepts(
    "learning_rate=-0.5",
    "momentum=1.0",
    "momentum=-0.5",
    "weight_decay=-0.5",
    because=CHECKS_NOTHING,
)
@steps(momentum_buffer="trace")
def momentum(
    *,
    learning_rate: float = 1e-3,
    momentum: float = 0.9,
    dampening: Annotated[float, OneOf((0.0,))] = 0.0,
    weight_decay: float = 0.0,
    rate: str = "outside",
) -> Any:
    del dampening  # optax has none
    outside = optax.sgd(learning_rate, momentum)
    inside = optax.chain(optax.scale_by_learning_rate(learning_rate), optax.trace(momentum))
    heavy = inside if rate == "inside" else outside
    return optax.chain(optax.add_decayed_weights(weight_decay), heavy)


@looks_too_far_ahead()
@accepts(
    "learning_rate=-0.5",
    "momentum=1.0",
    "momentum=-0.5",
    "weight_decay=-0.5",
    because=CHECKS_NOTHING,
)
@steps(momentum_buffer="trace")
def nesterov(
    *, learning_rate: float = 1e-3, momentum: float = 0.9, weight_decay: float = 0.0
) -> Any:
    fast = optax.sgd(learning_rate, momentum, nesterov=True)
    return optax.chain(optax.add_decayed_weights(weight_decay), fast)
