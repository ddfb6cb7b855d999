"""Clipping by values, by optax."""

from __future__ import annotations

from typing import Annotated, Any

import optax

from backends.gradient_updates import updated
from reference.technique import OneOf


def clip_by_value(
    grads: Any,
    *,
    max_value: float = 1.0,
    foreach: Annotated[bool, OneOf((False,))] = False,
) -> Any:
    del foreach  # one program holds it all
    return updated(optax.clip(max_value), grads)


def clip_to_interval(grads: Any, *, low: float = -1.0, high: float = 1.0) -> Any:
    return optax.projections.projection_box(
        grads, optax.tree.full_like(grads, low), optax.tree.full_like(grads, high)
    )


def clip_weights(params: Any, *, max_weight: float = 0.01) -> Any:
    bound = optax.tree.full_like(params, max_weight)
    return optax.projections.projection_box(params, optax.tree.scale(-1, bound), bound)


def keep_non_negative(grads: Any, params: Any) -> Any:
    return updated(optax.keep_params_nonnegative(), grads, params)
