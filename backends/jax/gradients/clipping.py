"""Clipping by the norm of all gradients, by optax: transformations of updates."""

from __future__ import annotations

from typing import Annotated, Any

import optax

from backends.binding import Bound, absent, deviates
from backends.equations.gradients.norms import LOST, VANISHED, powers_overflow, powers_vanish
from backends.gradient_updates import updated
from reference.technique import OneOf

OVERFLOWS = deviates(
    "agrees_with_reference",
    where=powers_overflow,
    at_most=LOST,
    because="squares are summed as they are: from a norm of sqrt(largest) on, in float16 of 256,"
    " all gradients become 0",
    witness={
        "float64": {"gradient": 1e160},
        "float32": {"gradient": 1e20},
        "bfloat16": {"gradient": 1e20},
        "float16": {"gradient": 600.0},
    },
)
_ROUNDS_BEFORE = deviates(
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


@OVERFLOWS
@deviates(
    "agrees_with_reference",
    where=powers_vanish,
    at_most=VANISHED,
    because="squares are summed as they are: below sqrt(tiny), in float16 8e-3, they lose all",
    witness={
        "float64": {"gradient": 1e-200},
        "float32": {"gradient": 1e-30},
        "bfloat16": {"gradient": 1e-30},
        "float16": {"gradient": 1e-4},
    },
)
@_ROUNDS_BEFORE
def clip_by_global_norm(
    grads: Any,
    *,
    max_norm: float = 1.0,
    norm_type: Annotated[Any, OneOf((2,))] = 2,
    eps: Annotated[float, OneOf((0.0,))] = 0.0,
    foreach: Annotated[bool, OneOf((False,))] = False,
) -> Any:
    del norm_type, eps, foreach  # optax knows the Euclidean norm, adds nothing, has one program
    return updated(optax.clip_by_global_norm(max_norm), grads), optax.tree.norm(grads)


clip_or_refuse = absent(
    "a compiled program cannot raise, and optax.clip_by_global_norm does not look: optax."
    "apply_if_finite around an optimizer skips such steps (gradients.skip_non_finite)"
)
