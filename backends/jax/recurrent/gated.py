"""Gated recurrent units of flax."""

from __future__ import annotations

from typing import Any, Literal

from flax import linen, nnx

from backends.binding import deviates, entered_by
from backends.equations.recurrent.gates import without_its_hidden_bias, witness
from backends.jax.modules import filled
from backends.jax.recurrent import (
    for_nnx,
    of_gated,
    off_by_slopes,
    ran,
    ran_by_nnx,
    slopes_of_values,
    vanishing_gates,
)
from reference.recurrent import gated as reference


def _nnx(x: Any, h0: Any, *weights: Any) -> Any:
    sizes, options = (x.shape[-1], h0.shape[-1]), {"param_dtype": x.dtype}
    params = for_nnx("gru", of_gated(*weights))
    cell = filled(lambda: nnx.GRUCell(*sizes, rngs=nnx.Rngs(0), **options), params)
    h, ys = ran_by_nnx(cell, x, h0)
    return ys, h


@deviates(
    "agrees_through_every_entry",
    where=lambda entry: entry == "flax.nnx.GRUCell",
    at_most=without_its_hidden_bias(reference.gru, off_by_slopes(reference.gru)),
    because="flax.nnx.GRUCell has no hidden bias of the candidate, b_hn, that its docstring shows",
    witness=witness(reference.gru, 0.5, -0.5, 0.25),
    dtypes=("float32", "bfloat16"),
    link="https://github.com/google/flax/issues/5594",
)
@vanishing_gates(reference.gru, -13.0, -13.0, 0.5, shown_in_values=False)
@slopes_of_values(reference.gru, 7.0, 6.0, 5.0)
@entered_by(**{"flax.nnx.GRUCell": _nnx})
def gru(
    x: Any, h0: Any, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any, *,
    reset: Literal["after"] = "after", update: Literal["keep"] = "keep",
) -> Any:  # fmt: skip
    del reset, update
    h, ys = ran(linen.GRUCell(h0.shape[-1]), of_gated(w_ih, w_hh, b_ih, b_hh), x, h0)
    return ys, h
