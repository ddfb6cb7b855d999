"""Recurrent cells over time, unrolled, with backpropagation through time."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from reference.numerics import ULPS, Array, Linearized, logistic
from reference.stored import stored
from reference.technique import Accuracy, Fact, technique

GATE = 2 * (ULPS["exp"] + ULPS["div"] + ULPS["round"])
"""Roundings of a logistic function, in units of u; tanh has fewer."""


def longest_sums(x: Array, h0: Array) -> int:
    """Terms of the sums on the way: over inputs, over hidden units, over times and batch."""
    return x.shape[2] + h0.shape[1] + x.shape[0] * x.shape[1]


def over_time(gates: int) -> tuple[Fact, ...]:
    """What running a cell of so many gates over a sequence entails."""
    laws = ("carries_its_state", "looks_only_back", "keeps_sequences_apart")
    return tuple(Fact(law, {"gates": gates}) for law in laws)


class LongShortTerm(NamedTuple):
    """One step of a long short-term memory: what went in, the gates (4, B, H), and all slopes."""

    x: Array
    h: Array
    c: Array
    gates: Array
    slopes: Array
    squashed: Array
    squashed_slope: Array


def slope_of_logistic(x: Array) -> Array:
    """s(x) s(-x) = e / (1 + e)^2, e = exp(-|x|): no cancellation where the gate is open."""
    e = np.exp(-np.abs(x))
    return e / (1 + e) ** 2


def slope_of_tanh(x: Array) -> Array:
    """tanh'(x) = 4 s'(2 x): no cancellation where tanh is 1."""
    return 4 * slope_of_logistic(2 * x)


def remember(
    x: Array, h: Array, c: Array, w_ih: Array, w_hh: Array, b: Array
) -> tuple[LongShortTerm, Array, Array]:
    """Take one step: the record of it, and the new state h, c."""
    entering = stored(x @ w_ih.T + h @ w_hh.T + b, 3)
    i, f, g, o = entering = entering.reshape(len(x), 4, -1).swapaxes(0, 1)
    gates = stored(np.stack((logistic(i), logistic(f), np.tanh(g), logistic(o))), GATE + 1)
    slopes = slope_of_logistic(entering)
    slopes[2] = slope_of_tanh(g)
    new = stored(gates[1] * c + gates[0] * gates[2])
    squashed = np.tanh(new)
    step = LongShortTerm(x, h, c, gates, slopes, squashed, slope_of_tanh(new))
    return step, stored(gates[3] * squashed, GATE + 1), new


def recall(
    steps: list[LongShortTerm], w_ih: Array, w_hh: Array, cotangents: tuple[Array, Array, Array]
) -> tuple[Array, ...]:
    """Backpropagate through time: gradients of x, h0, c0, w_ih, w_hh and of the bias."""
    c_ys, dh, dc = cotangents
    of_x, of_w, of_u, of_b = [], 0 * w_ih, 0 * w_hh, 0 * w_ih[:, 0]
    for step, c_y in zip(reversed(steps), reversed(c_ys), strict=True):
        i, f, g, o = step.gates
        dh = stored(dh + c_y, 2)
        dc = stored(dc + dh * o * step.squashed_slope, 4)
        da = np.stack((dc * g, dc * step.c, dc * i, dh * step.squashed)) * step.slopes
        da = stored(da.swapaxes(0, 1).reshape(len(dh), -1), GATE + 4)
        of_x.append(da @ w_ih)
        of_w, of_u, of_b = of_w + da.T @ step.x, of_u + da.T @ step.h, of_b + da.sum(axis=0)
        dh, dc = da @ w_hh, dc * f
    return np.stack(of_x[::-1]), dh, dc, of_w, of_u, of_b


@technique(
    source="Hochreiter and Schmidhuber 1997; Gers, Schmidhuber and Cummins 2000 (forget gate)",
    accuracy=Accuracy(ulps=1, inputs=3, terms=longest_sums),
    facts=(
        *over_time(gates=4),
        Fact("keeps_its_cell_between_shut_gates"),
        Fact("halves_its_cell_at_zero_weights"),
        Fact("stays_within_its_gates"),
        Fact("keeps_gradient_alive"),
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
    Flax's OptimizedLSTMCell is the same function as its LSTMCell.

    Example:
        >>> w, b, h = np.zeros((4, 1)), np.zeros(4), np.ones((1, 1))
        >>> ys, _, c = lstm(np.ones((2, 1, 1)), h, h, w, w, b, b).outputs
        >>> ys.round(4).ravel(), c
        (array([0.2311, 0.1225]), array([[0.25]]))
    """
    steps, ys, h, c = [], [], h0, c0
    for now in x:
        step, h, c = remember(now, h, c, w_ih, w_hh, b_ih + b_hh)
        steps.append(step)
        ys.append(h)

    def pullback(cotangents: tuple[Array, Array, Array]) -> tuple[Array, ...]:
        *moved, of_bias = recall(steps, w_ih, w_hh, cotangents)
        return *moved, of_bias, of_bias

    return Linearized((np.stack(ys), h, c), pullback)
