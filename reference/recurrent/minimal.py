"""Minimal gated units: one gate resets and updates."""

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

Reset = Literal["after", "before", "none"]
Update = Literal["keep", "renew"]


class Minimal(NamedTuple):
    """One step: what went in, gate and candidate, what is reset, parts that go on, difference."""

    x: Array
    h: Array
    f: Squashed
    n: Squashed
    product: Array
    old: Array
    fresh: Array
    apart: Array


def _step(
    x: Array, state: State, weights: Weights, *, reset: str, update: str
) -> tuple[Minimal, State]:
    (h,), (w_ih, w_hh, b_ih, b_hh) = state, weights
    width = h.shape[-1]
    entering = x @ w_ih.T + b_ih
    candidate, w_hn, b_hn = entering[:, width:], w_hh[width:], b_hh[width:]
    f = gate(stored(entering[:, :width] + h @ w_hh[:width].T + b_hh[:width], 3))
    if reset == "after":
        product = stored(h @ w_hn.T + b_hn, 2)
        n = squashed(stored(candidate + f.value * product, 3))
    else:
        product = stored(f.value * h) if reset == "before" else h
        n = squashed(stored(candidate + product @ w_hn.T + b_hn, 3))
    new, *parts = renewed(h, f, n, update)
    return Minimal(x, h, f, n, product, *parts), (new,)


def _back(
    step: Minimal, moved: State, weights: Weights, *, reset: str
) -> tuple[Array, State, Weights]:
    (d,), (w_ih, w_hh, *_) = moved, weights
    width = step.h.shape[-1]
    w_hf, w_hn = w_hh[:width], w_hh[width:]
    da_n = stored(d * step.fresh * step.n.slope, GATE + 4)
    df, dh, hidden = d * step.apart, d * step.old, da_n
    if reset == "after":
        hidden = stored(da_n * step.f.value)
        df, dh, of_hn = df + da_n * step.product, dh + hidden @ w_hn, hidden.T @ step.h
    else:
        of_product, of_hn = da_n @ w_hn, da_n.T @ step.product
        resets = reset == "before"
        df = df + of_product * step.h if resets else df
        dh = dh + (of_product * step.f.value if resets else of_product)
    da_f = stored(df * step.f.slope, GATE + 4)
    da = np.concatenate([da_f, da_n], axis=-1)
    of_hh = np.concatenate([da_f.T @ step.h, of_hn])
    of_b_hh = np.concatenate([da_f, hidden], axis=-1).sum(axis=0)
    return da @ w_ih, (dh + da_f @ w_hf,), (da.T @ step.x, of_hh, da.sum(axis=0), of_b_hh)


def minimal(reset: str = "before", update: str = "renew") -> Cell:
    """The cell of a minimal gated unit: rows gate, candidate; state (h,)."""
    return Cell(
        functools.partial(_step, reset=reset, update=update),
        functools.partial(_back, reset=reset),
    )


@technique(
    source="Zhou, Wu, Zhang and Zhou 2016, Minimal gated unit (arXiv:1603.09420)",
    accuracy=Accuracy(ulps=1, inputs=3, terms=longest_sums),
    facts=(
        *of_cells(gates=2),
        fades("h0", 0.5),
        squashes("h0"),
        Fact("keeps_its_state_behind_a_shut_gate", {"gate": 0}),
        alive("logistic", "tanh"),
    ),
)
def mgu(
    x: Array, h0: Array, w_ih: Array, w_hh: Array, b_ih: Array, b_hh: Array, *,
    reset: Reset = "before", update: Update = "renew",
) -> Linearized:  # fmt: skip
    """Run a minimal gated unit over a sequence: one gate both resets and updates.

    h' = (1 - s(f)) h + s(f) tanh(n), f = w_if x + b_if + w_hf h + b_hf,
    n = w_in x + b_in + w_hn (s(f) h) + b_hn

    s: the logistic function. f, n: forget gate and candidate, the order of rows in the weights.
    `reset` "after": n = w_in x + b_in + s(f) (w_hn h + b_hn); "none": the candidate sees all of h.
    `update` "keep": h' = (1 - s(f)) tanh(n) + s(f) h.

    *Numerics*: as of the gated recurrent unit.

    Args:
        x: (T, B, I), no unit.
        h0: (B, H), the first hidden state.
        w_ih: (2 H, I).
        w_hh: (2 H, H).
        b_ih: (2 H,).
        b_hh: (2 H,): a second bias.
        reset: whether the gate multiplies before the hidden product, after it, or not at all.
        update: whether an open gate keeps the old state or renews it.

    Returns:
        Linearized: (ys, h), every hidden state (T, B, H) and the last one (B, H); and the pullback,
        backpropagation through time, to every input in its order.

    *Differences*: flax.linen's MGUCell is not the paper's unit, which its docstring cites: an open
    gate keeps the state where the paper's renews it (google/flax#4608), and it resets after the
    product. No other weights undo both, as negating f turns the reset round as well; with
    `reset_gate=False`, negating the rows and biases of f does. Its forget bias starts from 1. Torch
    and flax.nnx have none.

    Example:
        >>> w, b = np.zeros((2, 1)), np.zeros(2)
        >>> mgu(np.ones((2, 1, 1)), np.ones((1, 1)), w, w, b, b).outputs[0].ravel()
        array([0.5 , 0.25])
    """
    weights = (w_ih, w_hh, b_ih, b_hh)
    return linearized(over_time(minimal(reset, update), x, (h0,), weights))
