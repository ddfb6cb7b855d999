"""Dense connections: what a layer makes is put beside what it was given, not added to it."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from reference.connection_facts import homogeneous_in, rows_apart, shown, uses
from reference.numerics import Array, Linearized
from reference.stored import stored
from reference.technique import Accuracy, Fact, technique

Order = Literal["skip first", "skip last"]


def wide_sums(x: Array, weights: list[Array]) -> int:
    """Terms of the sums on the way: over all features at the end, over the growth, the batch."""
    return len(x) + sum(weights[-1].shape)


@shown("y, and every layer")
def layers(c: Array, x: Array, weights: list[Array]) -> tuple[Array, dict[int, Array], Array]:
    """What x is used for: it is part of y, and every layer reads it through relu."""
    width, depth = len(x), len(weights)
    return c[:width], {1 + depth + i: w[:, :width] for i, w in enumerate(weights)}, x > 0


@technique(
    source="Huang et al. 2017, Densely connected convolutional networks, equation 2, section 3",
    accuracy=Accuracy(ulps=1, inputs=5, terms=wide_sums),
    facts=(
        rows_apart,
        homogeneous_in("x", "biases"),
        Fact("carries_its_input"),
        uses("x", layers),
    ),
)
def dense_block(x: Array, weights: list[Array], biases: list[Array]) -> Linearized:
    """Give every layer what all layers before it made, side by side.

    y = h_m, h_0 = x, h_l = [h_l-1, w_l relu(h_l-1) + b_l]

    w_l, b_l: weights and bias of layer l, of m. [a, b] puts the features of b behind those of a.
    Every layer adds k features, the growth: layer l reads D + (l - 1) k. The gradient of x is a sum
    over its uses: of y, where it stands as it is, and of every layer.

    *Numerics*: as `residual`, for each layer; x itself and what a layer made are copied, not
    rounded again. A layer's cotangent is a sum over its uses and counts with what it moves.

    Args:
        x: (N, D), no unit.
        weights: m matrices, layer l's (k, D + (l - 1) k).
        biases: m vectors, (k,).

    Returns:
        Linearized: y (N, D + m k), and the pullback to x, every weight and every bias.

    *Differences*: neither library has the block: its users call torch.cat, or
    jax.numpy.concatenate, on axis 1 (channels second, as torch has them) or the last (flax).

    Example:
        >>> one, zero = np.ones((1, 1)), np.zeros(1)
        >>> dense_block(np.array([[2.0], [-3.0]]), [one, np.ones((1, 2))], [zero, zero]).outputs
        array([[ 2.,  2.,  4.],
               [-3.,  0.,  0.]])
    """
    h, seen = x, []
    for w, b in zip(weights, biases, strict=True):
        seen.append(h)
        r = np.maximum(h, 0)
        made = stored(r @ w.T + b, h.shape[1] + 1, of=r @ abs(w.T) + abs(b))
        h = np.concatenate((h, made), axis=1)

    def pullback(c: Array) -> tuple[Any, ...]:
        of_weights: list[Array] = []
        of_biases: list[Array] = []
        size = abs(c)
        for before, w in zip(reversed(seen), reversed(weights), strict=True):
            width = before.shape[1]
            moved = stored(c[:, width:], c.shape[1], of=size[:, width:])
            of_weights.append(moved.T @ np.maximum(before, 0))
            of_biases.append(moved.sum(axis=0))
            c = c[:, :width] + np.where(before > 0, moved @ w, 0)
            size = size[:, :width] + np.where(before > 0, abs(moved) @ abs(w), 0)
        return c, of_weights[::-1], of_biases[::-1]

    return Linearized(h, pullback)


@shown("the decoder, and the layer below")
def skip_and_below(
    c: Array, x: Array, w1: Array, b1: Array, w2: Array, w3: Array, order: Order
) -> tuple[Array, dict[int, Array], Array]:
    """What e is used for: the decoder reads it, and so does the layer below."""
    skipped = np.split(w3, 2, axis=1)[order != "skip first"]
    return c @ skipped, {4: w2}, w1 @ x + b1 > 0


@technique(
    source="Ronneberger, Fischer and Brox 2015, U-Net, section 2 and figure 1",
    accuracy=Accuracy(ulps=1, inputs=5, terms=lambda x, w1: len(x) + x.shape[1] + 2 * len(w1)),
    facts=(
        rows_apart,
        homogeneous_in("x", "b1", "b2", "b3"),
        uses("b1", skip_and_below),
        Fact("swaps_columns_with_the_order"),
    ),
)
def skip_concatenation(
    x: Array, w1: Array, b1: Array, w2: Array, b2: Array, w3: Array, b3: Array, *,
    order: Order = "skip first",
) -> Linearized:  # fmt: skip
    """Hand what an encoder made to its decoder, beside what came back from below.

    y = w3 [e, d] + b3, d = relu(w2 e + b2), e = relu(w1 x + b1)

    e: what the encoder made; it skips the layers below, which make d of it. [e, d]: their features
    side by side, those of e first, or last ([d, e]). Both uses of e send a gradient back.

    *Numerics*: as `residual`, with one layer more; the cotangent of e is a sum over its two uses
    and counts with what it moves.

    Args:
        x: (N, D), no unit.
        w1: (H, D).
        b1: (H,).
        w2: (H, H).
        b2: (H,).
        w3: (D, 2 H).
        b3: (D,).
        order: which of the two comes first.

    Returns:
        Linearized: y (N, D), and the pullback to every input.

    *Differences*: neither library has the block; both orders are in use, and the columns of w3
    change places with them: to port weights from one to the other, swap the halves of w3.

    Example:
        >>> one, zero, w = np.ones((1, 1)), np.zeros(1), np.array([[1.0, 10.0]])
        >>> skip_concatenation(2 * one, one, zero, 3 * one, zero, w, zero).outputs
        array([[62.]])
    """
    first = order == "skip first"
    encoded = x @ w1.T + b1
    e = np.maximum(encoded, 0)
    below = stored(e @ w2.T + b2, len(w2) + 1, of=e @ abs(w2.T) + abs(b2))
    d = np.maximum(below, 0)
    beside = np.concatenate((e, d) if first else (d, e), axis=1)
    terms = len(x) + 2 * len(w1)

    def pullback(c: Array) -> tuple[Array, ...]:
        parts, sizes = np.split(c @ w3, 2, axis=1), np.split(abs(c) @ abs(w3), 2, axis=1)
        (of_e, of_d), (size_e, size_d) = (p if first else p[::-1] for p in (parts, sizes))
        dd = np.where(below > 0, stored(of_d, terms, of=size_d), 0)
        back, size = of_e + dd @ w2, size_e + abs(dd) @ abs(w2)
        de = np.where(encoded > 0, stored(back, terms, of=size), 0)
        of_w3 = c.T @ beside
        return (
            de @ w1, de.T @ x, de.sum(axis=0), dd.T @ e, dd.sum(axis=0), of_w3, c.sum(axis=0)
        )  # fmt: skip

    return Linearized(beside @ w3.T + b3, pullback)
