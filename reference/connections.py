"""Connections: how the layers of a block are joined, and what joins its input to its output."""

from __future__ import annotations

from typing import Literal

import numpy as np

from reference.numerics import Array, Linearized
from reference.technique import Accuracy, Fact, technique

Activation = Literal["post", "pre"]


def longest_sums(x: Array, w1: Array) -> int:
    """Terms of the sums on the way: over the width, over the hidden width, over the batch."""
    return len(x) + sum(w1.shape)


def branch(
    x: Array, w1: Array, b1: Array, w2: Array, b2: Array, *, activation: Activation
) -> Linearized:
    """F(x) = w2 relu(w1 f(x) + b1) + b2: two layers, f the identity ("post") or relu ("pre").

    The pullback takes the cotangent of F to those of x, w1, b1, w2 and b2. relu'(0) = 0.
    """
    entering = np.maximum(x, 0) if activation == "pre" else x
    hidden = entering @ w1.T + b1
    active = np.maximum(hidden, 0)

    def pullback(c: Array) -> tuple[Array, ...]:
        moved = np.where(hidden > 0, c @ w2, 0)
        back = moved @ w1
        back = np.where(x > 0, back, 0) if activation == "pre" else back
        return back, moved.T @ entering, moved.sum(axis=0), c.T @ active, c.sum(axis=0)

    return Linearized(active @ w2.T + b2, pullback)


@technique(
    source="He et al. 2016, Identity Mappings in Deep Residual Networks, equations 1, 2 and 5",
    accuracy=Accuracy(ulps=1, inputs=5, terms=longest_sums),
    facts=(
        Fact("is_the_identity_at_zero_weights"),
        Fact("keeps_a_lower_bound_on_the_gradient"),
        Fact("superposes_its_paths"),
    ),
)
def residual(
    x: Array, w1: Array, b1: Array, w2: Array, b2: Array, *, activation: Activation = "post"
) -> Linearized:
    """Add a block's input to its output, so that the block learns the difference.

    y = x + F(x), F(x) = w2 relu(w1 f(x) + b1) + b2

    w1, b1, w2, b2: weights and biases of the two layers of F. f: the identity where activations
    follow the layers (post), relu where they precede them (pre). The gradient is
    dL/dx = (I + F'(x))^T dL/dy: whatever F does, dL/dy itself arrives at x.

    *Numerics*: every layer may round its product, its sum with the bias and its activation once (so
    intermediate results in the working precision count), and the last addition rounds: 5 roundings;
    a sum of n terms n more, and sums run over the width, the hidden width and the batch.

    Args:
        x: (N, D), no unit.
        w1: (H, D).
        b1: (H,).
        w2: (D, H).
        b2: (D,).
        activation: whether relu follows the first layer only, or precedes both.

    Returns:
        Linearized: y shaped like x, and the pullback c -> (c + F'(x)^T c, then F's weights).

    *Differences*: neither library has the block: its users add x to a composition of layers. Torch
    stores weights (outputs, inputs), flax (inputs, outputs).

    Example:
        >>> one, zero = np.ones((1, 1)), np.zeros(1)
        >>> residual(np.array([[2.0], [-3.0]]), one, zero, one, zero).outputs.ravel()
        array([ 4., -3.])
    """
    inner = branch(x, w1, b1, w2, b2, activation=activation)

    def pullback(c: Array) -> tuple[Array, ...]:
        through, *weights = inner.pullback(c)
        return c + through, *weights

    return Linearized(x + inner.outputs, pullback)
