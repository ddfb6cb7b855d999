"""Recurrent cells of flax.linen, run over time by flax.linen.RNN. Carries are (c, h)."""

from __future__ import annotations

from typing import Any

from flax import linen
from jax import numpy as jnp

from backends.backend import deviates
from backends.equations import DEAD
from backends.saturation import LSTM_VANISHED, has_open_gates, has_vanishing_gates, lstm_slopes

GATES = "ifgo"
ONE = {
    "x": (((0.5,),), ((-1.0,),)), "h0": ((0.5,),), "c0": ((3.0,),),
    "w_ih": ((0.1,),) * 4, "w_hh": ((0.2,),) * 4, "b_ih": (7.0, 6.0, 5.0, 8.0), "b_hh": (1.0,) * 4,
}  # fmt: skip
NEARLY_SHUT = ONE | {"b_ih": (7.0, 6.0, 5.0, -13.0)}


def _by_gate(w_ih: Any, w_hh: Any, bias: Any) -> dict[str, Any]:
    """Flax's parameters from torch's: a kernel (inputs, outputs) for each gate, one bias."""
    entering, carried, biases = (jnp.split(w, len(GATES)) for w in (w_ih, w_hh, bias))
    kernels = {f"i{k}": {"kernel": w.T} for k, w in zip(GATES, entering, strict=True)}
    hidden = zip(GATES, carried, biases, strict=True)
    return kernels | {f"h{k}": {"kernel": w.T, "bias": b} for k, w, b in hidden}


def _slope_of_tanh(u: float) -> float:
    """(2 k + 2) u, where y is within k ulps: 7, or 1 where float32 is rounded to 16 bits."""
    return (4 if u > 2.0**-12 else 16) * u


@deviates(
    "agrees_with_reference",
    where=has_vanishing_gates,
    at_most=LSTM_VANISHED,
    because="exp(-a) is formed in float16 and overflows where a < -11.09, and 1 / inf is 0",
    witness=NEARLY_SHUT,
    dtypes=("float16",),
)
@deviates(
    "gradient_agrees",
    where=has_vanishing_gates,
    at_most=lstm_slopes(_slope_of_tanh, "4 u", shut=True),
    because="exp(-a) is formed in float16 and overflows where a < -11.09: the gate is 0",
    witness=NEARLY_SHUT,
    dtypes=("float16",),
)
@deviates(
    "gradient_agrees",
    where=has_open_gates,
    at_most=lstm_slopes(_slope_of_tanh, "16 u (4 u in 16 bits)"),
    because="slopes are y (1 - y) and (1 - y) (1 + y): in open gates they have no digits left",
    witness=ONE,
)
@deviates(
    "keeps_gradient_alive",
    where=has_open_gates,
    at_most=DEAD,
    because="slopes are y (1 - y): of a gate that rounds to 1 the gradient is 0",
    witness=ONE,
)
def lstm(x: Any, h0: Any, c0: Any, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any) -> Any:
    layer = linen.RNN(linen.OptimizedLSTMCell(h0.shape[-1]), time_major=True, return_carry=True)
    weights = {"params": {"cell": _by_gate(w_ih, w_hh, b_ih + b_hh)}}
    (c, h), ys = layer.apply(weights, x, initial_carry=(c0, h0))
    return ys, h, c
