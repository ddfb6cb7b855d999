"""Layers as torch.nn makes them: kernels and tables."""

from __future__ import annotations

from typing import Any, Literal

from torch import nn

from backends.torch import made
from reference.initializers.layers import Groups

_CONVOLUTIONS = {3: nn.Conv1d, 4: nn.Conv2d, 5: nn.Conv3d}
_TRANSPOSED = {3: nn.ConvTranspose1d, 4: nn.ConvTranspose2d, 5: nn.ConvTranspose3d}


def dense_kernel(
    seed: Any,
    weight: Any,
    *,
    rule: Literal["uniform_fan_in"] = "uniform_fan_in",
    layout: Literal["out_in"] = "out_in",
) -> Any:
    del rule, layout
    return made(seed, nn.Linear, *weight.shape[::-1], like=weight).weight


def conv_kernel(
    seed: Any,
    weight: Any,
    *,
    rule: Literal["uniform_fan_in"] = "uniform_fan_in",
    layout: Literal["out_in"] = "out_in",
    groups: Groups = 1,
) -> Any:
    del rule, layout
    outputs, inputs, *kernel = weight.shape
    layer = _CONVOLUTIONS[weight.ndim]
    return made(
        seed, layer, groups * inputs, outputs, tuple(kernel), like=weight, groups=groups
    ).weight


def transposed_conv_kernel(
    seed: Any,
    weight: Any,
    *,
    rule: Literal["uniform_fan_out"] = "uniform_fan_out",
    layout: Literal["in_first"] = "in_first",
) -> Any:
    del rule, layout
    inputs, outputs, *kernel = weight.shape
    layer = _TRANSPOSED[weight.ndim]
    return made(seed, layer, inputs, outputs, tuple(kernel), like=weight).weight


def bilinear_kernel(seed: Any, weight: Any) -> Any:
    outputs, *inputs = weight.shape
    return made(seed, nn.Bilinear, *inputs, outputs, like=weight).weight


def embedding_table(
    seed: Any, weight: Any, *, rule: Literal["standard_normal"] = "standard_normal"
) -> Any:
    del rule
    return made(seed, nn.Embedding, *weight.shape, like=weight).weight
