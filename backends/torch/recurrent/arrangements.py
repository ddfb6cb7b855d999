"""Both directions, and layer upon layer, by torch.nn's own arguments."""

from __future__ import annotations

from typing import Any, Literal

from backends.equations.recurrent.gates import COARSE, OPEN
from backends.torch.recurrent import LAYERS, ran, slopes_of_values
from reference.recurrent import arrangements as reference


@slopes_of_values(reference.bidirectional, *OPEN, coarse=COARSE, dead=False)
def bidirectional(
    x: Any, state: Any, forward: Any, backward: Any, *,
    cell: Literal["lstm", "gru", "rnn"] = "lstm",
) -> Any:  # fmt: skip
    return ran(LAYERS[cell], x, state, *forward, *backward, bidirectional=True)


@slopes_of_values(reference.stacked, *OPEN, coarse=COARSE, dead=False)
def stacked(
    x: Any, state: Any, first: Any, second: Any, *, cell: Literal["lstm", "gru", "rnn"] = "lstm"
) -> Any:
    return ran(LAYERS[cell], x, state, *first, *second, num_layers=2)
