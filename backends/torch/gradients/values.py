"""Clipping by values, by torch.nn.utils and Tensor.clamp."""

from __future__ import annotations

from typing import Any

import torch

from backends.binding import absent


def clip_by_value(grads: Any, *, max_value: float = 1.0, foreach: bool = False) -> Any:
    owners = [torch.zeros_like(g) for g in grads]
    for owner, g in zip(owners, grads, strict=True):
        owner.grad = g.clone()
    torch.nn.utils.clip_grad_value_([*owners, torch.zeros(3)], max_value, foreach=foreach)
    return [owner.grad for owner in owners]


def clip_to_interval(grads: Any, *, low: float = -1.0, high: float = 1.0) -> Any:
    return [torch.clamp(g, low, high) for g in grads]


def clip_weights(params: Any, *, max_weight: float = 0.01) -> Any:
    return [w.clone().clamp_(-max_weight, max_weight) for w in params]


keep_non_negative = absent(
    "torch has no projection of updates: its users clamp the weights after the step,"
    " p.data.clamp_(min=0)"
)
