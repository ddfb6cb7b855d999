"""Norms of gradients, by torch.nn.utils."""

from __future__ import annotations

from typing import Any

import torch

from backends.binding import absent, deviates
from backends.equations.gradients.norms import LOST, NORM_VANISHED, powers_overflow, powers_vanish


@deviates(
    "agrees_with_reference",
    where=powers_overflow,
    at_most=LOST,
    because="powers are summed as they are: squares overflow from a norm of sqrt(largest) on",
    witness={
        "float64": {"gradient": 1e160},
        "float32": {"gradient": 1e20},
        "bfloat16": {"gradient": 1e20},
    },
)
@deviates(
    "agrees_with_reference",
    where=powers_vanish,
    at_most=NORM_VANISHED,
    because="powers are summed as they are: squares below sqrt(tiny), 1e-19 in float32, are 0",
    witness={
        "float64": {"gradient": 1e-200},
        "float32": {"gradient": 1e-30},
        "bfloat16": {"gradient": 1e-30},
    },
)
def global_norm(grads: Any, *, norm_type: Any = 2, foreach: bool = False) -> Any:
    return torch.nn.utils.get_total_norm(grads, norm_type=norm_type, foreach=foreach)


normalize_by_norm = absent(
    "torch.nn.utils has no such step: its users divide each .grad by get_total_norm(grads) + eps"
)
