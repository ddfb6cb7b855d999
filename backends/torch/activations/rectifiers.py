"""Rectifiers of torch.nn, torch.nn.functional and their composition."""

from __future__ import annotations

from typing import Any

import torch
from torch.nn import functional

from backends.binding import subgradient


def identity(x: Any) -> Any:
    return torch.nn.Identity()(x)


@subgradient("left")
def relu(x: Any) -> Any:
    return functional.relu(x)


@subgradient("left")
def leaky_relu(x: Any, *, negative_slope: float = 0.01) -> Any:
    return functional.leaky_relu(x, negative_slope)


@subgradient("left")
def rrelu(x: Any, *, lower: float = 1 / 8, upper: float = 1 / 3) -> Any:
    return functional.rrelu(x, lower, upper, training=False)


def squared_relu(x: Any) -> Any:
    return torch.square(functional.relu(x))
