"""Residual connections whose branch is multiplied by what is learned and begins at, or near, 0."""

from __future__ import annotations

from typing import Any

import numpy as np

from reference.connection_facts import (
    homogeneous_in,
    identity,
    keeps_gradients,
    last,
    norm,
    overflows,
    passes,
    rows_apart,
    scales_exactly,
    superposes,
    twice,
    zero,
)
from reference.connections.branches import branch, longest_sums
from reference.numerics import Array, Linearized
from reference.stored import stored
from reference.technique import Accuracy, Fact, technique


def scaled(x: Array, inner: Linearized, scale: Array, c_axes: tuple[int, ...]) -> Linearized:
    """x + scale F(x), and the gradient of the scale, summed over the axes that share it."""

    def pullback(c: Array) -> tuple[Array, ...]:
        through, *weights = inner.pullback(stored(scale * c))
        return c + through, *weights, np.sum(stored(c * inner.outputs, 2), axis=c_axes)

    return Linearized(x + scale * inner.outputs, pullback)


@technique(
    source="Bachlechner et al. 2021, ReZero is all you need, equation 1",
    accuracy=Accuracy(ulps=1, inputs=6, terms=lambda x, w1: x.size + sum(w1.shape)),
    facts=(
        rows_apart,
        passes(identity, alpha=0.0),
        keeps_gradients(
            "1 - |alpha| |w1| |w2|",
            lambda w1, w2, alpha: 1 - norm(alpha) * norm(w1) * norm(w2),
            "w1",
            "w2",
            "alpha",
        ),
        *superposes(identity, alpha=twice),
        homogeneous_in("x", "b1", "b2"),
        overflows("x", "b1", last=("w2", "b2")),
        scales_exactly("alpha", "b1", "w2", "b2"),
    ),
)
def rezero(x: Array, w1: Array, b1: Array, w2: Array, b2: Array, alpha: Array) -> Linearized:
    """Multiply the branch by one learned number that begins at 0.

    y = x + α F(x), F(x) = w2 relu(w1 x + b1) + b2

    α: alpha, one number for the block, 0 at initialization: the block is the identity then, its
    gradient dL/dy, and of all that is learned α alone moves, by dL/dα = Σ c F(x).

    *Numerics*: as `residual`, and one rounding more, of α F. The gradient of α is a sum over batch
    and width; it may cancel, so every c F(x) in it counts with the roundings it took.

    Args:
        x: (N, D), no unit.
        w1: (H, D).
        b1: (H,).
        w2: (D, H).
        b2: (D,).
        alpha: (), no unit.

    Returns:
        Linearized: y shaped like x, and the pullback
        c -> (c + α F'(x)^T c, F's weights, Σ c F(x)).

    *Differences*: neither library has the block. SkipInit (De and Smith 2020) is the same one
    with a branch that holds no normalization.

    Example:
        >>> one, zero = np.ones((1, 1)), np.zeros(1)
        >>> rezero(np.array([[2.0], [-3.0]]), one, zero, one, zero, np.array(0.5)).outputs.ravel()
        array([ 3., -3.])
    """
    return scaled(x, branch(x, w1, b1, w2, b2), alpha, (0, 1))


@technique(
    source="Touvron et al. 2021, Going deeper with image transformers, equation 4 (CaiT)",
    accuracy=Accuracy(ulps=1, inputs=6, terms=longest_sums),
    facts=(
        rows_apart,
        passes(identity, scale=0.0),
        keeps_gradients(
            "1 - |scale| |w1| |w2|",
            lambda w1, w2, scale: 1 - norm(scale) * norm(w1) * norm(w2),
            "w1",
            "w2",
            "scale",
        ),
        *superposes(identity, scale=twice),
        homogeneous_in("x", "b1", "b2"),
        overflows("x", "b1", last=("w2", "b2")),
        scales_exactly("scale", "b1", "w2", "b2"),
        Fact("scales_features_apart"),
    ),
)
def layer_scale(x: Array, w1: Array, b1: Array, w2: Array, b2: Array, scale: Array) -> Linearized:
    """Multiply every feature of the branch by a learned number that begins near 0.

    y = x + diag(λ) F(x), F(x) = w2 relu(w1 x + b1) + b2

    λ: scale, one number for each feature, 1e-4 to 1e-6 at initialization, the smaller the deeper
    the net.

    *Numerics*: as `rezero`; the gradient of λ is a sum over the batch.

    Args:
        x: (N, D), no unit.
        w1: (H, D).
        b1: (H,).
        w2: (D, H).
        b2: (D,).
        scale: (D,), no unit.

    Returns:
        Linearized: y shaped like x, and the pullback
        c -> (c + F'(x)^T λ c, F's weights, Σ c F(x) over the batch).

    *Differences*: neither library has the layer (torchvision has, inside its ConvNeXt, where λ is
    (C, 1, 1); timm as LayerScale, with init_values=1e-5). In bfloat16 a branch of 1 times λ = 1e-6
    is less than half an ulp of x from |x| = 4.9e-4 on: there the block is the identity to the bit,
    in evaluation and in training, unless the sum is kept in float32.

    Example:
        >>> one, zero = np.ones((1, 1)), np.zeros(1)
        >>> layer_scale(np.array([[2.0], [-3.0]]), one, zero, one, zero, np.array([0.5])).outputs
        array([[ 3.],
               [-3.]])
    """
    return scaled(x, branch(x, w1, b1, w2, b2), scale, (0,))


