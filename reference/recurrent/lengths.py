"""Sequences of several lengths in one batch, padded at their ends."""

from __future__ import annotations

from typing import Literal

import numpy as np

from reference.numerics import Array, Linearized
from reference.recurrent.arrangements import CELLS, Kind
from reference.recurrent.unrolling import State, Weights, over_time, through_time
from reference.technique import Accuracy, Fact, technique

Beyond = Literal["zero", "run on"]


def longest_sums(x: Array, lengths: Array, state: State) -> int:
    """Terms of the sums on the way: over inputs, over hidden units, over times and batch."""
    del lengths
    return int(x.shape[2] + state[0].shape[-1] + x.shape[0] * x.shape[1])


@technique(
    source="cuDNN developer guide, packed sequences; torch.nn.utils.rnn.pack_padded_sequence",
    accuracy=Accuracy(ulps=1, inputs=3, terms=longest_sums),
    facts=(
        Fact("looks_only_back"),
        Fact("keeps_sequences_apart"),
        Fact("ends_in_its_last_output"),
        Fact("ignores_padding"),
        Fact("gives_padding_no_gradient"),
        Fact("stands_where_a_sequence_is_empty"),
    ),
)
def variable_lengths(
    x: Array, lengths: Array, state: State, weights: Weights, *,
    cell: Kind = "lstm", beyond: Beyond = "zero",
) -> Linearized:  # fmt: skip
    """Run a layer over sequences of several lengths in one batch.

    y_t = cell(x_t) for t < length, 0 beyond; the last state is that after `length` steps

    `beyond` "run on": the outputs beyond a length are those of a cell that runs on over the
    padding; whoever sums over them, takes padding for data.

    *Numerics*: as of the cells.

    Args:
        x: (T, B, I), no unit; what lies beyond a sequence's length is padding.
        lengths: (B,), integers from 0 to T: how many steps each sequence has.
        state: first states, (B, H): (h,), of a long short-term memory (h, c).
        weights: w_ih (G H, I), w_hh (G H, H), b_ih and b_hh (G H,), with rows for G gates.
        cell: which cell is run.
        beyond: what outputs beyond a length are.

    Returns:
        Linearized: (ys, *state), outputs (T, B, H) and the states (B, H) after each sequence's own
        last step. The pullback goes to every array but the lengths, in order.

    *Differences*: torch packs (`pack_padded_sequence`, sorted by length unless
    `enforce_sorted=False`) and pads with zeros (`pad_packed_sequence`, cut at the longest length
    unless it is told `total_length`); a length of 0 is an error there. flax's
    `RNN(...)(x, seq_lengths=...)` runs on: multiply its outputs by `arange(T)[:, None] < lengths`.
    A length of 0 gives the state after all T steps of padding there, in place of the first. Padding
    that is NaN makes all of its gradients NaN, as 0 NaN = NaN; packed, it is never touched.

    Example:
        >>> w, b, h = np.zeros((3, 1)), np.zeros(3), np.ones((2, 1))
        >>> given = np.ones((2, 2, 1)), np.array([1, 2]), (h,), (w, w, b, b)
        >>> variable_lengths(*given, cell="gru").outputs[0][..., 0]
        array([[0.5 , 0.5 ],
               [0.  , 0.25]])
    """
    valid = (np.arange(len(x))[:, None] < lengths)[..., None]
    padded = beyond == "zero"
    run = over_time(CELLS[cell][0], np.where(valid, x, 0 * x[:1]) if padded else x, state, weights)
    ends = [
        np.take_along_axis(np.stack(steps), np.maximum(lengths, 0)[None, :, None], 0)[0]
        for steps in zip(state, *run.states, strict=True)
    ]

    def pullback(cotangents: tuple[Array, ...]) -> tuple[Array, ...]:
        c_ys, *c_state = cotangents
        c_ys = np.where(valid, c_ys, 0 * c_ys) if padded else c_ys
        of_x, of_state, of_weights = through_time(run, c_ys, c_state, lengths)
        return of_x, *of_state, *of_weights

    return Linearized((np.where(valid, run.ys, 0 * run.ys) if padded else run.ys, *ends), pullback)
