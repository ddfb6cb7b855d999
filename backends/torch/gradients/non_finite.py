"""Gradients that are no numbers, by torch.nan_to_num."""

from __future__ import annotations

import math
from typing import Any

import torch

from backends.binding import absent


def zero_nans(grads: Any) -> Any:
    return [torch.nan_to_num(g, nan=0.0, posinf=math.inf, neginf=-math.inf) for g in grads]


def replace_non_finite(grads: Any, *, nan: float = 0.0, limit: float = 1024.0) -> Any:
    return [torch.nan_to_num(g, nan=nan, posinf=limit, neginf=-limit) for g in grads]


skip_non_finite = absent(
    "torch skips steps inside torch.amp.GradScaler only (gradients.scale_loss), with no limit to"
    " how many in a row; without it one tests clip_grad_norm_'s norm with torch.isfinite"
)


skip_long_steps = absent(
    "torch has none: its users call optimizer.step() where the norm that clip_grad_norm_(params,"
    " math.inf) returns is below a bound"
)
