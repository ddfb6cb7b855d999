"""Constraints, by optax.projections; of rows, with jax.vmap."""

from __future__ import annotations

from typing import Annotated, Any

import jax
import numpy as np
from optax import projections

from backends.binding import deviates
from backends.equations.regularization.penalties import (
    LONG_ROWS,
    NO_DIRECTION,
    SHORTENED_AWAY,
    row_leaves,
    row_overflows,
    tree_overflows,
    zero_row,
)
from reference.technique import OneOf

_LONG_ROWS = LONG_ROWS | {"float16": {"weight": 255.0}}
_LONG_TREES = {name: {"params": w["weight"]} for name, w in _LONG_ROWS.items()}


@deviates(
    "agrees_at_extreme_sizes",
    where=row_overflows, at_most=SHORTENED_AWAY,
    because="squares are summed as they are: rows longer than sqrt(largest) become 0",
    witness=_LONG_ROWS,
)  # fmt: skip
@deviates(
    "agrees_at_extreme_sizes",
    where=lambda weight: np.any(np.isnan(weight), axis=1, keepdims=True), at_most=NO_DIRECTION,
    because="the larger of NaN and max_norm is NaN: one NaN spoils its row; torch and the formula"
    " leave the rest of it alone",
    witness={"weight": (np.nan, 0.5, 0.5, 0.5)},
)  # fmt: skip
def max_norm(
    weight: Any, *, max_norm: float = 1.0, eps: Annotated[float, OneOf((0.0,))] = 0.0
) -> Any:
    del eps  # optax adds none
    return jax.vmap(projections.projection_l2_ball, (0, None))(weight, max_norm)


@deviates(
    "agrees_at_extreme_sizes",
    where=row_leaves, at_most=NO_DIRECTION,
    because="squares are summed as they are: w is divided by a norm that is infinite or 0",
    witness=_LONG_ROWS,
)  # fmt: skip
@deviates(
    "agrees_with_reference", "agrees_at_extreme_sizes", "keeps_zero_rows",
    where=zero_row, at_most=NO_DIRECTION, because="a row of zeros is divided by its norm: 0 / 0",
    witness={"weight": 0.0},
)  # fmt: skip
def unit_norm(weight: Any, *, eps: Annotated[float, OneOf((0.0,))] = 0.0) -> Any:
    del eps  # optax has none
    return jax.vmap(projections.projection_l2_sphere)(weight)


@deviates(
    "agrees_at_extreme_sizes",
    where=tree_overflows, at_most=SHORTENED_AWAY,
    because="squares are summed as they are: from a norm of sqrt(largest) on, parameters become 0",
    witness=_LONG_TREES,
)  # fmt: skip
def l2_ball(params: Any, *, max_norm: float = 1.0) -> Any:
    return projections.projection_l2_ball(params, max_norm)


def non_negative(params: Any) -> Any:
    return projections.projection_non_negative(params)
