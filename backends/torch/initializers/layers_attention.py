"""Attention as torch.nn makes it."""

from __future__ import annotations

from typing import Any, Literal

from torch import nn

from backends.torch import made


def attention_kernel(
    seed: Any,
    weight: Any,
    *,
    rule: Literal["glorot_uniform_stacked"] = "glorot_uniform_stacked",
    layout: Literal["out_in"] = "out_in",
) -> Any:
    del rule, layout
    return made(seed, nn.MultiheadAttention, weight.shape[1], 1, like=weight).in_proj_weight


def attention_output_kernel(
    seed: Any,
    weight: Any,
    *,
    rule: Literal["uniform_fan_in"] = "uniform_fan_in",
    layout: Literal["out_in"] = "out_in",
) -> Any:
    del rule, layout
    return made(seed, nn.MultiheadAttention, weight.shape[1], 1, like=weight).out_proj.weight
