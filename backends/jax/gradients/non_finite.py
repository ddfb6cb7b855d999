"""Gradients that are no numbers, by optax and jax.numpy."""

from __future__ import annotations

import functools
from typing import Any

import jax
import optax

from backends.gradient_updates import stepped, updated


def zero_nans(grads: Any) -> Any:
    return updated(optax.zero_nans(), grads)


def replace_non_finite(grads: Any, *, nan: float = 0.0, limit: float = 1024.0) -> Any:
    return [jax.numpy.nan_to_num(g, nan=nan, posinf=limit, neginf=-limit) for g in grads]


def skip_non_finite(steps: Any, *, max_consecutive_errors: int = 2) -> Any:
    skipping = optax.apply_if_finite(optax.identity(), max_consecutive_errors)
    step, first = stepped(skipping, steps)
    states, updates = jax.lax.scan(step, first, steps)[1]
    return {"applied": updates, "bad": states.total_notfinite}


def skip_long_steps(steps: Any, *, max_norm: float = 16.0) -> Any:
    too_long = functools.partial(optax.skip_large_updates, max_squared_norm=max_norm**2)
    skipping = optax.MultiSteps(
        optax.identity(), 1, should_skip_update_fn=too_long, accumulator_dtype=steps[0].dtype
    )
    step, first = stepped(skipping, steps)
    states, updates = jax.lax.scan(step, first, steps)[1]
    skipped = states.skip_state["should_skip"].astype(jax.numpy.int32)
    return {"applied": updates, "skipped": skipped}
