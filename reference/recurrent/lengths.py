"""Sequences of several lengths in one batch, padded at their ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, TypeAlias

import numpy as np

from reference.numerics import Array, Linearized
from reference.recurrent.arrangements import CELLS, Kind, joined, part_of
from reference.recurrent.unrolling import State, Weights, over_time, through_time
from reference.technique import Accuracy, Fact, technique

Beyond = Literal["zero", "run on"]
Back: TypeAlias = Callable[[Array, Sequence[Array]], tuple[Array, State, Weights]]


def longest_sums(x: Array, lengths: Array, state: State) -> int:
    """Terms of the sums on the way: over inputs, over hidden units, over times and batch."""
    del lengths
    return int(x.shape[2] + state[0].shape[-1] + x.shape[0] * x.shape[1])


def longest_sums_of_both(x: Array, lengths: Array, state: State) -> int:
    """The same, and a sum over both directions."""
    return longest_sums(x, lengths, state) + 2


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
    ys, ends, back = _one_way(x, lengths, state, weights, cell, beyond)

    def pullback(cotangents: tuple[Array, ...]) -> tuple[Array, ...]:
        of_x, of_state, of_weights = back(cotangents[0], cotangents[1:])
        return of_x, *of_state, *of_weights

    return Linearized((ys, *ends), pullback)


def _one_way(
    x: Array, lengths: Array, state: State, weights: Weights, cell: str, beyond: str
) -> tuple[Array, State, Back]:
    """Outputs, last states, and the way back from their cotangents."""
    valid = (np.arange(len(x))[:, None] < lengths)[..., None]
    padded = beyond == "zero"
    run = over_time(CELLS[cell][0], np.where(valid, x, 0 * x[:1]) if padded else x, state, weights)
    ends = tuple(
        np.take_along_axis(np.stack(steps), lengths[None, :, None], 0)[0]
        for steps in zip(state, *run.states, strict=True)
    )

    def back(c_ys: Array, c_state: Sequence[Array]) -> tuple[Array, State, Weights]:
        c_ys = np.where(valid, c_ys, 0 * c_ys) if padded else c_ys
        return through_time(run, c_ys, c_state, lengths)

    return np.where(valid, run.ys, 0 * run.ys) if padded else run.ys, ends, back


def _turned(x: Array, lengths: Array) -> Array:
    """Every sequence from its own end; padding stays behind it, in an order of its own."""
    places = (np.arange(len(x))[::-1, None] + lengths) % len(x)
    return np.take_along_axis(x, places[..., None], 0)


@technique(
    source="torch.nn.utils.rnn.pack_padded_sequence of a bidirectional layer; Graves 2012",
    accuracy=Accuracy(ulps=1, inputs=3, terms=longest_sums_of_both),
    facts=(
        Fact("keeps_sequences_apart"),
        Fact("ends_in_its_last_output"),
        Fact("ignores_padding"),
        Fact("gives_padding_no_gradient"),
        Fact("stands_where_a_sequence_is_empty"),
    ),
)
def bidirectional_lengths(
    x: Array, lengths: Array, state: State, forward: Weights, backward: Weights, *,
    cell: Kind = "lstm", beyond: Beyond = "zero",
) -> Linearized:  # fmt: skip
    """Run both directions over sequences of several lengths: backwards from each one's own end.

    y_t = (u_t, v_t), u = cell(x_1 ... x_L), v = cell(x_L ... x_1), v put back in order

    L: a sequence's length. The backward direction meets no padding before it meets data. `beyond`
    "run on": beyond a length stand outputs of cells that ran on over padding, backwards over the
    padding backwards.

    *Numerics*: as of the cells; the gradient of x is a sum over both directions.

    Args:
        x: (T, B, I), no unit; what lies beyond a sequence's length is padding.
        lengths: (B,), integers from 0 to T: how many steps each sequence has.
        state: first states of both directions, (2, B, H): (h,), of a long short-term memory (h, c).
        forward: w_ih (G H, I), w_hh (G H, H), b_ih and b_hh (G H,), with rows for G gates.
        backward: the same, of the direction that begins at each sequence's end.
        cell: which cell both directions run.
        beyond: what outputs beyond a length are.

    Returns:
        Linearized: (ys, *state), outputs (T, B, 2 H), forward first, and the states (2, B, H) after
        each sequence's last step in each direction. The pullback goes to every array but the
        lengths, in order.

    *Differences*: as of `variable_lengths`: torch packs and pads with zeros, flax's `Bidirectional`
    takes `seq_lengths` and runs on. A plain flip of a padded batch, `x.flip(0)`, is neither.

    Example:
        >>> w, b, h = np.zeros((3, 1)), np.zeros(3), np.ones((2, 2, 1))
        >>> layer = (w, w, b, b)
        >>> given = np.ones((2, 2, 1)), np.array([1, 2]), (h,), layer, layer
        >>> bidirectional_lengths(*given, cell="gru").outputs[0][:, 0]
        array([[0.5, 0.5],
               [0. , 0. ]])
    """
    turned = _turned(x, lengths)
    first, second = part_of(state, 0), part_of(state, 1)
    ahead, ends, back = _one_way(x, lengths, first, forward, cell, beyond)
    behind, other_ends, other_back = _one_way(turned, lengths, second, backward, cell, beyond)
    ys = np.concatenate([ahead, _turned(behind, lengths)], axis=-1)

    def pullback(cotangents: tuple[Array, ...]) -> tuple[Array, ...]:
        c_ys, *c_state = cotangents
        c_ahead, c_behind = np.split(c_ys, 2, axis=-1)
        of_x, of_state, of_weights = back(c_ahead, part_of(tuple(c_state), 0))
        other = other_back(_turned(c_behind, lengths), part_of(tuple(c_state), 1))
        states = joined(of_state, other[1])
        return of_x + _turned(other[0], lengths), *states, *of_weights, *other[2]

    return Linearized((ys, *joined(ends, other_ends)), pullback)
