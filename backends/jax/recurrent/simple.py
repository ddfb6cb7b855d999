"""Simple recurrent networks of flax."""

from __future__ import annotations

from typing import Any, Literal

import jax
from flax import linen, nnx

from backends.binding import entered_by
from backends.jax.modules import filled
from backends.jax.recurrent import for_nnx, of_simple, ran, ran_by_nnx, slopes_of_values
from reference.recurrent import simple as reference

ACTIVATIONS = {"tanh": linen.tanh, "relu": jax.nn.relu}


def _nnx(x: Any, h0: Any, *weights: Any, activation: str = "tanh", residual: bool = False) -> Any:
    options = {"dtype": x.dtype, "param_dtype": x.dtype, "residual": residual,
               "activation_fn": ACTIVATIONS[activation]}  # fmt: skip
    sizes = (x.shape[-1], h0.shape[-1])
    params = for_nnx("rnn", of_simple(*weights))
    cell = filled(lambda: nnx.SimpleCell(*sizes, rngs=nnx.Rngs(0), **options), params)
    h, ys = ran_by_nnx(cell, x, h0)
    return ys, h


def _nnx_residual(x: Any, h0: Any, *weights: Any) -> Any:
    return _nnx(x, h0, *weights, residual=True)


@slopes_of_values(reference.rnn, 4.0, coarse=(2.25,))
@entered_by(**{"flax.nnx.SimpleCell": _nnx})
def rnn(
    x: Any, h0: Any, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any, *,
    activation: Literal["tanh", "relu"] = "tanh",
) -> Any:  # fmt: skip
    cell = linen.SimpleCell(h0.shape[-1], activation_fn=ACTIVATIONS[activation])
    h, ys = ran(cell, of_simple(w_ih, w_hh, b_ih, b_hh), x, h0)
    return ys, h


@slopes_of_values(reference.residual_rnn, 4.0, coarse=(1.25,))
@entered_by(**{"flax.nnx.SimpleCell(residual=True)": _nnx_residual})
def residual_rnn(x: Any, h0: Any, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any) -> Any:
    cell = linen.SimpleCell(h0.shape[-1], residual=True)
    h, ys = ran(cell, of_simple(w_ih, w_hh, b_ih, b_hh), x, h0)
    return ys, h
