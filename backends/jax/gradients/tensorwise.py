"""Clipping tensor by tensor, by optax: transformations of updates."""

from __future__ import annotations

from typing import Annotated, Any

import optax

from backends.gradient_updates import updated
from backends.jax.gradients.clipping import OVERFLOWS
from reference.technique import OneOf


@OVERFLOWS
def clip_by_norm(
    grads: Any,
    *,
    max_norm: float = 1.0,
    norm_type: Annotated[Any, OneOf((2,))] = 2,
    eps: Annotated[float, OneOf((0.0,))] = 0.0,
) -> Any:
    del norm_type, eps  # optax knows the Euclidean norm, and adds nothing
    return [updated(optax.clip_by_global_norm(max_norm), g) for g in grads]


@OVERFLOWS
def clip_by_block_rms(grads: Any, *, threshold: float = 1.0) -> Any:
    return updated(optax.clip_by_block_rms(threshold), grads)
