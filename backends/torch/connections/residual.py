"""Residual connections: torch has no block; x is added to layers of torch.nn.functional."""

from __future__ import annotations

from typing import Any, Literal

from torch.nn import functional

from backends.torch.connections import branch

Activation = Literal["post", "pre"]


def residual(x: Any, w1: Any, b1: Any, w2: Any, b2: Any, *, activation: Activation = "post") -> Any:
    return x + branch(x, w1, b1, w2, b2, activation)


def projection_residual(
    x: Any, w1: Any, b1: Any, w2: Any, b2: Any, ws: Any, *, activation: Activation = "post"
) -> Any:
    return functional.linear(x, ws) + branch(x, w1, b1, w2, b2, activation)