def all_sums(x: Array, weights: list[Array]) -> int:
    """Terms of the sums on the way, at most: over batch and width together, at the widest layer."""
    return len(x) * max(max(w.shape) for w in weights)


@technique(
    source="Zhang, Dauphin and Ma 2019, Fixup initialization: residual learning without "
    "normalization, figure 1 and section 3.2",
    accuracy=Accuracy(ulps=1, inputs=6, terms=all_sums),
    facts=(
        rows_apart,
        passes(identity, weights=last(zero), biases=0.0),
        keeps_gradients(
            "1 - |k| |w_1| ... |w_m|",
            lambda weights, multiplier: (
                1 - norm(multiplier) * float(np.prod([norm(w) for w in weights]))
            ),
            "weights",
            "multiplier",
        ),
        Fact("scales_with_its_layers"),
        homogeneous_in("x", "biases"),
    ),
)
def fixup(x: Array, weights: list[Array], biases: Array, multiplier: Array) -> Linearized:
    """A residual block without normalization: scalar biases, and a multiplier for the branch.

    y = x + k z_m + b_2m, z_l = w_l (a_l + b_2l-1), a_1 = x, a_l+1 = relu(z_l + b_2l)

    w_l: weights of the m layers of the branch (2 in a basic block, 3 in a bottleneck). b: biases,
    single numbers, before and after every layer. k: multiplier, 1 at initialization. The last layer
    begins at 0, so the block is the identity; the others are He's, scaled by L^(-1/(2m - 2)) for L
    blocks, so that together they shrink the branch by L^(-1/2) and L updates move the net as one.

    *Numerics*: as `residual`, for each layer. A bias is shared by a whole layer, so its gradient is
    a sum over batch and width, which may cancel: every intermediate result counts with what it
    moves.

    Args:
        x: (N, D), no unit.
        weights: m matrices, (H, D), then (H, H), the last (D, H).
        biases: (2 m,), in the unit of what they are added to.
        multiplier: (), no unit.

    Returns:
        Linearized: y shaped like x, and the pullback to x, every weight, the biases and k.

    *Differences*: neither library has the block. The authors' code for CIFAR has a relu after the
    sum. Torch's users keep each bias as a parameter of shape (1,), which broadcasts; a bias of
    torch.nn.Linear or flax's Dense has one number for each feature: to port a basic block to those,
    give the first layer w_1 b_1 + b_2, the last k (w_2 b_3) + b_4 and the weights k w_2.

    Example:
        >>> one = np.ones((1, 1))
        >>> fixup(2 * one, [one, one], np.array([1.0, -2.0, 0.5, 3.0]), np.array(2.0)).outputs
        array([[8.]])
    """
    entering, slopes, a, depth = [], [], x, len(weights)
    count = all_sums(x, weights)
    z = x
    for layer, w in enumerate(weights):
        entering.append(stored(a + biases[2 * layer], of=abs(a) + abs(biases[2 * layer])))
        z = entering[-1] @ w.T
        if layer + 1 < depth:
            z = z + biases[2 * layer + 1]
            slopes.append(z > 0)
            a = np.maximum(z, 0)
    y = x + (multiplier * z + biases[-1])

    def pullback(c: Array) -> tuple[Any, ...]:
        of_weights: list[Array] = []
        of_biases = [np.sum(c)]
        moved = stored(multiplier * c, 1)
        for layer in reversed(range(depth)):
            of_weights.append(moved.T @ entering[layer])
            moved = stored(moved @ weights[layer], count, of=abs(moved) @ abs(weights[layer]))
            of_biases.append(np.sum(moved))
            if layer:
                moved = np.where(slopes[layer - 1], moved, 0)
                of_biases.append(np.sum(moved))
        return c + moved, of_weights[::-1], np.stack(of_biases[::-1]), np.sum(stored(c * z, count))

    return Linearized(y, pullback)
