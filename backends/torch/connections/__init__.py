"""Connections composed of torch.nn.functional's layers."""

from __future__ import annotations

from typing import Any

from torch.nn import functional


def branch(x: Any, w1: Any, b1: Any, w2: Any, b2: Any, activation: str = "post") -> Any:
    """F(x): two layers with a relu between them, and before them where it precedes."""
    entering = functional.relu(x) if activation == "pre" else x
    return functional.linear(functional.relu(functional.linear(entering, w1, b1)), w2, b2)
