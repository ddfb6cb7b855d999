"""Long short-term memories of torch.nn."""

from __future__ import annotations

from typing import Any

import torch

from backends.binding import entered_by
from backends.torch.recurrent import ran_alone, slopes_of_values, stepped
from reference.recurrent import memory as reference


def _cell(x: Any, h0: Any, c0: Any, *weights: Any) -> Any:
    return stepped(torch.nn.LSTMCell, x, (h0, c0), *weights)


@slopes_of_values(reference.lstm, 7.0, 6.0, 5.0, 8.0)
@entered_by(**{"torch.nn.LSTMCell": _cell})
def lstm(x: Any, h0: Any, c0: Any, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any) -> Any:
    return ran_alone(torch.nn.LSTM, x, (h0, c0), w_ih, w_hh, b_ih, b_hh)


@slopes_of_values(reference.projected_lstm, 7.0, 6.0, 5.0, 8.0)
def projected_lstm(
    x: Any, h0: Any, c0: Any, w_ih: Any, w_hh: Any, w_hr: Any, b_ih: Any, b_hh: Any
) -> Any:
    weights = (w_ih, w_hh, b_ih, b_hh, w_hr)
    return ran_alone(torch.nn.LSTM, x, (h0, c0), *weights, proj_size=len(w_hr))
