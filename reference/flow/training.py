"""The articles' worked example: a classifier of digits, trained by Adam for a hundred steps."""

from __future__ import annotations

from typing import Annotated, NamedTuple

import numpy as np

from reference.numerics import Array
from reference.technique import Accuracy, Between, technique

SIZES = (784, 128, 64, 10)
"""Inputs, two hidden layers, classes."""

BETAS, EPS = (0.9, 0.999), 1e-8
"""Adam's defaults, in both libraries."""

NARROW = "Adam's eps of 1e-8 and its small steps are lost in 16 bits: train in float32"

Weights = list[Array]


class Adam(NamedTuple):
    """Weights, the means of their gradients and of their squares, and the steps so far."""

    weights: Weights
    means: Weights
    squares: Weights
    steps: int = 0


def beginning(weights: Weights) -> Adam:
    """Before the first step."""
    return Adam(weights, [np.zeros_like(w) for w in weights], [np.zeros_like(w) for w in weights])


def sums(x: Array, weights: Weights) -> tuple[Array, Array, Array]:
    """What the activations of both hidden layers, and the softmax, take."""
    w1, b1, w2, b2, w3, b3 = weights
    z1 = x @ w1.T + b1
    z2 = np.maximum(z1, 0) @ w2.T + b2
    return z1, z2, np.maximum(z2, 0) @ w3.T + b3


def stepped(
    state: Adam, x: Array, labels: Array, rate: float, *, cancelling: bool = False
) -> tuple[Adam, Array]:
    """One training step; and the loss before it.

    `cancelling`: 1 - b^t is formed in the working precision, as optax does; it is off by 1000 u at
    b = 0.999, and so are the steps, all in one direction. torch forms it in float64.
    """
    loss, gradients = loss_and_gradients(x, labels, state.weights)
    kind, t = x.dtype.type, state.steps + 1
    (a, b), inner = BETAS, kind if cancelling else float
    up, down = (kind(1 - inner(beta) ** t) for beta in BETAS)
    means = [kind(a) * m + kind(1 - a) * g for m, g in zip(state.means, gradients, strict=True)]
    squares = [
        kind(b) * s + kind(1 - b) * g * g for s, g in zip(state.squares, gradients, strict=True)
    ]
    weights = [
        w - kind(rate) * (m / up) / (np.sqrt(s / down) + kind(EPS))
        for w, m, s in zip(state.weights, means, squares, strict=True)
    ]
    return Adam(weights, means, squares, t), loss


def loss_and_gradients(x: Array, labels: Array, weights: Weights) -> tuple[Array, Weights]:
    """Mean cross-entropy of a batch, and its gradient of every weight and bias, by hand."""
    _, _, w2, _, w3, _ = weights
    z1, z2, z3 = sums(x, weights)
    h1, h2 = np.maximum(z1, 0), np.maximum(z2, 0)
    shifted = z3 - z3.max(axis=1, keepdims=True)
    logs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    rows = np.arange(len(x))
    d3 = np.exp(logs)
    d3[rows, labels] -= 1
    d3 /= len(x)
    d2 = np.where(z2 > 0, d3 @ w3, 0)
    d1 = np.where(z1 > 0, d2 @ w2, 0)
    pairs = ((d1, x), (d2, h1), (d3, h2))
    gradients = [part for d, h in pairs for part in (d.T @ h, d.sum(axis=0))]
    return -logs[rows, labels].mean(), gradients


@technique(
    source="Kingma and Ba 2015, Adam, algorithm 1; A1, section 4 (784-128-64-10, ReLU, "
    "cross-entropy, Adam with rate 0.001)",
    accuracy=Accuracy(ulps=1, inputs=1),
)
def classifier_training(
    images: Array, labels: Array,
    w1: Array, b1: Array, w2: Array, b2: Array, w3: Array, b3: Array,
    *, learning_rate: Annotated[float, Between(1e-4, 1e-2, log=True)] = 1e-3,
) -> tuple[Array, tuple[Array, ...], tuple[Array, ...]]:  # fmt: skip
    """Train a ReLU classifier by Adam on the cross-entropy of one batch after another.

    z = W_3 relu(W_2 relu(W_1 x + b_1) + b_2) + b_3, L = -mean ln softmax(z)_label

    m = 0.9 m + 0.1 g, v = 0.999 v + 0.001 g^2, w -= r (m / (1 - 0.9^t)) / (sqrt(v / (1 - 0.999^t))
    + 1e-8), t = 1, 2, ...; g: the gradient of L, r: the rate.

    *Numerics*: a hundred steps are no sum whose bound says anything: Adam divides by the size of
    the gradient, however small. But roundings act to the first order, as long as no unit's sum
    comes within them of its kink: errors are proportional to the unit roundoff. So what is accepted
    is measured: the reference's own run in float32 is off by D, the larger of two: with 1 - b^t
    formed in float64, and in float32, where it cancels. An implementation may be off by 16 D, in
    float64 by 16 D 2^-29.

    Args:
        images: (S, N, 784), a batch for each step, no unit.
        labels: (S, N), integers: classes from 0 to 9.
        w1: (128, 784), outputs by inputs.
        b1: (128,).
        w2: (64, 128).
        b2: (64,).
        w3: (10, 64).
        b3: (10,).
        learning_rate: r, a step's size.

    Returns:
        Losses (S,), each before its step; weights and biases after the first step; and after all.

    *Differences*: torch forms Adam's 1 - b^t in float64, optax in the weights' precision, where it
    cancels: 1 - 0.999^t is off by 1000 u, and every step with it. After a hundred steps in float32
    its weights are off by up to 30 times as much as torch's. A1's program does not run: its labels
    are ten numbers for a batch of one, where torch takes one class for each row; and it makes no
    net.

    Example:
        >>> from reference.flow.training import SIZES
        >>> given = [np.zeros(s) for n, m in zip(SIZES[1:], SIZES) for s in ((n, m), n)]
        >>> images, labels = np.ones((1, 1, 784)), np.array([[3]])
        >>> losses, first, _ = classifier_training(images, labels, *given)
        >>> float(losses[0].round(4)), float(first[5][3].round(6)), float(first[5][0].round(6))
        (2.3026, 0.001, -0.001)
    """
    return trained(images, labels, [w1, b1, w2, b2, w3, b3], learning_rate)


def trained(
    images: Array, labels: Array, weights: Weights, rate: float, *, cancelling: bool = False
) -> tuple[Array, tuple[Array, ...], tuple[Array, ...]]:
    """All steps: losses, the weights after the first, and after the last."""
    state = beginning(weights)
    losses, first = [], tuple(state.weights)
    for x, label in zip(images, labels, strict=True):
        state, loss = stepped(state, x, label, rate, cancelling=cancelling)
        losses.append(loss)
        first = tuple(state.weights) if state.steps == 1 else first
    return np.array(losses), first, tuple(state.weights)
