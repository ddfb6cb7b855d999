"""Dense connections: torch.cat of layers of torch.nn.functional."""

from __future__ import annotations

from typing import Any, Literal

import torch
from torch.nn import functional


def dense_block(x: Any, weights: Any, biases: Any) -> Any:
    for w, b in zip(weights, biases, strict=True):
        x = torch.cat((x, functional.linear(functional.relu(x), w, b)), dim=1)
    return x


def skip_concatenation(
    x: Any, w1: Any, b1: Any, w2: Any, b2: Any, w3: Any, b3: Any, *,
    order: Literal["skip first", "skip last"] = "skip first",
) -> Any:  # fmt: skip
    e = functional.relu(functional.linear(x, w1, b1))
    d = functional.relu(functional.linear(e, w2, b2))
    return functional.linear(torch.cat((e, d) if order == "skip first" else (d, e), 1), w3, b3)
