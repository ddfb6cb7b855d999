"""Activations of rows, of torch.nn.functional."""

from __future__ import annotations

from typing import Any

from torch.nn import functional

from backends.binding import deviates
from backends.equations.activations.rows import (
    LOG_OF_SUM,
    SHARE_LESS_ONE,
    outweighs,
    right_class,
    shares_pullback,
)

_HIGH, _LOW = ((s * 9.0, *(0.0,) * 7) for s in (1, -1))


@deviates(
    "gradient_agrees",
    where=outweighs, at_most=shares_pullback(1), because="autograd forms y (c - sum(c y))",
    witness={"x": _HIGH},
)  # fmt: skip
def softmax(x: Any) -> Any:
    return functional.softmax(x, dim=-1)


@deviates(
    "gradient_agrees",
    where=lambda x: outweighs(-x), at_most=shares_pullback(-1),
    because="autograd forms y (c - sum(c y))", witness={"x": _LOW},
)  # fmt: skip
def softmin(x: Any) -> Any:
    return functional.softmin(x, dim=-1)


@deviates(
    "agrees_with_reference",
    where=lambda y: y > -1, at_most=LOG_OF_SUM, because="the kernel takes log(1 + r), not log1p(r)",
    witness={"x": _HIGH},
)  # fmt: skip
def log_softmax(x: Any) -> Any:
    return functional.log_softmax(x, dim=-1)


@deviates(
    "agrees_with_reference",
    where=lambda y: y < 1, at_most=LOG_OF_SUM, because="the kernel takes log(1 + r), not log1p(r)",
    witness={"x": _HIGH, "targets": 0},
)  # fmt: skip
@deviates(
    "gradient_agrees",
    where=right_class, at_most=SHARE_LESS_ONE, because="autograd forms p - 1 at the target",
    witness={"x": _HIGH, "targets": 0},
)  # fmt: skip
def cross_entropy(x: Any, targets: Any) -> Any:
    return functional.cross_entropy(x, targets, reduction="none")
