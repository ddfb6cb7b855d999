"""Recurrent layers of torch.nn, with their parameters given from outside."""

from __future__ import annotations

from typing import Any

import torch

from backends.backend import deviates
from backends.equations import DEAD
from backends.saturation import has_open_gates, lstm_slopes

ONE = {
    "x": (((0.5,),), ((-1.0,),)), "h0": ((0.5,),), "c0": ((3.0,),),
    "w_ih": ((0.1,),) * 4, "w_hh": ((0.2,),) * 4, "b_ih": (7.0, 6.0, 5.0, 8.0), "b_hh": (1.0,) * 4,
}  # fmt: skip


@deviates(
    "gradient_agrees",
    where=has_open_gates,
    at_most=lstm_slopes(lambda u: 3 * u, "3 u"),
    because="slopes are y (1 - y) and 1 - y^2: in open gates they have no digits left",
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
    layer = torch.nn.LSTM(x.shape[-1], h0.shape[-1], device="meta", dtype=x.dtype)
    weights = {"weight_ih_l0": w_ih, "weight_hh_l0": w_hh, "bias_ih_l0": b_ih, "bias_hh_l0": b_hh}
    ys, (h, c) = torch.func.functional_call(layer, weights, (x, (h0[None], c0[None])))
    return ys, h[0], c[0]
