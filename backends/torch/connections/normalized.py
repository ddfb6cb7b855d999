"""Residual connections normalized after the sum, by torch.nn.functional.layer_norm."""

from __future__ import annotations

from typing import Any

from torch.nn import functional

from backends.torch.connections import branch


def deepnorm(
    x: Any, w1: Any, b1: Any, w2: Any, b2: Any, weight: Any, bias: Any, *,
    alpha: float = 1.0, eps: float = 1e-5,
) -> Any:  # fmt: skip
    z = alpha * x + branch(x, w1, b1, w2, b2)
    return functional.layer_norm(z, weight.shape, weight, bias, eps)
