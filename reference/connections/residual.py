"""Residual connections: a block's input, as it is or projected, is added to its output."""

from __future__ import annotations

import numpy as np

from reference.connection_facts import (
    homogeneous_in,
    identity,
    keeps_gradients,
    norm,
    overflows,
    passes,
    rows_apart,
    shown,
    superposes,
    twice,
)
from reference.connections.branches import Activation, branch, longest_sums
from reference.numerics import Array, Linearized
from reference.technique import Accuracy, technique


@shown("one for the leading numbers of x")
def leading(ws: Array) -> Array:
    """The projection that passes the leading numbers of x on, and no others."""
    return np.eye(*ws.shape, dtype=np.float32).astype(ws.dtype)


@shown("ws x")
def projection(x: Array, ws: Array) -> Linearized:
    """The shortcut ws x."""
    return Linearized(x @ ws.T, lambda c: (c @ ws,))


@technique(
    source="He et al. 2016, Identity Mappings in Deep Residual Networks, equations 1, 2 and 5",
    accuracy=Accuracy(ulps=1, inputs=5, terms=longest_sums),
    facts=(
        rows_apart,
        passes(identity, w2=0.0, b2=0.0),
        keeps_gradients("1 - |w1| |w2|", lambda w1, w2: 1 - norm(w1) * norm(w2), "w1", "w2"),
        *superposes(identity, w2=twice, b2=twice),
        homogeneous_in("x", "b1", "b2"),
        overflows("x", "b1", last=("w2", "b2")),
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
    stores weights (outputs, inputs), flax (inputs, outputs): transpose them to port. Both take
    relu'(0) = 0. Checkpointed (torch.utils.checkpoint, jax.checkpoint, flax's remat) it is the same
    function; but torch's checkpoint with use_reentrant=True gives weights no gradient where x needs
    none, as in a net's first block. An in-place `x += F(x)` changes the caller's x in torch.

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


@technique(
    source="He et al. 2016, Deep residual learning for image recognition, equation 2",
    accuracy=Accuracy(ulps=1, inputs=5, terms=longest_sums),
    facts=(
        rows_apart,
        passes(projection, w2=0.0, b2=0.0, ws=leading),
        *superposes(projection, w2=twice, b2=twice),
        homogeneous_in("x", "b1", "b2"),
    ),
)
def projection_residual(
    x: Array, w1: Array, b1: Array, w2: Array, b2: Array, ws: Array, *,
    activation: Activation = "post",
) -> Linearized:  # fmt: skip
    """Add a projection of a block's input to its output, where the two differ in width.

    y = ws x + F(x), F(x) = w2 relu(w1 f(x) + b1) + b2

    ws: the projection of the shortcut, without a bias. w1, b1, w2, b2, f: as in `residual`. The
    gradient is dL/dx = (ws + F'(x))^T dL/dy: what arrives by the shortcut is as long as ws lets it.

    *Numerics*: as `residual`; the product with ws rounds once, in the place of x.

    Args:
        x: (N, D), no unit.
        w1: (H, D).
        b1: (H,).
        w2: (E, H).
        b2: (E,).
        ws: (E, D).
        activation: whether relu follows the first layer only, or precedes both.

    Returns:
        Linearized: y (N, E), and the pullback c -> (ws^T c + F'(x)^T c, F's weights, c^T x).

    *Differences*: neither library has the block. In torchvision's the projection is a convolution
    of size 1 and a batch normalization, and relu follows the sum. The pre-activation nets of He et
    al. let the first relu come before the two paths part: then the projection sees relu(x), too.

    Example:
        >>> one, zero = np.ones((1, 1)), np.zeros(1)
        >>> projection_residual(np.array([[2.0], [-3.0]]), one, zero, one, zero, 2 * one).outputs
        array([[ 6.],
               [-6.]])
    """
    inner, skipped = branch(x, w1, b1, w2, b2, activation=activation), projection(x, ws)

    def pullback(c: Array) -> tuple[Array, ...]:
        through, *weights = inner.pullback(c)
        return skipped.pullback(c)[0] + through, *weights, c.T @ x

    return Linearized(skipped.outputs + inner.outputs, pullback)
