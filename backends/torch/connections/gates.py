"""Gated connections composed of torch's linear layers and sigmoid."""

from __future__ import annotations

from typing import Any

import torch
from torch.nn import functional

from backends.backend import deviates
from backends.equations.connections import (
    CARRIED,
    EXCITATION_PULLED,
    HIGHWAY_PULLED,
    OPEN_CHANNEL,
    SHUT_LAYER,
    excitation_is_open,
    highway_is_open,
)


@deviates(
    "agrees_with_reference",
    where=highway_is_open,
    at_most=CARRIED,
    because="the carry gate is 1 - t: where t is near 1, it has few digits left, or none",
    witness=SHUT_LAYER,
)
@deviates(
    "gradient_agrees",
    where=highway_is_open, at_most=HIGHWAY_PULLED,
    because="the carry gate is 1 - t, and sigmoid's slope t (1 - t): in open gates both cancel",
    witness=SHUT_LAYER,
)  # fmt: skip
def highway(x: Any, wh: Any, bh: Any, wt: Any, bt: Any) -> Any:
    t = torch.sigmoid(functional.linear(x, wt, bt))
    return t * functional.relu(functional.linear(x, wh, bh)) + (1 - t) * x


@deviates(
    "gradient_agrees",
    where=excitation_is_open, at_most=EXCITATION_PULLED,
    because="sigmoid's slope is g (1 - g): in open gates it cancels",
    witness=OPEN_CHANNEL,
)  # fmt: skip
def squeeze_excitation(x: Any, w1: Any, b1: Any, w2: Any, b2: Any) -> Any:
    squeezed = functional.relu(functional.linear(x.mean(2), w1, b1))
    return torch.sigmoid(functional.linear(squeezed, w2, b2))[..., None] * x
