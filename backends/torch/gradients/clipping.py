"""Clipping by the norm of all gradients, by torch.nn.utils, which writes into parameters."""

from __future__ import annotations

from typing import Annotated, Any

import torch

from backends.binding import Bound, deviates
from backends.equations.gradients.norms import (
    LOST,
    NEEDLESSLY_REFUSED,
    VANISHED,
    powers_overflow,
    powers_vanish,
)
from backends.torch.gradients import written
from reference.technique import OneOf

_SUBNORMAL = (
    "max_norm / |g| is rounded to float16, where it is subnormal below 6e-5 and 0 below 3e-8"
)
_HALF = 2.0**-25
"""Half the smallest number of float16: what rounding a subnormal number may take from it."""


def _share_is_subnormal(norm: Any, max_norm: float, tiny: float, entry: str) -> Any:
    return (max_norm < tiny * norm) & (entry == "grads")


OVERFLOWS = deviates(
    "agrees_with_reference",
    where=powers_overflow,
    at_most=LOST,
    because="powers are summed as they are: squares from a norm of sqrt(largest) on make the norm"
    " infinite, and gradients become 0",
    witness={
        "float64": {"gradient": 1e160},
        "float32": {"gradient": 1e20},
        "bfloat16": {"gradient": 1e20},
    },
)
NARROW = deviates(
    "agrees_with_reference",
    where=lambda norm, largest: norm > largest,
    at_most=LOST,
    because="the norm is rounded to float16 and overflows: all gradients become 0",
    witness={"gradient": 3e4},
    dtypes=("float16",),
)
SMALL_SHARES = deviates(
    "agrees_with_reference",
    where=_share_is_subnormal,
    at_most=Bound(
        "|error| <= |g| 2^-25 + accepted", lambda gradient, allowed: abs(gradient) * _HALF + allowed
    ),
    because=_SUBNORMAL,
    witness={"gradient": 1e4, "max_norm": 2.0**-10},
    dtypes=("float16",),
)
SMALL_SHARES_OF_THE_BOUND = deviates(
    "bounds_the_norm",
    where=_share_is_subnormal,
    at_most=Bound(
        "|norm - max_norm| <= |g| 2^-25 + accepted", lambda norm, allowed: norm * _HALF + allowed
    ),
    because=_SUBNORMAL,
    witness={"gradient": 6400.0, "max_norm": 2.0**-10},
    dtypes=("float16",),
)


@OVERFLOWS
@NARROW
@deviates(
    "agrees_with_reference",
    where=powers_vanish,
    at_most=VANISHED,
    because="powers are summed as they are: squares below sqrt(tiny), 1e-19 in float32, are 0",
    witness={
        "float64": {"gradient": 1e-200},
        "float32": {"gradient": 1e-30},
        "bfloat16": {"gradient": 1e-30},
    },
)
@SMALL_SHARES
@SMALL_SHARES_OF_THE_BOUND
def clip_by_global_norm(
    grads: Any,
    *,
    max_norm: float = 1.0,
    norm_type: Any = 2,
    eps: Annotated[float, OneOf((1e-6,))] = 1e-6,
    foreach: bool = False,
) -> Any:
    del eps  # a constant of torch's
    return written(
        lambda owners: torch.nn.utils.clip_grad_norm_(
            owners, max_norm, norm_type=norm_type, foreach=foreach
        ),
        grads,
    )


@deviates(
    "agrees_with_reference",
    where=powers_overflow,
    at_most=NEEDLESSLY_REFUSED,
    because="powers are summed as they are: squares from a norm of sqrt(largest) on make the norm"
    " infinite, and it raises",
    witness={
        "float64": {"gradient": 1e160},
        "float32": {"gradient": 1e20},
        "bfloat16": {"gradient": 1e20},
    },
)
@deviates(
    "agrees_with_reference",
    where=lambda norm, largest: norm > largest,
    at_most=NEEDLESSLY_REFUSED,
    because="the norm is rounded to float16, overflows, and it raises",
    witness={"gradient": 3e4},
    dtypes=("float16",),
)
@deviates(
    "refuses_a_norm_that_is_no_number",
    where=lambda norm, largest, entry: (norm > largest) & (entry == "refused"),
    at_most=Bound("1 is told for 0", lambda: 1.0),
    because="the norm is rounded to float16, overflows, and it raises",
    witness={"gradient": 3e4},
    dtypes=("float16",),
)
@deviates(
    "bounds_the_norm",
    where=lambda norm, largest, entry: (norm > largest) & (entry == "grads"),
    at_most=Bound("the norm is what it was", lambda norm, allowed: norm + allowed),
    because="the norm is rounded to float16, overflows, and it raises",
    witness={"gradient": 3e4},
    dtypes=("float16",),
)
@SMALL_SHARES
@SMALL_SHARES_OF_THE_BOUND
def clip_or_refuse(
    grads: Any,
    *,
    max_norm: float = 1.0,
    norm_type: Any = 2,
    eps: Annotated[float, OneOf((1e-6,))] = 1e-6,
    foreach: bool = False,
) -> Any:
    del eps  # a constant of torch's

    def change(owners: Any) -> Any:
        try:
            torch.nn.utils.clip_grad_norm_(
                owners, max_norm, norm_type=norm_type, error_if_nonfinite=True, foreach=foreach
            )
        except RuntimeError:
            return torch.tensor(1, dtype=torch.int32)
        return torch.tensor(0, dtype=torch.int32)

    return written(change, grads)
