"""Residual connections that are normalized after the sum."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from reference.connection_facts import rows_apart
from reference.connections.branches import branch, longest_sums
from reference.numerics import Array, Linearized
from reference.stored import stored
from reference.technique import Accuracy, Between, Fact, technique

Eps = Annotated[float, Between(1e-6, 1e-3, log=True)]
Alpha = Annotated[float, Between(1.0, 8.0, log=True)]


def normalized(z: Array, weight: Array, bias: Array, eps: float) -> Linearized:
    """Layer normalization of every row, w (z - mean) / sqrt(var + eps) + b, and its pullback.

    The mean of what is left after subtracting the mean is subtracted too (Chan, Golub and LeVeque
    1983), so that a mean far from 0 costs no digits.
    """
    n, rough = z.shape[-1], _mean(z)
    off = z - rough
    centered = stored(off - _mean(off), n + 2, of=abs(off) + _mean(abs(z)))
    scale = stored(1 / np.sqrt(_mean(centered * centered) + eps), n / 2 + 5)
    unit = stored(centered * scale)

    def pullback(c: Array) -> tuple[Array, ...]:
        weighed = stored(c * weight)
        along = stored(_mean(weighed * unit), n + 1, of=_mean(abs(weighed * unit)))
        level = stored(_mean(weighed), n, of=_mean(abs(weighed)))
        left = weighed - level - unit * along
        left = stored(left, 3, of=abs(weighed) + abs(level) + abs(unit * along))
        return stored(scale * left), np.sum(stored(c * unit), axis=0), np.sum(c, axis=0)

    return Linearized(weight * unit + bias, pullback)


def _mean(x: Array) -> Array:
    """Of each row, with the axis kept."""
    return np.mean(x, axis=-1, keepdims=True)


@technique(
    source="Wang et al. 2022, DeepNet: scaling transformers to 1,000 layers, equation 1, figure 2",
    accuracy=Accuracy(ulps=1, inputs=6, terms=longest_sums),
    facts=(
        rows_apart,
        Fact("absorbs_its_scale"),
        Fact("stays_near_its_input"),
    ),
)
def deepnorm(
    x: Array, w1: Array, b1: Array, w2: Array, b2: Array, weight: Array, bias: Array, *,
    alpha: Alpha = 1.0, eps: Eps = 1e-5,
) -> Linearized:  # fmt: skip
    """Weigh the input more than the branch, add the two, and normalize the sum.

    y = LN(α x + F(x)), LN(z) = w (z - mean(z)) / sqrt(var(z) + eps) + b

    F(x) = w2 relu(w1 x + b1) + b2. w, b: weight and bias of the normalization, one number for each
    feature; mean and biased variance are of a row. An encoder of N layers takes α = (2 N)^(1/4),
    and scales the first w1 and w2 by β = (8 N)^(-1/4); α = 1 is the usual post-norm block.

    *Numerics*: as `residual` up to the sum, which rounds once more for α x. A normalization may
    keep the centered numbers, the deviation and the quotient in the working precision, and each
    counts with what it moves: means and variances are sums of D numbers (D roundings), root and
    quotient 5; backward, the two means that are subtracted, D each.

    Args:
        x: (N, D), no unit.
        w1: (H, D).
        b1: (H,).
        w2: (D, H).
        b2: (D,).
        weight: (D,).
        bias: (D,), in the unit of y.
        alpha: how much the input weighs.
        eps: added to the variance, in the unit of z squared.

    Returns:
        Linearized: y shaped like x, and the pullback to every input.

    *Differences*: neither library has the block; torch's TransformerEncoderLayer is it with α = 1,
    where F is attention, then two layers. eps is 1e-5 in torch's layer_norm and 1e-6 in flax's
    LayerNorm: give one of them, or scale α and F by sqrt(10). Flax subtracts squares,
    E[z^2] - E[z]^2, unless use_fast_variance=False.

    Example:
        >>> one, zero = np.ones((2, 2)), np.zeros(2)
        >>> x = np.array([[1.0, 3.0]])
        >>> deepnorm(x, one, zero, one, zero, 1 + zero, zero, alpha=2.0).outputs.round(4)
        array([[-1.,  1.]])
    """
    inner = branch(x, w1, b1, w2, b2)
    terms = longest_sums(x, w1)
    z = stored(alpha * x + inner.outputs, 2, of=abs(alpha * x) + abs(inner.outputs))
    outer = normalized(z, weight, bias, eps)

    def pullback(c: Array) -> tuple[Array, ...]:
        moved, *affine = outer.pullback(c)
        moved = stored(moved, terms)
        through, *weights = inner.pullback(moved)
        return alpha * moved + through, *weights, *affine

    return Linearized(outer.outputs, pullback)
