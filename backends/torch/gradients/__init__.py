"""Gradient techniques of torch.nn.utils."""

from __future__ import annotations

from typing import Any

import torch


def written(change: Any, grads: Any) -> Any:
    """Call `change` on parameters that have copies of these gradients: those, and what it told.

    Last among them stands a parameter that has no gradient.
    """
    owners = [torch.zeros_like(g) for g in grads]
    for owner, g in zip(owners, grads, strict=True):
        owner.grad = g.clone()
    told = change([*owners, torch.zeros(3)])
    return [owner.grad for owner in owners], told
