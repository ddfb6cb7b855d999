"""Gated recurrent units of torch.nn."""

from __future__ import annotations

from typing import Any, Literal

import torch

from backends.binding import entered_by
from backends.torch.recurrent import ran_alone, slopes_of_values, stepped
from reference.recurrent import gated as reference


def _cell(x: Any, h0: Any, *weights: Any) -> Any:
    return stepped(torch.nn.GRUCell, x, (h0,), *weights)


@slopes_of_values(reference.gru, 7.0, 6.0, 5.0)
@entered_by(**{"torch.nn.GRUCell": _cell})
def gru(
    x: Any, h0: Any, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any, *,
    reset: Literal["after"] = "after", update: Literal["keep"] = "keep",
) -> Any:  # fmt: skip
    del reset, update
    return ran_alone(torch.nn.GRU, x, (h0,), w_ih, w_hh, b_ih, b_hh)
