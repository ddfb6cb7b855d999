"""Units, by optax."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
import optax

from backends.binding import Bound, deviates
from backends.equations.gradients.norms import ADAPTIVELY_VANISHED, LOST
from backends.gradient_updates import updated
from reference.technique import OneOf


@deviates(
    "agrees_with_reference",
    where=lambda own, largest: own > np.sqrt(largest / 2),
    at_most=LOST,
    because="squares are summed as they are: from a norm of sqrt(largest) on, in float16 of 256,"
    " the unit's gradient becomes 0",
    witness={
        "float64": {"gradient": 1e160, "parameter": 1.0},
        "float32": {"gradient": 1e20, "parameter": 1.0},
        "bfloat16": {"gradient": 1e20, "parameter": 1.0},
        "float16": {"gradient": 600.0, "parameter": 1.0},
    },
)
@deviates(
    "bounds_the_norm",
    where=lambda own, weights, n, tiny, u, entry: (
        (np.minimum(own, weights) < np.sqrt(n * tiny / u)) & (entry == "grads")
    ),
    at_most=Bound("the ratio is not more than before", lambda norm, allowed: norm + allowed),
    because="squares are summed as they are: below 8e-3 they lose all",
    witness={"gradient": 1e-4, "parameter": 0.0},
    dtypes=("float16",),
)
@deviates(
    "agrees_with_reference",
    where=lambda own, weights, n, tiny, u: np.minimum(own, weights) < np.sqrt(n * tiny / u),
    at_most=ADAPTIVELY_VANISHED,
    because="squares are summed as they are: below 8e-3 they lose all",
    witness={"gradient": 1e-4, "parameter": 0.0},
    dtypes=("float16",),
)
def clip_adaptively(grads: Any, params: Any, *, clipping: float = 0.01, eps: float = 1e-3) -> Any:
    return updated(optax.adaptive_grad_clip(clipping, eps), grads, params)


def centralize(grads: Any, *, unit_axis: Annotated[int, OneOf((0,))] = 0) -> Any:
    del unit_axis  # optax knows the first
    return updated(optax.centralize(), grads)
