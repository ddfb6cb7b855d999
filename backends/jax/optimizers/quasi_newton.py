"""Quasi-Newton optimizers of optax, run without line search."""

from __future__ import annotations

from typing import Annotated, Any

import jax
import optax

from backends.equations.optimizers.steps import CHECKS_NOTHING, loses_range
from backends.nonsense import accepts
from reference.technique import OneOf


@loses_range(
    because="near a minimum y^T s underflows in float16, and 1 / y^T s overflows before it does",
    witness={"seed": 2},
)
@accepts("learning_rate=-0.5", because=CHECKS_NOTHING)
def lbfgs(
    gradients: Any,
    weights: Any,
    *,
    learning_rate: float = 1.0,
    history_size: int = 10,
    first_step: Annotated[str, OneOf(("length",))] = "length",
    pairs: Annotated[str, OneOf(("all",))] = "all",
) -> Any:
    del first_step, pairs  # the only ones
    optimizer = optax.lbfgs(learning_rate, memory_size=history_size, linesearch=None)

    def step(carried: Any, g: Any) -> Any:
        w, state = carried
        updates, state = optimizer.update(g, state, w)
        w = optax.apply_updates(w, updates)
        return (w, state), w

    return jax.lax.scan(step, (weights, optimizer.init(weights)), gradients)[1]
