"""Rows brought to a set, by torch.nn.functional."""

from __future__ import annotations

from typing import Any

import numpy as np
from torch.nn import functional

from backends.binding import absent, deviates
from backends.equations import UNBOUNDED
from backends.equations.activations.projections import (
    NOTHING_LEFT,
    SCALED_FIRST,
    THREE_TERMS,
    TURNED,
    longest,
    mean_outweighs,
    outlies,
    squares,
    squares_overflow,
)

_HUGE = {"float64": (1e200, -2e200, *(0.0,) * 6), "float32": (1e30, -2e30, *(0.0,) * 6)}
_ONE = (0.0005, -0.0005, 0.001, -0.001, 0.0, 1.0, 0.0, 0.0)

sparsemax = absent("torch has none: its users sort, sum and subtract the threshold by hand")


@deviates(
    "agrees_with_reference", "gradient_agrees",
    where=squares_overflow, at_most=UNBOUNDED,
    because="the sum of squares overflows, and infinity times 1 / infinity is NaN",
    witness={
        "float64": {"x": _HUGE["float64"]}, "float32": {"x": _HUGE["float32"]},
        "bfloat16": {"x": _HUGE["float32"]},
    },
)  # fmt: skip
@deviates(
    "gradient_agrees",
    where=outlies, at_most=THREE_TERMS,
    because="the kernel sums c x and c over the row, and adds three terms that cancel where one "
    "number outweighs the others", witness={"x": _ONE},
)  # fmt: skip
@deviates(
    "agrees_with_reference",
    where=mean_outweighs, at_most=SCALED_FIRST,
    because="the kernel forms x s + (-m s), not (x - m) s", dtypes=("float64", "float32"),
    witness={"x": (1001.0, *(1000.0,) * 7)},
)  # fmt: skip
def standardize(x: Any, *, eps: float) -> Any:
    return functional.layer_norm(x, x.shape[-1:], eps=eps)


@deviates(
    "agrees_with_reference", "gradient_agrees",
    where=squares_overflow, at_most=NOTHING_LEFT,
    because="the norm overflows, and x / infinity is 0",
    witness={
        "float64": {"x": _HUGE["float64"]}, "float32": {"x": _HUGE["float32"]},
        "bfloat16": {"x": _HUGE["float32"]},
    },
)  # fmt: skip
@deviates(
    "agrees_with_reference", "gradient_agrees",
    where=lambda x, largest: np.sqrt(squares(x)) > largest, at_most=NOTHING_LEFT,
    because="the norm overflows, and x / infinity is 0", dtypes=("float16",),
    witness={"x": (6e4, -6e4, *(0.0,) * 6)},
)  # fmt: skip
@deviates(
    "gradient_agrees",
    where=longest, at_most=TURNED, because="autograd takes y sum(c y) from c", witness={"x": _ONE},
)  # fmt: skip
def l2_normalize(x: Any, *, eps: float) -> Any:
    return functional.normalize(x, dim=-1, eps=eps)
