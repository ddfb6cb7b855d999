"""Connections composed of torch.nn.functional's layers."""

from __future__ import annotations

from typing import Any, Literal

from torch.nn import functional


def residual(
    x: Any, w1: Any, b1: Any, w2: Any, b2: Any, *, activation: Literal["post", "pre"] = "post"
) -> Any:
    entering = functional.relu(x) if activation == "pre" else x
    return x + functional.linear(functional.relu(functional.linear(entering, w1, b1)), w2, b2)
