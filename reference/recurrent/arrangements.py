"""Arrangements of recurrent layers in time and depth: both directions, layer upon layer."""

from __future__ import annotations

from typing import Literal

import numpy as np

from reference.numerics import Array, Linearized
from reference.recurrent.gated import gated
from reference.recurrent.memory import LONG_SHORT_TERM
from reference.recurrent.simple import elman
from reference.recurrent.unrolling import State, Weights, over_time, through_time
from reference.technique import Accuracy, Fact, technique

Kind = Literal["lstm", "gru", "rnn"]

CELLS = {"lstm": (LONG_SHORT_TERM, 4), "gru": (gated(), 3), "rnn": (elman(), 1)}
"""Cells that are arranged, at torch's and flax's conventions, and how many gates each has."""


def longest_sums(x: Array, state: State) -> int:
    """Terms of the sums: over inputs, hidden units of both parts, times, batch, and two paths."""
    return int(x.shape[2] + 2 * state[0].shape[-1] + x.shape[0] * x.shape[1] + 2)


def part_of(state: State, which: int) -> State:
    """One layer's or one direction's part of a state."""
    return tuple(part[which] for part in state)


def joined(first: State, second: State) -> State:
    """The states of two layers or directions, each array (2, B, H)."""
    return tuple(np.stack(pair) for pair in zip(first, second, strict=True))


@technique(
    source="Schuster and Paliwal 1997, Bidirectional recurrent neural networks",
    accuracy=Accuracy(ulps=1, inputs=3, terms=longest_sums),
    facts=(
        Fact("keeps_sequences_apart"),
        Fact("ends_in_its_last_output"),
        Fact("looks_each_way_once"),
        Fact("is_mirrored_by_time"),
    ),
)
def bidirectional(
    x: Array, state: State, forward: Weights, backward: Weights, *, cell: Kind = "lstm"
) -> Linearized:
    """Run one layer forwards and another backwards over a sequence, side by side.

    y_t = (u_t, v_t), u = cell(x_1 ... x_T), v = cell(x_T ... x_1), v put back in order

    u, v: outputs of the two directions, each with its own weights and its own first state.

    *Numerics*: as of the cells; the gradient of x is a sum over both directions.

    Args:
        x: (T, B, I), no unit.
        state: first states of both directions, (2, B, H): (h,), of a long short-term memory (h, c).
        forward: w_ih (G H, I), w_hh (G H, H), b_ih and b_hh (G H,), with rows for G gates.
        backward: the same, of the direction that begins at the end.
        cell: which cell both directions run.

    Returns:
        Linearized: (ys, *state), outputs (T, B, 2 H), forward first, and the last states (2, B, H);
        of the backward direction the last state is that at the first time. The pullback goes to
        every array of every input, in order.

    *Differences*: torch has `bidirectional=True` and weights that end in `_reverse`; flax puts two
    RNN modules into `Bidirectional`, whose carries are a pair and whose `merge_fn` may be other
    than a concatenation. flax.linen takes the same module twice and shares its weights with a
    warning.

    Example:
        >>> w, b, h = np.zeros((3, 1)), np.zeros(3), np.ones((2, 1, 1))
        >>> ends = bidirectional(np.ones((2, 1, 1)), (h,), (w, w, b, b), (w, w, b, b), cell="gru")
        >>> ends.outputs[0][:, 0]
        array([[0.5 , 0.25],
               [0.25, 0.5 ]])
    """
    made, _ = CELLS[cell]
    ahead = over_time(made, x, part_of(state, 0), forward)
    behind = over_time(made, x[::-1], part_of(state, 1), backward)
    ys = np.concatenate([ahead.ys, behind.ys[::-1]], axis=-1)

    def pullback(cotangents: tuple[Array, ...]) -> tuple[Array, ...]:
        c_ys, *c_state = cotangents
        c_ahead, c_behind = np.split(c_ys, 2, axis=-1)
        of_x, of_state, of_weights = through_time(ahead, c_ahead, part_of(tuple(c_state), 0))
        back = through_time(behind, c_behind[::-1], part_of(tuple(c_state), 1))
        return of_x + back[0][::-1], *joined(of_state, back[1]), *of_weights, *back[2]

    return Linearized((ys, *joined(ahead.state, behind.state)), pullback)


@technique(
    source="El Hihi and Bengio 1995; Graves, Mohamed and Hinton 2013 (arXiv:1303.5778)",
    accuracy=Accuracy(ulps=1, inputs=3, terms=longest_sums),
    facts=(
        Fact("carries_its_state"),
        Fact("looks_only_back"),
        Fact("keeps_sequences_apart"),
        Fact("ends_in_its_last_output"),
        Fact("equals_layer_upon_layer"),
    ),
)
def stacked(
    x: Array, state: State, first: Weights, second: Weights, *, cell: Kind = "lstm"
) -> Linearized:
    """Run one layer over a sequence, and another over its outputs.

    y = cell_2(cell_1(x_1 ... x_T))

    *Numerics*: as of the cells; what the first layer gives is stored, and goes in again.

    Args:
        x: (T, B, I), no unit.
        state: first states of both layers, (2, B, H): (h,), of a long short-term memory (h, c).
        first: w_ih (G H, I), w_hh (G H, H), b_ih and b_hh (G H,), with rows for G gates.
        second: the same, with w_ih (G H, H).
        cell: which cell both layers run.

    Returns:
        Linearized: (ys, *state), the second layer's outputs (T, B, H) and the last states of both
        (2, B, H). The pullback goes to every array of every input, in order.

    *Differences*: torch has `num_layers=2` and weights that end in `_l0` and `_l1`, its own dropout
    between them; in flax one RNN module is fed with the outputs of another.

    Example:
        >>> w, b, h = np.zeros((3, 1)), np.zeros(3), np.ones((2, 1, 1))
        >>> stacked(np.ones((2, 1, 1)), (h,), (w, w, b, b), (w, w, b, b), cell="gru").outputs[1]
        array([[[0.25]],
               [[0.25]]])
    """
    made, _ = CELLS[cell]
    low = over_time(made, x, part_of(state, 0), first)
    high = over_time(made, low.ys, part_of(state, 1), second)

    def pullback(cotangents: tuple[Array, ...]) -> tuple[Array, ...]:
        c_ys, *c_state = cotangents
        of_ys, of_high, of_second = through_time(high, c_ys, part_of(tuple(c_state), 1))
        of_x, of_low, of_first = through_time(low, of_ys, part_of(tuple(c_state), 0))
        return of_x, *joined(of_low, of_high), *of_first, *of_second

    return Linearized((high.ys, *joined(low.state, high.state)), pullback)
