"""Activations with slopes or pieces that a network learns, and rectifiers that change the width."""

from __future__ import annotations

from typing import Literal

import numpy as np

from reference.facts import homogeneous, kinks, nan, rowwise
from reference.numerics import Array, Linearized
from reference.technique import Accuracy, technique


@technique(
    source="He, Zhang, Ren and Sun 2015, Delving deep into rectifiers, equations 1 and 8 "
    "(arXiv:1502.01852)",
    accuracy=Accuracy(ulps=1, inputs=8),
    facts=(kinks(0.0), nan, homogeneous("x")),
)
def prelu(
    x: Array, weight: Array, *, slopes: Literal["per_channel", "shared"] = "per_channel"
) -> Linearized:
    """Parametric rectified linear unit: the slope below zero is learned, one for every channel.

    y = max(0, x) + w min(0, x),  dL/dx = c (1 if x > 0 else w),  dL/dw = sum c min(0, x)

    w is `weight`, c the cotangent dL/dy; the sum goes over everything that shares the slope.

    *Numerics*: one product, correctly rounded. The slope's gradient is a sum of up to 192 products
    where it is drawn; summed by pairs (Higham 2002, section 4.2) it rounds log2(192) < 8 times,
    each time by at most u times the sum of all |c x|.

    Args:
        x: (n, channels, ...), no unit.
        weight: slopes (channels,), or (1,) where shared.
        slopes: one for every channel, or one for all.

    Returns:
        Linearized: shaped like x, and the pullback to x and weight. At the kink dL/dx is w c (the
        left one).

    *Differences*: torch starts both forms at 0.25 and takes the left derivative at 0;
    `flax.linen.PReLU` has one shared slope, starts at 0.01 and takes the right one.

    Example:
        >>> prelu(np.array([[-2.0, -2.0]]), np.array([0.25, 0.5])).outputs
        array([[-0.5, -1. ]])
    """
    aligned = (1, -1) if slopes == "per_channel" else (1, 1)
    slope = weight.reshape(aligned + (1,) * (x.ndim - 2))
    over = tuple(i for i in range(x.ndim) if slopes == "shared" or i != 1)
    below = np.where(np.isnan(x), x, np.minimum(x, 0))

    def pullback(cotangents: Array) -> tuple[Array, Array]:
        c = cotangents
        turned = np.where(np.isnan(x), x, c * np.where(x > 0, np.ones_like(slope), slope))
        return turned, np.sum(c * below, axis=over).reshape(weight.shape)

    return Linearized(np.where(x > 0, x, slope * x), pullback)


@technique(
    source="Shang, Sohn, Almeida and Lee 2016, Understanding and improving convolutional neural "
    "networks via concatenated rectified linear units, definition 2.1 (arXiv:1603.05201)",
    accuracy=Accuracy(ulps=0.5, inputs=0),
    facts=(rowwise, kinks(0.0), nan, homogeneous("x")),
    definition=lambda m, x: (
        [v if v > 0 else 0 * v for v in x] + [-v if v < 0 else 0 * v for v in x]
    ),
)
def crelu(x: Array) -> Linearized:
    """Concatenated rectified linear unit: the positive and the negative part, side by side.

    y = [max(0, x), max(0, -x)],  dL/dx = [x > 0] c_+ - [x < 0] c_-

    c_+ and c_- are the two halves of the cotangent dL/dy.

    *Numerics*: exact; nothing is rounded.

    Args:
        x: features along the last axis, (..., n), no unit.

    Returns:
        Linearized: (..., 2 n), and the pullback. At the kink dL/dx is -c_- (the left one).

    *Differences*: neither library has it; both bindings compose it of the library's ReLU and
    concatenation, whose chain rule gives 0 at the kink: neither one-sided derivative.

    Example:
        >>> crelu(np.array([[-2.0, 3.0]])).outputs
        array([[0., 3., 2., 0.]])
    """
    parts = [np.where(np.isnan(x), x, np.maximum(s * x, 0)) for s in (1, -1)]

    def pullback(cotangents: Array) -> tuple[Array]:
        above, below = np.split(cotangents, 2, axis=-1)
        return (np.where(np.isnan(x), x, np.where(x > 0, above, -below)),)

    return Linearized(np.concatenate(parts, axis=-1), pullback)


@technique(
    source="Goodfellow, Warde-Farley, Mirza, Courville and Bengio 2013, Maxout networks, section 3 "
    "(arXiv:1302.4389)",
    accuracy=Accuracy(ulps=0.5, inputs=0),
    facts=(rowwise, nan, homogeneous("x")),
)
def maxout(
    x: Array, *, pieces: Literal[2] = 2, ties: Literal["first", "split"] = "split"
) -> Linearized:
    """Maxout: the largest of a few linear pieces, each learned.

    y_i = max_j z_ij,  dL/dz_ij = c_i [j is the largest]

    z_i are the i-th group of `pieces` neighbouring features, c the cotangent dL/dy.

    *Numerics*: exact but for the quotient of a tie, which is correctly rounded.

    Args:
        x: features along the last axis, (..., n pieces), no unit.
        pieces: linear pieces in a group.
        ties: whether the first of several largest pieces takes the gradient, or all share it.

    Returns:
        Linearized: (..., n), and the pullback.

    *Differences*: neither library has it; both bindings compose it. `torch.max` along an axis gives
    the gradient of a tie to the first, `torch.amax` and `jax.numpy.max` split it.

    Example:
        >>> maxout(np.array([[-2.0, 3.0, 1.0, 1.0]])).outputs
        array([[3., 1.]])
    """
    z = x.reshape(*x.shape[:-1], x.shape[-1] // pieces, pieces)
    y = np.max(z, axis=-1, keepdims=True)
    best = z == y
    if ties == "first":
        best = np.arange(pieces) == np.argmax(z, axis=-1, keepdims=True)
    share = best / np.sum(best, axis=-1, keepdims=True).astype(x.dtype)
    return Linearized(y[..., 0], lambda c: ((c[..., None] * share).reshape(x.shape),))
