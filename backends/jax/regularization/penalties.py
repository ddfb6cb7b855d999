"""Penalties: compositions of optax's and jax.numpy's own norms, differentiated by JAX."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np
import optax

from backends.binding import Bound, deviates, subgradient
from backends.equations.regularization.penalties import (
    LENGTHS_LOST,
    LONG_ROWS,
    NO_DIRECTION,
    OVERFLOWN,
    OVERFLOWN_SQUARES,
    SMALL_SHARE,
    SMALL_SHARES,
    any_row_leaves,
    row_leaves,
    small_share,
    tree_overflows,
    zero_row,
)

_LONG = LONG_ROWS | {"float16": {"weight": 255.0}}
_UP_FROM_ZERO = "the slope of jax.numpy.abs at 0 is 1: a parameter of 0 is pushed below it"


@deviates(
    "agrees_at_extreme_sizes",
    where=tree_overflows, at_most=OVERFLOWN,
    because="squares are summed before they are multiplied by the strength",
    witness=OVERFLOWN_SQUARES,
)  # fmt: skip
def l2_penalty(params: Any, *, strength: float = 1e-2, square: str = "half") -> Any:
    if square == "half":
        return strength * sum(jnp.sum(optax.l2_loss(w)) for w in params)
    return strength * optax.tree.norm(params, squared=True)


@deviates(
    "keeps_zero_parameters_at_rest",
    where=lambda output: output != "", at_most=Bound(
        "|error| = strength |c|", lambda strength, c, u: (1 + 3 * u) * strength * np.abs(c)
    ),
    because=_UP_FROM_ZERO, witness={"params": 1.0},
)  # fmt: skip
@subgradient("right")
def l1_penalty(params: Any, *, strength: float = 1e-2) -> Any:
    return strength * optax.tree.norm(params, ord=1)


@deviates(
    "agrees_at_extreme_sizes",
    where=tree_overflows, at_most=OVERFLOWN,
    because="squares are summed before they are multiplied by the strength",
    witness=OVERFLOWN_SQUARES,
)  # fmt: skip
@deviates(
    "keeps_zero_parameters_at_rest",
    where=lambda output: output != "", at_most=Bound(
        "|error| = strength l1_ratio |c|",
        lambda strength, l1_ratio, c, u: (1 + 4 * u) * strength * l1_ratio * np.abs(c),
    ),
    because=_UP_FROM_ZERO, witness={"params": 1.0},
)  # fmt: skip
@deviates(
    "gradient_agrees", "gradient_agrees_at_extreme_sizes",
    where=small_share, at_most=SMALL_SHARE,
    because="the squares' factor is rounded before the parameters come in: it is subnormal",
    witness=SMALL_SHARES, dtypes=("float16",),
)  # fmt: skip
@subgradient("right")
def elastic_net(params: Any, *, strength: float = 1e-2, l1_ratio: float = 0.5) -> Any:
    magnitudes, squares = optax.tree.norm(params, ord=1), optax.tree.norm(params, squared=True)
    return strength * (l1_ratio * magnitudes + 0.5 * (1 - l1_ratio) * squares)


@deviates(
    "agrees_at_extreme_sizes",
    where=any_row_leaves, at_most=LENGTHS_LOST, because="jax.numpy.linalg.norm squares as it is",
    witness=_LONG,
)  # fmt: skip
@deviates(
    "gradient_agrees_at_extreme_sizes",
    where=row_leaves, at_most=NO_DIRECTION,
    because="w is divided by a norm that is infinite or 0", witness=_LONG,
)  # fmt: skip
@deviates(
    "gradient_agrees", "gradient_agrees_at_extreme_sizes", "keeps_zero_parameters_at_rest",
    where=zero_row, at_most=NO_DIRECTION,
    because="the gradient of a row of zeros is 0 / 0; optax.safe_norm(w, 0.0, axis=1) has 0 there",
    witness={"weight": 0.0},
)  # fmt: skip
def group_lasso(weight: Any, *, strength: float = 1e-2) -> Any:
    return strength * jnp.sum(jnp.linalg.norm(weight, axis=1))
