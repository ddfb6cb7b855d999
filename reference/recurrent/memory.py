"""Long short-term memories, over time."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from reference.numerics import Array, Linearized
from reference.recurrent.gates import GATE, TANH, Squashed, gate, noted, slope_of_tanh, squashed
from reference.recurrent.unrolling import Cell, State, Weights, linearized, longest_sums, over_time
from reference.recurrent_facts import alive, fades, of_cells, squashes
from reference.stored import stored
from reference.technique import Accuracy, Fact, technique


class LongShortTerm(NamedTuple):
    """One step of a long short-term memory: what went in, the gates, tanh of the new cell."""

    x: Array
    h: Array
    c: Array
    i: Squashed
    f: Squashed
    g: Squashed
    o: Squashed
    shown: Squashed
    inner: Array


def _remember(x: Array, state: State, weights: Weights) -> tuple[LongShortTerm, State]:
    """The state (h, c), with weights (w_ih, w_hh, b_ih, b_hh) or (w_ih, w_hh, w_hr, b_ih, b_hh)."""
    (h, c), (w_ih, w_hh, *projection, b_ih, b_hh) = state, weights
    entering = stored(x @ w_ih.T + h @ w_hh.T + (b_ih + b_hh), 3)
    n = c.shape[-1]
    i, f, o = gate(entering[:, :n]), gate(entering[:, n : 2 * n]), gate(entering[:, 3 * n :])
    g = squashed(entering[:, 2 * n : 3 * n])
    new = stored(f.value * c + i.value * g.value)
    shown = noted(Squashed(np.tanh(new), slope_of_tanh(new), TANH))
    inner = stored(o.value * shown.value, GATE + 1)
    record = LongShortTerm(x, h, c, i, f, g, o, shown, inner)
    return record, (stored(inner @ projection[0].T) if projection else inner, new)


def _recall(step: LongShortTerm, moved: State, weights: Weights) -> tuple[Array, State, Weights]:
    (dh, dc), (w_ih, w_hh, *projection, _, _) = moved, weights
    of_projection = tuple(dh.T @ step.inner for _ in projection)
    dh = stored(dh @ projection[0]) if projection else dh
    dc = stored(dc + dh * step.o.value * step.shown.slope, 4)
    gates = (
        dc * step.g.value * step.i.slope,
        dc * step.c * step.f.slope,
        dc * step.i.value * step.g.slope,
        dh * step.shown.value * step.o.slope,
    )
    da = stored(np.concatenate(gates, axis=-1), GATE + 4)
    of_bias = da.sum(axis=0)
    of_weights = (da.T @ step.x, da.T @ step.h, *of_projection, of_bias, of_bias)
    return da @ w_ih, (da @ w_hh, dc * step.f.value), of_weights


LONG_SHORT_TERM = Cell(_remember, _recall)
"""Gates in the order input, forget, candidate, output; state (h, c)."""


@technique(
    source="Hochreiter and Schmidhuber 1997; Gers, Schmidhuber and Cummins 2000 (forget gate)",
    accuracy=Accuracy(ulps=1, inputs=3, terms=longest_sums),
    facts=(
        *of_cells(gates=4),
        Fact("keeps_its_cell_between_shut_gates"),
        fades("c0", 0.5),
        squashes("h0", "c0"),
        alive("logistic", "logistic", "tanh", "logistic"),
    ),
)
def lstm(
    x: Array, h0: Array, c0: Array, w_ih: Array, w_hh: Array, b_ih: Array, b_hh: Array
) -> Linearized:
    """Run a long short-term memory over a sequence.

    c' = s(f) c + s(i) tanh(g), h' = s(o) tanh(c'), (i, f, g, o) = w_ih x + b_ih + w_hh h + b_hh

    s: the logistic function. i, f, g, o: input gate, forget gate, candidate and output gate, the
    order of rows in the weights. h, c: hidden state and cell, first h0 and c0. Where the forget
    gate is open and the input gate shut, c' = c: the error is carried through time unchanged.

    *Numerics*: slopes are products that do not cancel, s(x) s(-x) and 4 e / (1 + e)^2: gradients
    survive saturated gates. An implementation may keep every intermediate result in the working
    precision, and each counts with what it moves: what enters the gates 3 roundings (two products
    and their sum), a gate 13 (a logistic function 12, its product 1), the cell 1, the hidden state
    13; on the way back cotangents of the hidden state 2, of the cell 4, of what enters 16 (the
    slope 12, products 4). Inputs and weights are rounded 3 times (both biases, gradients), and once
    more for each term of sums over inputs, hidden units, times and batch.

    Args:
        x: (T, B, I), no unit.
        h0: (B, H), the first hidden state.
        c0: (B, H), the first cell.
        w_ih: (4 H, I).
        w_hh: (4 H, H).
        b_ih: (4 H,).
        b_hh: (4 H,): a second bias; the sum of the two is what counts.

    Returns:
        Linearized: (ys, h, c), every hidden state (T, B, H), the last one and the last cell (B, H);
        and the pullback, backpropagation through time, to every input in its order.

    *Differences*: torch has two biases and one matrix each for all gates; flax has one bias (on the
    hidden side) and a matrix for each gate, (inputs, outputs), and carries (c, h), not (h, c).
    Flax's OptimizedLSTMCell is the same function as its LSTMCell, with the same parameters in
    linen; in nnx it has one kernel for all gates, in the order i, f, g, o of torch's rows, and its
    LSTMCell calls the forget gate's kernel `if_`. `gradproof.torch_to_flax_recurrent` carries
    weights over.

    Example:
        >>> w, b, h = np.zeros((4, 1)), np.zeros(4), np.ones((1, 1))
        >>> ys, _, c = lstm(np.ones((2, 1, 1)), h, h, w, w, b, b).outputs
        >>> ys.round(4).ravel(), c
        (array([0.2311, 0.1225]), array([[0.25]]))
    """
    weights = (w_ih, w_hh, b_ih, b_hh)
    return linearized(over_time(LONG_SHORT_TERM, x, (h0, c0), weights))


@technique(
    source="Sak, Senior and Beaufays 2014, Long short-term memory based recurrent architectures",
    accuracy=Accuracy(ulps=1, inputs=3, terms=longest_sums),
    facts=(
        *of_cells(gates=4),
        fades("c0", 0.5),
        alive("logistic", "logistic", "tanh", "logistic"),
    ),
)
def projected_lstm(
    x: Array, h0: Array, c0: Array, w_ih: Array, w_hh: Array, w_hr: Array, b_ih: Array, b_hh: Array
) -> Linearized:
    """Run a long short-term memory whose hidden state is a projection of what its cells show.

    c' = s(f) c + s(i) tanh(g), h' = w_hr (s(o) tanh(c')), the gates as of the long short-term
    memory

    w_hr: from H cells to a smaller state of P numbers, which is what is fed back.

    *Numerics*: as of the long short-term memory; the projection rounds once more, both ways.

    Args:
        x: (T, B, I), no unit.
        h0: (B, P), the first hidden state.
        c0: (B, H), the first cell.
        w_ih: (4 H, I).
        w_hh: (4 H, P).
        w_hr: (P, H).
        b_ih: (4 H,).
        b_hh: (4 H,): a second bias; the sum of the two is what counts.

    Returns:
        Linearized: (ys, h, c), every hidden state (T, B, P), the last one and the last cell (B, H);
        and the pullback, backpropagation through time, to every input in its order.

    *Differences*: torch's `LSTM(proj_size=P)`, which must be smaller than H; its weights come in
    the order w_ih, w_hh, b_ih, b_hh, w_hr. Flax has none.

    Example:
        >>> w, b, h = np.zeros((4, 1)), np.zeros(4), np.ones((1, 1))
        >>> projected_lstm(np.ones((1, 1, 1)), h, h, w, w, 2 * h, b, b).outputs[1].round(4)
        array([[0.4621]])
    """
    weights = (w_ih, w_hh, w_hr, b_ih, b_hh)
    return linearized(over_time(LONG_SHORT_TERM, x, (h0, c0), weights))
