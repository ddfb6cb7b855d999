"""Biases as torch.nn's layers make them."""

from __future__ import annotations

from typing import Any, Literal

from torch import nn

from backends.torch import made
from reference.initializers.layers_biases import Inputs, Positions


def dense_bias(
    seed: Any,
    weight: Any,
    *,
    rule: Literal["uniform_fan_in"] = "uniform_fan_in",
    inputs: Inputs = 3,
) -> Any:
    del rule
    return made(seed, nn.Linear, inputs, len(weight), like=weight).bias


def conv_bias(
    seed: Any,
    weight: Any,
    *,
    rule: Literal["uniform_fan_in"] = "uniform_fan_in",
    inputs: Inputs = 3,
    positions: Positions = 5,
) -> Any:
    del rule
    return made(seed, nn.Conv1d, inputs, len(weight), positions, like=weight).bias


def transposed_conv_bias(
    seed: Any,
    weight: Any,
    *,
    rule: Literal["uniform_fan_out"] = "uniform_fan_out",
    positions: Positions = 5,
) -> Any:
    del rule
    return made(seed, nn.ConvTranspose1d, 2, len(weight), positions, like=weight).bias


def attention_bias(seed: Any, weight: Any) -> Any:
    return made(seed, nn.MultiheadAttention, len(weight) // 3, 1, like=weight).in_proj_bias
