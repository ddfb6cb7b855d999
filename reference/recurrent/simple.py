"""Simple recurrent networks (Elman), over time."""

from __future__ import annotations

import functools
from typing import Literal, NamedTuple

from reference.numerics import Array, Linearized
from reference.recurrent.gates import GATE, Squashed, rectified, squashed
from reference.recurrent.unrolling import Cell, State, Weights, linearized, longest_sums, over_time
from reference.recurrent_facts import alive, fades, of_cells, spectral, squashes
from reference.stored import stored
from reference.technique import Accuracy, technique

Activation = Literal["tanh", "relu"]


class Elman(NamedTuple):
    """One step of a simple recurrent network: what went in, and the new state with its slope."""

    x: Array
    h: Array
    new: Squashed


def _step(
    x: Array, state: State, weights: Weights, *, activation: str, residual: bool
) -> tuple[Elman, State]:
    (h,), (w_ih, w_hh, b_ih, b_hh) = state, weights
    entering = x @ w_ih.T + h @ w_hh.T + (b_ih + b_hh)
    entering = stored(entering + h if residual else entering, 4 if residual else 3)
    new = squashed(entering) if activation == "tanh" else rectified(entering)
    return Elman(x, h, new), (new.value,)


def _back(
    step: Elman, moved: State, weights: Weights, *, residual: bool
) -> tuple[Array, State, Weights]:
    w_ih, w_hh, *_ = weights
    da = stored(moved[0] * step.new.slope, GATE + 2)
    dh = da @ w_hh + da if residual else da @ w_hh
    of_bias = da.sum(axis=0)
    return da @ w_ih, (dh,), (da.T @ step.x, da.T @ step.h, of_bias, of_bias)


def elman(activation: str = "tanh", *, residual: bool = False) -> Cell:
    """The cell of a simple recurrent network: weights (w_ih, w_hh, b_ih, b_hh), state (h,)."""
    return Cell(
        functools.partial(_step, activation=activation, residual=residual),
        functools.partial(_back, residual=residual),
    )


@technique(
    source="Elman 1990, Finding structure in time; Le, Jaitly and Hinton 2015 (ReLU)",
    accuracy=Accuracy(ulps=1, inputs=3, terms=longest_sums),
    facts=(
        *of_cells(gates=1),
        fades("h0", 0.0),
        squashes("h0", activation="tanh"),
        spectral(identity=0.0),
        alive("tanh", activation="tanh"),
    ),
)
def rnn(
    x: Array, h0: Array, w_ih: Array, w_hh: Array, b_ih: Array, b_hh: Array, *,
    activation: Activation = "tanh",
) -> Linearized:  # fmt: skip
    """Run a simple recurrent network over a sequence.

    h' = f(w_ih x + b_ih + w_hh h + b_hh), f = tanh or ReLU

    h: hidden state, first h0. Through k steps a gradient is multiplied by k transposed matrices
    w_hh and k slopes: near 0, where slopes are 1, it grows or decays like the k-th power of the
    spectral radius of w_hh.

    *Numerics*: tanh's slope is 4 e / (1 + e)^2, e = exp(-2|a|): no cancellation where the state is
    1. An implementation may keep every intermediate result in the working precision, and each
    counts with what it moves: what enters the activation 3 roundings (two products and their sum),
    the state 13 (tanh has at most a logistic function's 12); on the way back the state's cotangent
    2, what enters 14 (slope and product). Inputs and weights are rounded 3 times (both biases,
    gradients), and once more for each term of sums over inputs, hidden units, times and batch.

    Args:
        x: (T, B, I), no unit.
        h0: (B, H), the first hidden state.
        w_ih: (H, I).
        w_hh: (H, H).
        b_ih: (H,).
        b_hh: (H,): a second bias; the sum of the two is what counts.
        activation: what squashes the state.

    Returns:
        Linearized: (ys, h), every hidden state (T, B, H) and the last one (B, H); and the pullback,
        backpropagation through time, to every input in its order.

    *Differences*: torch has two biases, flax one, on the input's side: it is their sum. Torch
    chooses the activation by `nonlinearity="relu"`, flax by `activation_fn=jax.nn.relu`. Matrices
    are (outputs, inputs) in torch and (inputs, outputs) in flax. flax.nnx.SimpleCell computes in
    float32 whatever it is given, unless it is told `dtype=None`; flax.linen.SimpleCell does not.
    `gradproof.torch_to_flax_recurrent` carries weights over.

    Example:
        >>> w, b = np.full((1, 1), 0.5), np.zeros(1)
        >>> rnn(np.ones((2, 1, 1)), np.ones((1, 1)), w, w, b, b).outputs[0].round(4).ravel()
        array([0.7616, 0.7068])
    """
    weights = (w_ih, w_hh, b_ih, b_hh)
    return linearized(over_time(elman(activation), x, (h0,), weights))


@technique(
    source="Yue, Fu and Liang 2018, Residual recurrent neural networks (arXiv:1801.06105)",
    accuracy=Accuracy(ulps=1, inputs=3, terms=longest_sums),
    facts=(
        *of_cells(gates=1),
        squashes("h0"),
        spectral(identity=1.0),
        alive("tanh", less=1.0),
    ),
)
def residual_rnn(
    x: Array, h0: Array, w_ih: Array, w_hh: Array, b_ih: Array, b_hh: Array
) -> Linearized:
    """Run a simple recurrent network whose state is added to what enters the activation.

    h' = tanh(w_ih x + b_ih + w_hh h + b_hh + h)

    h: hidden state, first h0. It is a simple recurrent network with the recurrent matrix w_hh + 1:
    with small weights its gradients keep their size from step to step.

    *Numerics*: as of the simple recurrent network; what enters takes one rounding more.

    Args:
        x: (T, B, I), no unit.
        h0: (B, H), the first hidden state.
        w_ih: (H, I).
        w_hh: (H, H).
        b_ih: (H,).
        b_hh: (H,): a second bias; the sum of the two is what counts.

    Returns:
        Linearized: (ys, h), every hidden state (T, B, H) and the last one (B, H); and the pullback,
        backpropagation through time, to every input in its order.

    *Differences*: flax has `SimpleCell(residual=True)`, which adds before the activation, not after
    it. Torch has no such cell: add the identity to `weight_hh`, which is what the binding does.

    Example:
        >>> w, b = np.zeros((1, 1)), np.zeros(1)
        >>> residual_rnn(np.ones((1, 1, 1)), np.ones((1, 1)), w, w, b, b).outputs[1].round(4)
        array([[0.7616]])
    """
    weights = (w_ih, w_hh, b_ih, b_hh)
    return linearized(over_time(elman(residual=True), x, (h0,), weights))
