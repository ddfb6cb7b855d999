"""Normalization of samples by themselves, by torch.nn.functional and the layers of torch.nn."""

from __future__ import annotations

from typing import Annotated, Any

import torch
from torch import nn
from torch.func import functional_call
from torch.nn import functional

from backends.binding import Entry, entered_by
from backends.equations.normalization.fast_variance import OF_LAYOUTS, subtracts_squares
from reference.groups import over_some_features, second
from reference.technique import OneOf

_FAR = ((((1000.1, 999.7), (1000.0, 999.1)), ((1000.3, 1000.2), (1000.9, 999.4)),
         ((3.0, 3.5), (3.3, 3.2)), ((3.1, 3.7), (3.8, 3.4))),)  # fmt: skip
_PLACES = {3: nn.InstanceNorm1d, 4: nn.InstanceNorm2d, 5: nn.InstanceNorm3d}


def _called(layer: Any, x: Any, weight: Any, *bias: Any) -> Any:
    """A layer with these weights."""
    held = dict(zip(("weight", "bias"), (weight, *bias), strict=False))
    return functional_call(layer.to(x), held, x)


def _layer_norm(x: Any, weight: Any, bias: Any, *, eps: float) -> Any:
    return _called(nn.LayerNorm(weight.shape, eps), x, weight, bias)


def _layer_norm_as_it_is(x: Any, weight: Any, bias: Any) -> Any:
    return _called(nn.LayerNorm(weight.shape), x, weight, bias)


@entered_by(layer=_layer_norm, defaults=_layer_norm_as_it_is)
def layer_norm(x: Any, weight: Any, bias: Any, *, eps: float = 1e-5) -> Any:
    return functional.layer_norm(x, weight.shape, weight, bias, eps)


def _rms_norm(x: Any, weight: Any, *, eps: float) -> Any:
    return _called(nn.RMSNorm(weight.shape, eps), x, weight)


def _rms_norm_as_it_is(x: Any, weight: Any) -> Any:
    return _called(nn.RMSNorm(weight.shape), x, weight)


def _spacing(u: float) -> float:
    """At 1: of x's format, in 16-bit formats of float32, in which torch computes."""
    return min(2 * u, torch.finfo(torch.float32).eps)


@entered_by(layer=_rms_norm, defaults=Entry(_rms_norm_as_it_is, {"eps": _spacing}))
def rms_norm(x: Any, weight: Any, *, eps: float | None = None) -> Any:
    return functional.rms_norm(x, weight.shape, weight, eps)


def _group_norm(x: Any, weight: Any, bias: Any, *, groups: int, eps: float) -> Any:
    return _called(nn.GroupNorm(groups, len(weight), eps), x, weight, bias)


def _group_norm_as_it_is(x: Any, weight: Any, bias: Any, *, groups: int) -> Any:
    return _called(nn.GroupNorm(groups, len(weight)), x, weight, bias)


@entered_by(layer=_group_norm, defaults=_group_norm_as_it_is)
@subtracts_squares(
    over_some_features, second, {"x": _FAR, "groups": 2}, OF_LAYOUTS,
    because="the kernel for images stored channels last computes the variance as E[x^2] - E[x]^2, "
    "which cancels where the mean is far from 0; the one for contiguous images does not",
    link="https://github.com/pytorch/pytorch/issues/40302",
)  # fmt: skip
def group_norm(
    x: Any, weight: Any, bias: Any, *, groups: Annotated[int, OneOf((2, 1, 4))], eps: float = 1e-5
) -> Any:
    return functional.group_norm(x, groups, weight, bias, eps)


def _instance_norm(x: Any, weight: Any, bias: Any, *, eps: float) -> Any:
    return _called(_PLACES[x.ndim](len(weight), eps, affine=True), x, weight, bias)


def _instance_norm_as_it_is(x: Any, weight: Any, bias: Any) -> Any:
    return _called(_PLACES[x.ndim](len(weight), affine=True), x, weight, bias)


@entered_by(layer=_instance_norm, defaults=_instance_norm_as_it_is)
def instance_norm(x: Any, weight: Any, bias: Any, *, eps: float = 1e-5) -> Any:
    return functional.instance_norm(x, weight=weight, bias=bias, eps=eps)
