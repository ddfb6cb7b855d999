"""Norms of gradients, by optax."""

from __future__ import annotations

from typing import Annotated, Any

import optax

from backends.binding import Bound, deviates
from backends.equations import UNBOUNDED
from backends.equations.gradients.norms import (
    LOST,
    NORM_VANISHED,
    NORMALIZED_VANISHED,
    powers_overflow,
    powers_vanish,
)
from backends.gradient_updates import updated
from reference.technique import OneOf


@deviates(
    "agrees_with_reference",
    where=powers_overflow,
    at_most=LOST,
    because="squares are summed as they are, in the format of the gradients: they overflow from a"
    " norm of sqrt(largest) on, in float16 of 256",
    witness={
        "float64": {"gradient": 1e160},
        "float32": {"gradient": 1e20},
        "bfloat16": {"gradient": 1e20},
        "float16": {"gradient": 600.0},
    },
)
@deviates(
    "agrees_with_reference",
    where=powers_vanish,
    at_most=NORM_VANISHED,
    because="squares are summed as they are: below sqrt(tiny), in float16 8e-3, they lose all",
    witness={
        "float64": {"gradient": 1e-200},
        "float32": {"gradient": 1e-30},
        "bfloat16": {"gradient": 1e-30},
        "float16": {"gradient": 1e-4},
    },
)
def global_norm(
    grads: Any,
    *,
    norm_type: Annotated[Any, OneOf((2, 1, "inf"))] = 2,
    foreach: Annotated[bool, OneOf((False,))] = False,
) -> Any:
    del foreach  # one program holds it all
    return optax.tree.norm(grads, ord=norm_type)


@deviates(
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
@deviates(
    "agrees_with_reference",
    where=powers_vanish,
    at_most=NORMALIZED_VANISHED,
    because="squares are summed as they are: below 8e-3 they lose all",
    witness={"gradient": 1e-4},
    dtypes=("float16",),
)
@deviates(
    "agrees_with_reference",
    where=lambda gradient, scale_factor, largest: abs(gradient) * scale_factor > largest,
    at_most=UNBOUNDED,
    because="XLA may form g scale / |g| for g / (|g| / scale): g scale overflows, and over a norm"
    " that overflows it is NaN",
    witness={"gradient": 3e4, "scale_factor": 4.0},
    dtypes=("float16",),
)
@deviates(
    "takes_mixed_dtypes",
    where=lambda entry: entry == "bytes",
    at_most=Bound("as many bytes as the widest has", lambda: 4.0),
    because="gradients are divided by a norm in the widest dtype of the tree, and get that dtype"
    " (optax.clip_by_global_norm casts it first)",
    witness={"gradient": 1.0},
)
def normalize_by_norm(grads: Any, *, scale_factor: float = 1.0, eps: float = 1e-6) -> Any:
    return updated(optax.normalize_by_update_norm(scale_factor, eps), grads)
