"""Smooth maxima of rows: the logarithm of a sum, or of a mean, of exponentials."""

from __future__ import annotations

import numpy as np

from reference.activations.rows import apart, shares
from reference.facts import maskable, nan, permutation_equivariant, rowwise, shift_equivariant
from reference.numerics import ULPS, Array, Linearized
from reference.technique import Accuracy, technique

# A row is drawn with at most eight numbers: their sum rounds seven times.
_SUM = 7


@technique(
    source="Boyd and Vandenberghe 2004, Convex optimization, section 3.1.5",
    accuracy=Accuracy(ulps=ULPS["exp"] + ULPS["div"] + _SUM, inputs=2 * ULPS["log1p"] + 2),
    facts=(shift_equivariant, permutation_equivariant, maskable, rowwise, nan),
    definition=lambda m, x: [m.log(sum(m.exp(v) for v in x))],
)
def logsumexp(x: Array) -> Linearized:
    """Logarithm of the sum of exponentials: a smooth maximum, whose gradient is the softmax.

    y = log sum_j exp(x_j),  dL/dx_i = c p_i

    p is the softmax of x, and c the cotangent dL/dy.

    *Numerics*: y = m + log1p(r), where m is the row's maximum and r the sum of the other numbers'
    exp(x_j - m). Where m and the logarithm cancel (m < 0, every |x_j| >= |m|), the logarithm's
    rounding, of 2 ulps or four units of roundoff of m, acts like roundings of the inputs, as do
    those of m and of x_j - m: six together. A row of -inf alone gives -inf.

    Args:
        x: rows along the last axis, (..., n), no unit. An entry of -inf is masked out.

    Returns:
        Linearized: one number a row, (...,), and the pullback.

    *Differences*: none in formula. Both form log(1 + r), which forgets r below the unit roundoff;
    torch's gradient is exp(x - y) with y rounded to the format.

    Example:
        >>> logsumexp(np.array([[0.0, -50.0]])).outputs
        array([1.92874985e-22])
    """
    top, rest = apart(x)
    p = shares(x)
    return Linearized((top + np.log1p(rest))[..., 0], lambda c: (c[..., None] * p,))


@technique(
    source="Burda, Grosse and Salakhutdinov 2016, Importance weighted autoencoders, section 3 "
    "(arXiv:1509.00519)",
    accuracy=Accuracy(ulps=ULPS["expm1"] + ULPS["div"] + _SUM, inputs=2 * ULPS["log1p"] + 2),
    facts=(shift_equivariant, permutation_equivariant, maskable, rowwise, nan),
    definition=lambda m, x: [m.log(sum(m.exp(v) for v in x) / len(x))],
)
def logmeanexp(x: Array) -> Linearized:
    """Logarithm of the mean of exponentials: between the mean and the maximum of a row.

    y = log((1 / n) sum_j exp(x_j)),  dL/dx_i = c p_i

    p is the softmax of x, c the cotangent dL/dy, and n the length of the row.

    *Numerics*: y = m + log1p(mean(expm1(x - m))), m the row's maximum, while that mean is above
    -1/2; beyond, m + log of the mean of exponentials. The difference of logsumexp and log n
    would cancel for rows near 0. The roundings of the logarithm act like those of the inputs, as
    in `logsumexp`.

    Args:
        x: rows along the last axis, (..., n), no unit. An entry of -inf counts as exp(-inf) = 0.

    Returns:
        Linearized: one number a row, (...,), and the pullback.

    *Differences*: torch has none; JAX forms `logsumexp(x) - log(n)`.

    Example:
        >>> logmeanexp(np.array([[1e-20, 3e-20]])).outputs
        array([2.e-20])
    """
    top, rest = apart(x)
    shrunk = np.mean(np.expm1(x - np.where(np.isinf(top), 0, top)), axis=-1, keepdims=True)
    p = shares(x)
    near = np.log1p(np.maximum(shrunk, -0.5))
    far = np.log((1 + rest) / x.dtype.type(x.shape[-1]))
    y = top + np.where(shrunk < -0.5, far, near)
    return Linearized(y[..., 0], lambda c: (c[..., None] * p,))
