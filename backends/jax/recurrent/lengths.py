"""Sequences of several lengths, by flax's RNN and its `seq_lengths`."""

from __future__ import annotations

from typing import Any, Literal

from backends.binding import deviates
from backends.equations.recurrent.gates import COARSE, NEARLY_SHUT, OPEN, RUNS_THROUGH, witness
from backends.jax.recurrent import (
    CELLS,
    PARAMETERS,
    ran,
    ran_both_ways,
    slopes_of_values,
    vanishing_gates,
)
from reference.recurrent import lengths as reference


@deviates(
    "stands_where_a_sequence_is_empty",
    where=lambda: True,
    at_most=RUNS_THROUGH,
    because="the last state is taken at the index length - 1, which is -1: the last of all steps",
    witness=witness(reference.variable_lengths, 0.5, 0.5, 0.5, 0.5),
)
@vanishing_gates(reference.variable_lengths, *NEARLY_SHUT)
@slopes_of_values(reference.variable_lengths, *OPEN, coarse=COARSE, dead=False)
def variable_lengths(
    x: Any, lengths: Any, state: Any, weights: Any, *,
    cell: Literal["lstm", "gru", "rnn"] = "lstm", beyond: Literal["run on"] = "run on",
) -> Any:  # fmt: skip
    del beyond
    carry = state[::-1] if len(state) > 1 else state[0]
    made, params = CELLS[cell](weights[1].shape[-1]), PARAMETERS[cell](*weights)
    last, ys = ran(made, params, x, carry, seq_lengths=lengths)
    return ys, *(last[::-1] if isinstance(last, tuple) else (last,))


@deviates(
    "stands_where_a_sequence_is_empty",
    where=lambda: True,
    at_most=RUNS_THROUGH,
    because="the last state is taken at the index length - 1, which is -1: the last of all steps",
    witness=witness(reference.bidirectional_lengths, 0.5, 0.5, 0.5, 0.5),
)
@vanishing_gates(reference.bidirectional_lengths, *NEARLY_SHUT)
@slopes_of_values(reference.bidirectional_lengths, *OPEN, coarse=COARSE, dead=False)
def bidirectional_lengths(
    x: Any, lengths: Any, state: Any, forward: Any, backward: Any, *,
    cell: Literal["lstm", "gru", "rnn"] = "lstm", beyond: Literal["run on"] = "run on",
) -> Any:  # fmt: skip
    del beyond
    return ran_both_ways(cell, x, state, forward, backward, seq_lengths=lengths)
