"""Recurrent layers as torch.nn makes them."""

from __future__ import annotations

from typing import Any, Literal

from torch import nn

from backends.torch import made
from reference.initializers.layers_recurrent import GATES, Cell

_LAYERS = {"lstm": nn.LSTM, "gru": nn.GRU, "simple": nn.RNN}


def recurrent_input_kernel(
    seed: Any,
    weight: Any,
    *,
    rule: Literal["uniform_hidden"] = "uniform_hidden",
    layout: Literal["out_in"] = "out_in",
    cell: Cell = "lstm",
) -> Any:
    del rule, layout
    outputs, inputs = weight.shape
    return made(seed, _LAYERS[cell], inputs, outputs // GATES[cell], like=weight).weight_ih_l0


def recurrent_hidden_kernel(
    seed: Any,
    weight: Any,
    *,
    rule: Literal["uniform_hidden"] = "uniform_hidden",
    layout: Literal["out_in"] = "out_in",
    cell: Cell = "lstm",
) -> Any:
    del rule, layout
    return made(seed, _LAYERS[cell], 1, weight.shape[1], like=weight).weight_hh_l0


def recurrent_bias(
    seed: Any,
    weight: Any,
    *,
    rule: Literal["uniform_hidden"] = "uniform_hidden",
    cell: Cell = "lstm",
) -> Any:
    del rule
    return made(seed, _LAYERS[cell], 1, len(weight) // GATES[cell], like=weight).bias_ih_l0
