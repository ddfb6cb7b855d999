"""Both directions by flax's Bidirectional; layer upon layer, one RNN fed with another."""

from __future__ import annotations

from typing import Any, Literal

from backends.equations.recurrent.gates import COARSE, NEARLY_SHUT, OPEN
from backends.jax.recurrent import (
    CELLS,
    PARAMETERS,
    carry_of,
    ran,
    ran_both_ways,
    slopes_of_values,
    state_of,
    vanishing_gates,
)
from reference.recurrent import arrangements as reference


@vanishing_gates(reference.bidirectional, *NEARLY_SHUT)
@slopes_of_values(reference.bidirectional, *OPEN, coarse=COARSE, dead=False)
def bidirectional(
    x: Any, state: Any, forward: Any, backward: Any, *,
    cell: Literal["lstm", "gru", "rnn"] = "lstm",
) -> Any:  # fmt: skip
    return ran_both_ways(cell, x, state, forward, backward)


@vanishing_gates(reference.stacked, *NEARLY_SHUT)
@slopes_of_values(reference.stacked, *OPEN, coarse=COARSE, dead=False)
def stacked(
    x: Any, state: Any, first: Any, second: Any, *, cell: Literal["lstm", "gru", "rnn"] = "lstm"
) -> Any:
    made, params = CELLS[cell](first[1].shape[-1]), PARAMETERS[cell]
    low, ys = ran(made, params(*first), x, carry_of(state, 0))
    high, ys = ran(made, params(*second), ys, carry_of(state, 1))
    return ys, *state_of((low, high))
