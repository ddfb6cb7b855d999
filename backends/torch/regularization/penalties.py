"""Penalties: compositions of torch's own sums and norms, differentiated by autograd."""

from __future__ import annotations

from typing import Any

import torch

from backends.binding import deviates, subgradient
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
)


@deviates(
    "agrees_at_extreme_sizes",
    where=tree_overflows, at_most=OVERFLOWN,
    because="squares are summed before they are multiplied by the strength",
    witness=OVERFLOWN_SQUARES,
)  # fmt: skip
def l2_penalty(params: Any, *, strength: float = 1e-2, square: str = "half") -> Any:
    total = sum(w.square().sum() for w in params)
    return strength * (0.5 * total if square == "half" else total)


@subgradient("middle")
def l1_penalty(params: Any, *, strength: float = 1e-2) -> Any:
    return strength * sum(torch.linalg.vector_norm(w, ord=1) for w in params)


@deviates(
    "agrees_at_extreme_sizes",
    where=tree_overflows, at_most=OVERFLOWN,
    because="squares are summed before they are multiplied by the strength",
    witness=OVERFLOWN_SQUARES,
)  # fmt: skip
@deviates(
    "gradient_agrees", "gradient_agrees_at_extreme_sizes",
    where=small_share, at_most=SMALL_SHARE,
    because="the squares' factor is rounded before the parameters come in: it is subnormal",
    witness=SMALL_SHARES, dtypes=("float16",),
)  # fmt: skip
@subgradient("middle")
def elastic_net(params: Any, *, strength: float = 1e-2, l1_ratio: float = 0.5) -> Any:
    magnitudes, squares = (sum(f(w).sum() for w in params) for f in (torch.abs, torch.square))
    return strength * (l1_ratio * magnitudes + 0.5 * (1 - l1_ratio) * squares)


@deviates(
    "agrees_at_extreme_sizes",
    where=any_row_leaves, at_most=LENGTHS_LOST, because="vector_norm squares as it is",
    witness=LONG_ROWS,
)  # fmt: skip
@deviates(
    "gradient_agrees_at_extreme_sizes",
    where=row_leaves, at_most=NO_DIRECTION,
    because="w is divided by a norm that is infinite or 0",
    witness=LONG_ROWS,
)  # fmt: skip
def group_lasso(weight: Any, *, strength: float = 1e-2) -> Any:
    return strength * torch.linalg.vector_norm(weight, dim=1).sum()
