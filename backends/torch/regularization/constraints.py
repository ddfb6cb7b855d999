"""Constraints, by torch's own renorm, normalize and clamp."""

from __future__ import annotations

from typing import Annotated, Any

import torch
from torch.nn import functional

from backends.binding import absent, deviates
from backends.equations.regularization.penalties import (
    LONG_ROWS,
    NO_DIRECTION,
    SHORTENED_AWAY,
    row_overflows,
    zero_row,
)
from reference.technique import OneOf

l2_ball = absent(
    "torch projects no tree of parameters: users scale them by max_norm over"
    " torch.nn.utils.get_total_norm(params) where that is larger"
)


@deviates(
    "agrees_at_extreme_sizes",
    where=row_overflows, at_most=SHORTENED_AWAY,
    because="the norm squares as it is: rows longer than sqrt(largest) become 0",
    witness=LONG_ROWS,
)  # fmt: skip
def max_norm(
    weight: Any, *, max_norm: float = 1.0, eps: Annotated[float, OneOf((1e-7,))] = 1e-7
) -> Any:
    del eps  # a constant of torch's
    return torch.renorm(weight, 2, 0, max_norm)


@deviates(
    "agrees_at_extreme_sizes",
    where=row_overflows, at_most=SHORTENED_AWAY,
    because="the norm squares as it is: rows longer than sqrt(largest) become 0",
    witness=LONG_ROWS,
)  # fmt: skip
@deviates(
    "agrees_with_reference", "agrees_at_extreme_sizes", "keeps_zero_rows",
    where=zero_row, at_most=NO_DIRECTION,
    because="eps = 1e-12 is 0 in float16: a row of zeros is divided by 0",
    witness={"weight": 0.0}, dtypes=("float16",),
)  # fmt: skip
def unit_norm(weight: Any, *, eps: Annotated[float, OneOf((1e-12,))] = 1e-12) -> Any:
    return functional.normalize(weight, dim=1, eps=eps)


def non_negative(params: Any) -> Any:
    return [torch.clamp(w, min=0) for w in params]
