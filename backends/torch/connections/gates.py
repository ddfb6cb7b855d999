"""Gated connections composed of torch's linear layers and sigmoid."""

from __future__ import annotations

from typing import Any

import torch
from torch.nn import functional

from backends.equations.connections.gates import open_excitation, open_highway


@open_highway
def highway(x: Any, wh: Any, bh: Any, wt: Any, bt: Any) -> Any:
    t = torch.sigmoid(functional.linear(x, wt, bt))
    return t * functional.relu(functional.linear(x, wh, bh)) + (1 - t) * x


@open_excitation
def squeeze_excitation(x: Any, w1: Any, b1: Any, w2: Any, b2: Any) -> Any:
    squeezed = functional.relu(functional.linear(x.mean(2), w1, b1))
    return torch.sigmoid(functional.linear(squeezed, w2, b2))[..., None] * x
