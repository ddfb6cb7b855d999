"""Normalization over the batch, by torch.nn.functional, and by the layers of torch.nn."""

from __future__ import annotations

from typing import Any, Literal

from torch import nn
from torch.func import functional_call
from torch.nn import functional

from backends.binding import absent, entered_by

_LAYERS = {2: nn.BatchNorm1d, 3: nn.BatchNorm1d, 4: nn.BatchNorm2d, 5: nn.BatchNorm3d}

batch_renorm = absent("torch has none: its users clip r and d by hand, around running statistics")


def _layer(
    x: Any, weight: Any, bias: Any, running_mean: Any, running_var: Any, *, mode: str, **known: Any
) -> Any:
    layer = _LAYERS[x.ndim](x.shape[1], dtype=x.dtype, device=x.device, **known)
    state = {"running_mean": running_mean.detach(), "running_var": running_var.detach()}
    held = {"weight": weight, "bias": bias, **{k: v.clone() for k, v in state.items()}}
    y = functional_call(layer.train(mode == "train"), held, x)
    return y, held["running_mean"], held["running_var"]


def _as_it_is(
    x: Any, weight: Any, bias: Any, running_mean: Any, running_var: Any, *, mode: str
) -> Any:
    return _layer(x, weight, bias, running_mean, running_var, mode=mode)


def _entered(
    x: Any, *rest: Any, eps: float, momentum: float, mode: Literal["train", "eval"]
) -> Any:
    return _layer(x, *rest, mode=mode, eps=eps, momentum=momentum)


@entered_by(layer=_entered, defaults=_as_it_is)
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
