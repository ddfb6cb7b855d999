"""Clipping, by optax: transformations of updates."""

from __future__ import annotations

from typing import Annotated, Any

import optax

from backends.backend import Bound, deviates
from backends.gradient_bounds import LOST, VANISHED, squares_overflow, squares_vanish
from reference.technique import OneOf


def _transformed(transformation: optax.GradientTransformation, grads: Any) -> Any:
    """Gradients after one update of a transformation that keeps no state."""
    return transformation.update(grads, transformation.init(grads))[0]


@deviates(
    "agrees_with_reference",
    where=squares_overflow,
    at_most=LOST,
    because="squares are summed as they are: from a norm of sqrt(largest) on, in float16 of 256,"
    " all gradients become 0",
    witness={
        "float64": {"gradient": 1e160},
        "float32": {"gradient": 1e20},
        "bfloat16": {"gradient": 1e20},
        "float16": {"gradient": 60.0},
    },
)
@deviates(
    "agrees_with_reference",
    where=squares_vanish,
    at_most=VANISHED,
    because="squares are summed as they are: below sqrt(tiny), in float16 8e-3, they lose all",
    witness={
        "float64": {"gradient": 1e-200},
        "float32": {"gradient": 1e-30},
        "bfloat16": {"gradient": 1e-30},
        "float16": {"gradient": 1e-4},
    },
)
@deviates(
    "agrees_with_reference",
    where=lambda gradient, norm, tiny, entry: (entry == "grads") & (abs(gradient) < tiny * norm),
    at_most=Bound(
        "|error| <= max_norm 2^-25 + accepted",
        lambda max_norm, allowed: max_norm * 2.0**-25 + allowed,
    ),
    because="g / |g| is rounded to float16 before it is multiplied by max_norm",
    witness={"gradient": 2e-5, "beside": 200.0, "max_norm": 100.0},
    dtypes=("float16",),
)
def clip_by_global_norm(
    grads: Any,
    *,
    max_norm: float = 1.0,
    eps: Annotated[float, OneOf((0.0,))] = 0.0,
) -> Any:
    del eps  # optax adds none
    return _transformed(optax.clip_by_global_norm(max_norm), grads), optax.global_norm(grads)
