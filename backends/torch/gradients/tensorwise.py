"""Clipping tensor by tensor, by torch.nn.utils, which writes into the gradients of parameters."""

from __future__ import annotations

from typing import Annotated, Any

import torch

from backends.binding import absent
from backends.torch.gradients import written
from backends.torch.gradients.clipping import (
    NARROW,
    OVERFLOWS,
    SMALL_SHARES,
    SMALL_SHARES_OF_THE_BOUND,
)
from reference.technique import OneOf


@OVERFLOWS
@NARROW
@SMALL_SHARES
@SMALL_SHARES_OF_THE_BOUND
def clip_by_norm(
    grads: Any,
    *,
    max_norm: float = 1.0,
    norm_type: Any = 2,
    eps: Annotated[float, OneOf((1e-6,))] = 1e-6,
) -> Any:
    del eps  # a constant of torch's
    return written(
        lambda owners: [
            torch.nn.utils.clip_grad_norm_(owner, max_norm, norm_type=norm_type) for owner in owners
        ],
        grads,
    )[0]


clip_by_block_rms = absent(
    "torch.nn.utils clips by norms only (torch.optim.Adafactor clips its own update this way); "
    "clip_grad_norm_ of one parameter with max_norm = threshold * sqrt(numel) is the same"
)
