"""Clipping, by torch.nn.utils, which writes into the gradients of parameters."""

from __future__ import annotations

from typing import Annotated, Any

import torch

from backends.backend import Bound, deviates
from backends.gradient_bounds import LOST, VANISHED, squares_overflow, squares_vanish
from reference.technique import OneOf

_SUBNORMAL = (
    "max_norm / |g| is rounded to float16, where it is subnormal below 6e-5 and 0 below 3e-8"
)
_HALF = 2.0**-25
"""Half the smallest number of float16: what rounding a subnormal number may take from it."""


def _written(change: Any, grads: Any) -> Any:
    """Call `change` on parameters that have copies of these gradients: those, and what it told."""
    owners = [torch.zeros_like(g) for g in grads]
    for owner, g in zip(owners, grads, strict=True):
        owner.grad = g.clone()
    told = change(owners)
    return [owner.grad for owner in owners], told


def _share_is_subnormal(norm: float, max_norm: float, tiny: float, entry: str) -> bool:
    return entry == "grads" and max_norm < tiny * norm


@deviates(
    "agrees_with_reference",
    where=squares_overflow,
    at_most=LOST,
    because="squares are summed as they are: from a norm of sqrt(largest) on, gradients become 0",
    witness={
        "float64": {"gradient": 1e160},
        "float32": {"gradient": 1e20},
        "bfloat16": {"gradient": 1e20},
    },
)
@deviates(
    "agrees_with_reference",
    where=lambda norm, largest: norm > largest,
    at_most=LOST,
    because="the norm is rounded to float16 and overflows: all gradients become 0",
    witness={"gradient": 3e4},
    dtypes=("float16",),
)
@deviates(
    "agrees_with_reference",
    where=squares_vanish,
    at_most=VANISHED,
    because="squares are summed as they are: below sqrt(tiny), 1e-19 in float32, they are 0",
    witness={
        "float64": {"gradient": 1e-200},
        "float32": {"gradient": 1e-30},
        "bfloat16": {"gradient": 1e-30},
    },
)
@deviates(
    "agrees_with_reference",
    where=_share_is_subnormal,
    at_most=Bound(
        "|error| <= |g| 2^-25 + accepted", lambda gradient, allowed: abs(gradient) * _HALF + allowed
    ),
    because=_SUBNORMAL,
    witness={"gradient": 1e4, "max_norm": 2.0**-10},
    dtypes=("float16",),
)
@deviates(
    "bounds_the_norm",
    where=_share_is_subnormal,
    at_most=Bound(
        "|norm - max_norm| <= |g| 2^-25 + accepted", lambda norm, allowed: norm * _HALF + allowed
    ),
    because=_SUBNORMAL,
    witness={"gradient": 6400.0, "max_norm": 2.0**-10},
    dtypes=("float16",),
)
def clip_by_global_norm(
    grads: Any,
    *,
    max_norm: float = 1.0,
    eps: Annotated[float, OneOf((1e-6,))] = 1e-6,
) -> Any:
    del eps  # a constant of torch's
    return _written(lambda owners: torch.nn.utils.clip_grad_norm_(owners, max_norm), grads)
