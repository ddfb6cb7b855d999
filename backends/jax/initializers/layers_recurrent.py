"""Recurrent cells as flax.linen makes them."""

from __future__ import annotations

from typing import Any, Literal

from flax import linen
from jax import numpy as jnp

from backends.binding import offers
from backends.jax import made
from reference.initializers.layers_recurrent import GATES, Cell

_CELLS: dict[str, Any] = {"lstm": linen.LSTMCell, "gru": linen.GRUCell, "simple": linen.SimpleCell}
_INPUT = {"lstm": ("ii", "if", "ig", "io"), "gru": ("ir", "iz", "in"), "simple": ("i",)}
_HIDDEN = {"lstm": ("hi", "hf", "hg", "ho"), "gru": ("hr", "hz", "hn"), "simple": ("h",)}
_BIASED = {"lstm": _HIDDEN["lstm"], "gru": _INPUT["gru"], "simple": _INPUT["simple"]}


def _cell(seed: Any, cell: Cell, inputs: int, outputs: int, dtype: Any) -> Any:
    layer = _CELLS[cell](outputs // GATES[cell], param_dtype=dtype)
    hidden = jnp.zeros((1, outputs // GATES[cell]))
    carry = (hidden, hidden) if cell == "lstm" else hidden
    return made(seed, layer, carry, jnp.zeros((1, inputs)))


def recurrent_input_kernel(
    seed: Any,
    weight: Any,
    *,
    rule: Literal["lecun_normal"] = "lecun_normal",
    layout: Literal["in_out"] = "in_out",
    cell: Cell = "lstm",
) -> Any:
    del rule, layout
    inputs, outputs = weight.shape
    parts = _cell(seed, cell, inputs, outputs, weight.dtype)
    return jnp.concatenate([parts[name]["kernel"] for name in _INPUT[cell]], 1)


@offers(
    "float64", "float32",
    because="jax.nn.initializers.orthogonal takes a QR in the weight's dtype, and there is none of "
    "16 bits: a cell with such a param_dtype raises NotImplementedError; users pass a "
    "recurrent_kernel_init that casts",
)  # fmt: skip
def recurrent_hidden_kernel(
    seed: Any,
    weight: Any,
    *,
    rule: Literal["orthogonal_gates"] = "orthogonal_gates",
    layout: Literal["in_out"] = "in_out",
    cell: Cell = "lstm",
) -> Any:
    del rule, layout
    parts = _cell(seed, cell, 1, weight.shape[1], weight.dtype)
    return jnp.concatenate([parts[name]["kernel"] for name in _HIDDEN[cell]], 1)


def recurrent_bias(
    seed: Any, weight: Any, *, rule: Literal["zeros"] = "zeros", cell: Cell = "lstm"
) -> Any:
    del rule
    parts = _cell(seed, cell, 1, len(weight), weight.dtype)
    return jnp.concatenate([parts[name]["bias"] for name in _BIASED[cell]])
