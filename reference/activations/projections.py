"""Rows brought to a set: the probability simplex, the unit sphere, zero mean and unit variance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import numpy as np

from reference.facts import (
    gradient_sums_to_zero,
    nan,
    permutation_equivariant,
    rowwise,
    shift_invariant,
    sums_to_one,
)
from reference.numerics import ULPS, Array, Linearized
from reference.technique import Accuracy, Between, technique

if TYPE_CHECKING:
    from reference.exact import Mathematics, Series

# A row is drawn with at most eight numbers: their sum rounds seven times.
_SUM = 7


def _sparsemax(m: Mathematics, x: list[Series]) -> list[Any]:
    del m
    chosen: list[Series] = []
    for z in sorted(x, reverse=True):
        if 1 + sum(z - w for w in chosen) > 0:  # 1 + k z > the sum of the k largest
            chosen.append(z)
    shares = [(1 + sum(v - w for w in chosen)) / len(chosen) for v in x]
    return [y if y > 0 else 0 * v for y, v in zip(shares, x, strict=True)]


def _standardize(m: Mathematics, x: list[Series], eps: Any) -> list[Series]:
    mean = sum(x) / len(x)
    variance = sum((v - mean) * (v - mean) for v in x) / len(x)
    return [(v - mean) / m.sqrt(variance + eps) for v in x]


def _l2_normalize(m: Mathematics, x: list[Series], eps: Any) -> list[Series]:
    squares = sum(v * v for v in x)
    return [v / (m.sqrt(squares) if squares > eps * eps else eps) for v in x]


@technique(
    source="Martins and Astudillo 2016, From softmax to sparsemax, algorithm 1 and equation 12 "
    "(arXiv:1602.02068)",
    accuracy=Accuracy(ulps=ULPS["div"] + 2, inputs=2, terms=lambda x: x.shape[-1]),
    facts=(
        sums_to_one, shift_invariant, permutation_equivariant, gradient_sums_to_zero, rowwise, nan,
    ),
    definition=_sparsemax,
)  # fmt: skip
def sparsemax(x: Array) -> Linearized:
    """Sparsemax: the point of the probability simplex nearest to the row.

    y_i = max(0, x_i - t),  dL/dx_i = [y_i > 0] mean_{j: y_j > 0} (c_i - c_j)

    t is the threshold at which the row sums to 1, and c the cotangent dL/dy.

    *Numerics*: y_i = 1/k + the mean over the k largest numbers of x_i - x_j: a threshold of the
    size of x would cancel against x_i. The sum of n differences rounds n - 1 times; each rounding,
    like those of the difference and of the mean, acts like one of the inputs.

    Args:
        x: rows along the last axis, (..., n), no unit.

    Returns:
        Linearized: probabilities shaped like x, many of them exactly 0, and the pullback.

    *Differences*: torch has none, and its users sort and sum by hand; optax calls it
    `projections.projection_simplex`, of one vector, and subtracts the threshold.

    Example:
        >>> sparsemax(np.array([[0.5, 0.0, -1.0]])).outputs
        array([[0.75, 0.25, 0.  ]])
    """
    ranked = np.sort(x - np.max(x, axis=-1, keepdims=True), axis=-1)[..., ::-1]
    count = np.arange(1, x.shape[-1] + 1, dtype=x.dtype)
    inside = 1 + count * ranked > np.cumsum(ranked, axis=-1)
    k = np.sum(inside, axis=-1, keepdims=True).astype(x.dtype)
    lowest = np.min(np.where(inside, ranked, 0), axis=-1, keepdims=True)
    above = x - np.max(x, axis=-1, keepdims=True)
    chosen = (above >= lowest)[..., None, :]
    gaps = np.where(chosen, -_gaps(above), 0)
    y = np.maximum(1 / k + np.sum(gaps, axis=-1) / k, 0)
    y = np.where(np.isnan(above), above, y)

    def pullback(cotangents: Array) -> tuple[Array]:
        gaps = np.where(chosen, -_gaps(cotangents), 0)
        return (np.where(above >= lowest, np.sum(gaps, axis=-1) / k, 0),)

    return Linearized(y, pullback)


@technique(
    source="LeCun, Bottou, Orr and Mueller 1998, Efficient BackProp, section 4.3; eps as in Ioffe "
    "and Szegedy 2015, Batch normalization, algorithm 1 (arXiv:1502.03167)",
    accuracy=Accuracy(
        ulps=ULPS["div"] + ULPS["sqrt"] + _SUM, inputs=2, terms=lambda x: x.shape[-1]
    ),
    facts=(shift_invariant, permutation_equivariant, gradient_sums_to_zero, rowwise, nan),
    definition=_standardize,
)
def standardize(
    x: Array, *, eps: Annotated[float, Between(1e-6, 0.5, log=True)] = 1e-5
) -> Linearized:
    """Standardization of rows: mean 0 and, but for `eps`, variance 1.

    y_i = (x_i - m) / sqrt(v + eps),  dL/dx_i = (c_i - mean(c) - y_i mean(c y)) / sqrt(v + eps)

    m is the row's mean, v its variance mean((x - m)^2), and c the cotangent dL/dy.

    *Numerics*: two passes, m before v, and the deviations' own mean is taken off once more: the
    one-pass mean(x^2) - m^2 loses every digit where m^2 exceeds v by 1/u. Large rows are scaled by
    a power of two first, so that no square overflows. The n - 1 roundings of the mean's sum act
    like roundings of the inputs; those of the variance's sum of squares (n <= 8 where it is drawn),
    its root and a division follow. The usual pullback c - mean(c) - y mean(c y) cancels where one
    number outweighs the others. Its matrix has the entries -(w_ij + eps) / (n (v + eps)), with
    w_ij = mean_k (x_k - x_i) (x_k - x_j), and rows that sum to 0: only differences of inputs come
    in.

    Args:
        x: rows along the last axis, (..., n), any unit.
        eps: what is added to the variance, in the square of that unit; 1e-5 in both libraries.

    Returns:
        Linearized: rows shaped like x, no unit, and the pullback.

    *Differences*: JAX calls it `standardize` and takes the variance in one pass by default
    (`algorithm="stable"` takes two); in torch it is `layer_norm` without weight and bias.

    Example:
        >>> standardize(np.array([[1.0, 3.0]]), eps=1e-300).outputs
        array([[-1.,  1.]])
    """
    scale = np.maximum(1, _power_below(np.max(np.abs(x), axis=-1, keepdims=True)))
    apart = _centred(_centred(x / scale))
    least = np.sqrt(x.dtype.type(eps)) / scale
    spread = np.hypot(np.sqrt(np.mean(apart * apart, axis=-1, keepdims=True)), least)

    def pullback(cotangents: Array) -> tuple[Array]:
        gaps = _gaps(x / scale)
        products = gaps @ np.swapaxes(gaps, -1, -2) / x.dtype.type(x.shape[-1])
        weights = (products + (least * least)[..., None]) / (spread * spread)[..., None]
        return (np.mean(weights * -_gaps(cotangents), axis=-1) / spread / scale,)

    return Linearized(apart / spread, pullback)


@technique(
    source="Wang, Xiang, Cheng and Yuille 2017, NormFace, equation 4 (arXiv:1704.06369)",
    accuracy=Accuracy(ulps=ULPS["div"] + ULPS["sqrt"] + _SUM, inputs=2),
    facts=(permutation_equivariant, rowwise, nan),
    definition=_l2_normalize,
)
def l2_normalize(
    x: Array, *, eps: Annotated[float, Between(1e-12, 0.01, log=True)] = 1e-12
) -> Linearized:
    """Projection of rows to the unit sphere.

    y = x / r,  dL/dx_i = sum_j y_j (c_i y_j - c_j y_i) / r,  r = max(||x||, eps)

    ||x|| is the Euclidean norm of a row, and c the cotangent dL/dy. Rows with ||x|| <= eps are
    divided by eps alone, and their gradient is c / eps.

    *Numerics*: rows are scaled by a power of two near their largest number first, so that squares
    neither overflow nor vanish. Seven roundings of the sum, a root and a division. The usual
    pullback (c - y sum(c y)) / r cancels where one |y| is near 1; here the equal terms j = i drop
    out before anything is rounded.

    Args:
        x: rows along the last axis, (..., n), any unit.
        eps: smallest norm that is divided by, in that unit; torch's default is 1e-12, which is 0
            in float16: a row of zeros gives NaN there.

    Returns:
        Linearized: rows shaped like x, no unit, and the pullback.

    *Differences*: torch calls it `normalize`, along axis 1 by default; JAX has none.

    Example:
        >>> l2_normalize(np.array([[3e200, 4e200]])).outputs
        array([[0.6, 0.8]])
    """
    scale = _power_below(np.max(np.abs(x), axis=-1, keepdims=True))
    norm = np.sqrt(np.sum((x / scale) ** 2, axis=-1, keepdims=True))
    least = x.dtype.type(eps)
    short = norm <= least / scale
    y = np.where(short, x / least, (x / scale) / norm)

    def pullback(cotangents: Array) -> tuple[Array]:
        c = cotangents
        turned = c[..., :, None] * y[..., None, :] - c[..., None, :] * y[..., :, None]
        across = np.sum(y[..., None, :] * turned, axis=-1)
        return (np.where(short, c / least + 0 * y, (across / norm) / scale),)

    return Linearized(y, pullback)


def _centred(x: Array) -> Array:
    """Rows less their mean."""
    return x - np.mean(x, axis=-1, keepdims=True)


def _gaps(x: Array) -> Array:
    """x_j - x_i, for every pair of a row."""
    return x[..., None, :] - x[..., :, None]


def _power_below(largest: Array) -> Array:
    """The power of two at or below each number; 1 for zero and for what is not finite."""
    plain = (largest > 0) & np.isfinite(largest)
    exponent = np.frexp(np.where(plain, largest, 1))[1] - 1
    return np.ldexp(np.ones_like(largest), np.where(plain, exponent, 0))
