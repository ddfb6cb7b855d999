"""Normalization layers of torch.nn.functional."""

from __future__ import annotations

from typing import Any, Literal

from torch.nn import functional


def batch_norm(
    x: Any,
    weight: Any,
    bias: Any,
    running_mean: Any,
    running_var: Any,
    *,
    eps: float = 1e-5,
    momentum: float = 0.1,
    mode: Literal["train", "eval"] = "train",
    momentum_of: Literal["new"] = "new",
    running_variance: Literal["unbiased"] = "unbiased",
) -> Any:
    del momentum_of, running_variance
    state = running_mean.detach().clone(), running_var.detach().clone()
    y = functional.batch_norm(x, *state, weight, bias, mode == "train", momentum, eps)
    return y, *state
