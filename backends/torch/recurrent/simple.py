"""Simple recurrent networks of torch.nn."""

from __future__ import annotations

from typing import Any, Literal

import torch

from backends.binding import entered_by
from backends.torch.recurrent import ran_alone, slopes_of_values, stepped
from reference.recurrent import simple as reference


def _cell(x: Any, h0: Any, *weights: Any, activation: str = "tanh") -> Any:
    return stepped(torch.nn.RNNCell, x, (h0,), *weights, nonlinearity=activation)


def _batch_first(x: Any, h0: Any, *weights: Any, activation: str = "tanh") -> Any:
    options = {"nonlinearity": activation, "batch_first": True}
    ys, h = ran_alone(torch.nn.RNN, x.transpose(0, 1), (h0,), *weights, **options)
    return ys.transpose(0, 1), h


@slopes_of_values(reference.rnn, 4.0, coarse=(2.25,))
@entered_by(**{"torch.nn.RNNCell": _cell, "torch.nn.RNN(batch_first=True)": _batch_first})
def rnn(
    x: Any, h0: Any, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any, *,
    activation: Literal["tanh", "relu"] = "tanh",
) -> Any:  # fmt: skip
    return ran_alone(torch.nn.RNN, x, (h0,), w_ih, w_hh, b_ih, b_hh, nonlinearity=activation)


@slopes_of_values(reference.residual_rnn, 4.0, coarse=(1.25,))
def residual_rnn(x: Any, h0: Any, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any) -> Any:
    plus_one = w_hh + torch.eye(len(w_hh), dtype=w_hh.dtype, device=w_hh.device)
    return ran_alone(torch.nn.RNN, x, (h0,), w_ih, plus_one, b_ih, b_hh)
