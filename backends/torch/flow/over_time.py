"""torch.nn.RNNCell over time, with its parameters given from outside."""

from __future__ import annotations

from typing import Any, Literal

import torch

from backends.torch.flow import carried


def recurrent_stack(
    x: Any, v: Any, c: Any, entering: Any, w_ih: Any, w_hh: Any, b: Any,
    *, activation: Literal["tanh", "relu"] = "tanh",
) -> Any:  # fmt: skip
    cell = torch.nn.RNNCell(
        w_ih.shape[1], w_hh.shape[0], nonlinearity=activation, device="meta", dtype=x.dtype
    )

    def layer(h: Any, e: Any, w_ih: Any, w_hh: Any, b: Any) -> Any:
        known = {"weight_ih": w_ih, "weight_hh": w_hh, "bias_ih": b, "bias_hh": torch.zeros_like(b)}
        return torch.func.functional_call(cell, known, (e, h))

    entering, *shared = whole = [p.detach().requires_grad_() for p in (entering, w_ih, w_hh, b)]
    return carried(layer, x, v, c, whole, [(e, *shared) for e in entering.unbind(0)])
