"""Gated recurrent units, over time."""

from __future__ import annotations

import functools
from typing import Literal, NamedTuple

import numpy as np

from reference.numerics import Array, Linearized
from reference.recurrent.gates import GATE, Squashed, gate, renewed, squashed
from reference.recurrent.unrolling import Cell, State, Weights, linearized, longest_sums, over_time
from reference.recurrent_facts import alive, fades, of_cells, squashes
from reference.stored import stored
from reference.technique import Accuracy, Fact, technique

Reset = Literal["after", "before"]
Update = Literal["keep", "renew"]


class Gated(NamedTuple):
    """One step of a gated recurrent unit.

    What went in, the gates, the candidate, the hidden product (or w_hn's input) that is reset, the
    parts of old state and candidate that go on, and the difference of the two.
    """

    x: Array
    h: Array
    r: Squashed
    z: Squashed
    n: Squashed
    product: Array
    old: Array
    fresh: Array
    apart: Array


def _step(
    x: Array, state: State, weights: Weights, *, reset: str, update: str
) -> tuple[Gated, State]:
    (h,), (w_ih, w_hh, b_ih, b_hh) = state, weights
    width = h.shape[-1]
    entering = x @ w_ih.T + b_ih
    gates = stored(entering[:, : 2 * width] + h @ w_hh[: 2 * width].T + b_hh[: 2 * width], 3)
    r, z = gate(gates[:, :width]), gate(gates[:, width:])
    candidate, w_hn, b_hn = entering[:, 2 * width :], w_hh[2 * width :], b_hh[2 * width :]
    if reset == "after":
        product = stored(h @ w_hn.T + b_hn, 2)
        n = squashed(stored(candidate + r.value * product, 3))
    else:
        product = stored(r.value * h)
        n = squashed(stored(candidate + product @ w_hn.T + b_hn, 3))
    new, *parts = renewed(h, z, n, update)
    return Gated(x, h, r, z, n, product, *parts), (new,)


def _back(
    step: Gated, moved: State, weights: Weights, *, reset: str
) -> tuple[Array, State, Weights]:
    (d,), (w_ih, w_hh, *_) = moved, weights
    width = step.h.shape[-1]
    da_n = stored(d * step.fresh * step.n.slope, GATE + 4)
    da_z = stored(d * step.apart * step.z.slope, GATE + 4)
    w_hn = w_hh[2 * width :]
    if reset == "after":
        of_reset, hidden, through = da_n * step.product, stored(da_n * step.r.value), 0 * d
        of_hn = hidden.T @ step.h
    else:
        of_product = da_n @ w_hn
        of_reset, hidden, through = of_product * step.h, da_n, of_product * step.r.value
        of_hn = da_n.T @ step.product
    da_r = stored(of_reset * step.r.slope, GATE + 4)
    da = np.concatenate([da_r, da_z, da_n], axis=-1)
    dh = np.concatenate([da_r, da_z], axis=-1) @ w_hh[: 2 * width] + d * step.old + through
    dh = dh + hidden @ w_hn if reset == "after" else dh
    of_hh = np.concatenate([da_r.T @ step.h, da_z.T @ step.h, of_hn])
    of_b_hh = np.concatenate([da_r, da_z, hidden], axis=-1).sum(axis=0)
    return da @ w_ih, (dh,), (da.T @ step.x, of_hh, da.sum(axis=0), of_b_hh)


def gated(reset: str = "after", update: str = "keep") -> Cell:
    """The cell of a gated recurrent unit: rows reset, update, candidate; state (h,)."""
    return Cell(
        functools.partial(_step, reset=reset, update=update),
        functools.partial(_back, reset=reset),
    )


@technique(
    source="Cho et al. 2014 (arXiv:1406.1078), equations 5 to 8; cuDNN's form of the reset gate",
    accuracy=Accuracy(ulps=1, inputs=3, terms=longest_sums),
    facts=(
        *of_cells(gates=3),
        fades("h0", 0.5),
        squashes("h0"),
        Fact("keeps_its_state_behind_a_shut_gate", {"gate": 1}),
        Fact("forgets_when_it_resets"),
        alive("logistic", "logistic", "tanh"),
    ),
)
def gru(
    x: Array, h0: Array, w_ih: Array, w_hh: Array, b_ih: Array, b_hh: Array, *,
    reset: Reset = "after", update: Update = "keep",
) -> Linearized:  # fmt: skip
    """Run a gated recurrent unit over a sequence.

    h' = (1 - s(z)) tanh(n) + s(z) h, (r, z) = w_ih x + b_ih + w_hh h + b_hh,
    n = w_in x + b_in + s(r) (w_hn h + b_hn)

    s: the logistic function. r, z, n: reset gate, update gate and candidate, the order of rows in
    the weights. `reset` "before": n = w_in x + b_in + w_hn (s(r) h) + b_hn, as Cho et al. print it.
    `update` "renew": h' = s(z) tanh(n) + (1 - s(z)) h, as Chung et al. 2014 print it: the same unit
    with the rows and biases of z negated.

    *Numerics*: slopes are products that do not cancel, s(x) s(-x) and 4 e / (1 + e)^2. An
    implementation may keep every intermediate result in the working precision, and each counts with
    what it moves: what enters the gates and the candidate 3 roundings, the hidden product 2 (its
    own and the bias's), a gate or candidate 13 (of z with what it moves, h - n, so that n + z (h -
    n) and (1 - z) n + z h are both covered), the new state 2 of its two terms; on the way back the
    state's cotangent 2, what enters 16 (slope 12, products 4). Inputs and weights are rounded 3
    times, and once more for each term of sums over inputs, hidden units, times and batch.

    Args:
        x: (T, B, I), no unit.
        h0: (B, H), the first hidden state.
        w_ih: (3 H, I).
        w_hh: (3 H, H).
        b_ih: (3 H,).
        b_hh: (3 H,): of r and z the sum of both biases counts; of n, reset after the product, each
            has its own place.
        reset: whether the reset gate multiplies after the hidden product, bias included, or before.
        update: whether an open update gate keeps the old state or renews it.

    Returns:
        Linearized: (ys, h), every hidden state (T, B, H) and the last one (B, H); and the pullback,
        backpropagation through time, to every input in its order.

    *Differences*: torch and flax.linen reset after the product and keep; torch has six biases, flax
    four (b_hn apart, sums for r and z), so every torch GRU is a flax one. flax.nnx.GRUCell has
    three: its b_hn is missing, though its docstring shows it (google/flax#5594), and only a torch
    GRU whose b_hn is 0 is one of its. `gradproof.torch_to_flax_recurrent` carries weights over, and
    says so. Keras (`reset_after=False`) and the paper reset before the product.

    Example:
        >>> w, b = np.zeros((3, 1)), np.zeros(3)
        >>> gru(np.ones((2, 1, 1)), np.ones((1, 1)), w, w, b, b).outputs[0].ravel()
        array([0.5 , 0.25])
    """
    weights = (w_ih, w_hh, b_ih, b_hh)
    return linearized(over_time(gated(reset, update), x, (h0,), weights))
