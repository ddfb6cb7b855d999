"""Residual, dense and highway stacks composed of torch.nn.functional's layers."""

from __future__ import annotations

from typing import Any

import torch
from torch.nn import functional

from backends.torch.flow import carried, cut, full
from reference.flow.layers import Norm, Phi


def residual_stack(
    x: Any, v: Any, c: Any, w: Any, b: Any, u: Any,
    *, activation: Phi = "tanh", normalization: Norm = "none",
) -> Any:  # fmt: skip
    def layer(h: Any, w: Any, b: Any, u: Any) -> Any:
        return h + functional.linear(full(h, w, b, activation, normalization), u)

    return carried(layer, x, v, c, *cut(w, b, u))


def dense_stack(
    x: Any, v: Any, c: Any, w: Any, b: Any,
    *, activation: Phi = "tanh", normalization: Norm = "none",
) -> Any:  # fmt: skip
    def layer(h: Any, w: Any, b: Any) -> Any:
        new = full(h, w[:, : h.shape[-1]], b, activation, normalization)
        return torch.cat([h, new], dim=-1)

    return carried(layer, x, v, c, *cut(w, b))


def highway_stack(
    x: Any, v: Any, c: Any, w: Any, b: Any, w_gate: Any, b_gate: Any,
    *, activation: Phi = "tanh", normalization: Norm = "none",
) -> Any:  # fmt: skip
    def layer(h: Any, w: Any, b: Any, w_gate: Any, b_gate: Any) -> Any:
        gate = torch.sigmoid(functional.linear(h, w_gate, b_gate))
        return gate * full(h, w, b, activation, normalization) + (1 - gate) * h

    return carried(layer, x, v, c, *cut(w, b, w_gate, b_gate))
