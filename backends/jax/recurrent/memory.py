"""Long short-term memories of flax. Carries are (c, h)."""

from __future__ import annotations

from typing import Any

from flax import linen, nnx

from backends.binding import absent, entered_by
from backends.equations.recurrent.gates import NEARLY_SHUT
from backends.jax.modules import filled
from backends.jax.recurrent import (
    for_nnx,
    of_lstm,
    ran,
    ran_by_nnx,
    slopes_of_values,
    vanishing_gates,
)
from reference.recurrent import memory as reference


def _cell(x: Any, h0: Any, c0: Any, *weights: Any) -> Any:
    (c, h), ys = ran(linen.LSTMCell(h0.shape[-1]), of_lstm(*weights), x, (c0, h0))
    return ys, h, c


def _nnx(x: Any, h0: Any, c0: Any, *weights: Any) -> Any:
    sizes, options = (x.shape[-1], h0.shape[-1]), {"param_dtype": x.dtype}
    params = for_nnx("lstm", of_lstm(*weights))
    cell = filled(lambda: nnx.OptimizedLSTMCell(*sizes, rngs=nnx.Rngs(0), **options), params)
    (c, h), ys = ran_by_nnx(cell, x, (c0, h0))
    return ys, h, c


def _nnx_by_gate(x: Any, h0: Any, c0: Any, *weights: Any) -> Any:
    sizes, options = (x.shape[-1], h0.shape[-1]), {"param_dtype": x.dtype}
    params = of_lstm(*weights)
    params["if_"] = params.pop("if")
    cell = filled(lambda: nnx.LSTMCell(*sizes, rngs=nnx.Rngs(0), **options), params)
    (c, h), ys = ran_by_nnx(cell, x, (c0, h0))
    return ys, h, c


@vanishing_gates(reference.lstm, *NEARLY_SHUT)
@slopes_of_values(reference.lstm, 7.0, 6.0, 5.0, 8.0)
@entered_by(**{
    "flax.linen.LSTMCell": _cell,
    "flax.nnx.OptimizedLSTMCell": _nnx,
    "flax.nnx.LSTMCell": _nnx_by_gate,
})  # fmt: skip
def lstm(x: Any, h0: Any, c0: Any, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any) -> Any:
    params = of_lstm(w_ih, w_hh, b_ih, b_hh)
    (c, h), ys = ran(linen.OptimizedLSTMCell(h0.shape[-1]), params, x, (c0, h0))
    return ys, h, c


projected_lstm = absent("flax has no projected LSTM; compose it of its cell and a Dense layer")
