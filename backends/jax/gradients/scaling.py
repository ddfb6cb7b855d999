"""Loss scaling, by flax.training.dynamic_scale."""

from __future__ import annotations

from typing import Annotated, Any

import jax
import optax
from flax.training.dynamic_scale import DynamicScale

from backends.binding import Bound, deviates
from reference.technique import OneOf


@deviates(
    "agrees_with_reference",
    where=lambda entry: entry == "grads",
    at_most=Bound("|error| <= |g| 2^-24", lambda y, allowed: abs(y) * 2.0**-24 + allowed),
    because="DynamicScale casts gradients to float32 before it divides them, also those of float64",
    witness={"gradient": 0.1},
    dtypes=("float64",),
)
def scale_loss(
    steps: Any,
    *,
    init_scale: float = 256.0,
    growth_factor: float = 2.0,
    backoff_factor: float = 0.5,
    growth_interval: int = 2,
    extra_steps: Annotated[int, OneOf((1,))] = 1,
    unscaled_by_hand: Annotated[int, OneOf((0,))] = 0,
) -> Any:
    del extra_steps, unscaled_by_hand
    zeros = optax.tree.zeros_like([g[0] for g in steps])

    def step(state: Any, grads: Any) -> Any:
        scaler = DynamicScale(growth_factor, backoff_factor, growth_interval, *state)
        result = scaler.value_and_grad(lambda w: optax.tree.vdot(w, grads))(zeros)
        applied = jax.tree.map(lambda g: jax.numpy.where(result.finite, g, 0), result.grad)
        new = result.dynamic_scale
        return (new.fin_steps, new.scale), (optax.apply_updates(zeros, applied), new.scale)

    first = (jax.numpy.int32(0), jax.numpy.float32(init_scale))
    updates, scales = jax.lax.scan(step, first, steps)[1]
    return {"applied": updates, "scales": scales.astype(jax.numpy.int32)}
